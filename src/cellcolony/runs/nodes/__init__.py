"""Runs that search for a recurrent node by genetic programming: `cellcolony evolve-node`."""
