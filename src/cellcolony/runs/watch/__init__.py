"""Follow a run from outside, by the files of its directory alone."""
