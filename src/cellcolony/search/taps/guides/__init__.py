"""The guides of a race of taps. One file a guide; it registers itself."""
