"""What is derived from a cell: one file for each kind of program that it becomes."""
