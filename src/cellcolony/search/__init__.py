"""How the next candidate is found: a method of search is a folder here."""
