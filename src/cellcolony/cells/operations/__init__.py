"""The operations of the cell language, one file each: a new operation is one new file here."""
