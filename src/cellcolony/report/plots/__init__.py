"""Plots that Matplotlib draws: of runs that are compared, and of batteries."""
