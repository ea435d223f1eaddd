"""Repeat a run from its journal, and compare what comes out with what its directory holds."""
