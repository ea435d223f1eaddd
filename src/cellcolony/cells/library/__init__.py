"""The cells by name, one file each: a new cell is one new file here."""
