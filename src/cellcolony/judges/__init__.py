"""Judges: each gives a candidate the loss that a search minimises."""
