"""What a person sees of a run: the live table, the log, and the final report."""
