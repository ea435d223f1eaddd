"""Texts as tasks: how they are read, cut into tokens, numbered and split."""
