"""A text that every Python brings along: its own manual, for a demonstration without a file."""

from __future__ import annotations

from pydoc_data import topics

MANUAL = "Python's manual (pydoc_data.topics)"


def manual() -> str:
    """Return the text of all topics, in the order of their names."""
    return "\n".join(topics.topics[name] for name in sorted(topics.topics))
