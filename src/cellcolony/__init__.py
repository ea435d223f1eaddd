"""Evolve memory cells, and the recurrent networks that they form."""

__version__ = "0.1.0"
