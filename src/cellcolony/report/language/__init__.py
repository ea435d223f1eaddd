"""What a training of a language model shows: its progress, and what came of it."""
