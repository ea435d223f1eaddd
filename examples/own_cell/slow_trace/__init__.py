"""A memory cell for cellcolony that keeps a slow trace of what it reads."""
