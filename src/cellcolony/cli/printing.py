"""Print reports to standard output."""

from __future__ import annotations

import sys

from rich.console import Console, RenderableType

LOG_WIDTH = 110
"""Characters of a line of a report that goes to a file or a pipe."""


def print_parts(*parts: RenderableType, log_width: int = LOG_WIDTH) -> None:
    """Print parts of a report, as wide as the terminal is, or `log_width` where there is none."""
    width = None if sys.stdout.isatty() else log_width
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    for part in parts:
        console.print(part)
    sys.stdout.flush()  # before what the log writes next
