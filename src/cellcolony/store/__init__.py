"""Files on disk: written whole or not at all; what is read may come from somebody else."""
