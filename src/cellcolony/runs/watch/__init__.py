"""Follow a study from outside, by the files of its directory alone."""
