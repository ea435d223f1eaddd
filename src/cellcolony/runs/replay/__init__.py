"""Repeat a study from its journal, and compare what comes out with its directory."""
