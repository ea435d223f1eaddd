"""How nodes are wired, sparsely, and how such networks are trained."""
