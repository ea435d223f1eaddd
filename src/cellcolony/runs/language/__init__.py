"""Runs that train one language model: `cellcolony train-lm`."""
