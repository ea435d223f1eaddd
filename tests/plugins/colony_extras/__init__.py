"""A package of somebody else: it brings one member of each kind, by entry points."""
