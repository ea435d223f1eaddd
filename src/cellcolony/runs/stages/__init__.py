"""What is done in a study, one stage a file: see `cellcolony.runs.stage`."""
