"""How a search is run: the loop, its budget, and the directory that a run writes."""
