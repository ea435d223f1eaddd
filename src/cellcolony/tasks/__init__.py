"""What a network is asked to learn: read the data, check, split, scale and score."""
