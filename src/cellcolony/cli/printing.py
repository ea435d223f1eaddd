"""Print to the terminal, without what names from elsewhere might tell it to do."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from typing import Any

from rich.console import Console, ConsoleOptions, RenderableType, RenderResult
from rich.segment import Segment

from cellcolony.errors import TrainingRangeWarning
from cellcolony.wording import printable

LOG_WIDTH = 110
"""Characters of a line of a report that goes to a file or a pipe."""


def print_parts(*parts: RenderableType, log_width: int = LOG_WIDTH) -> None:
    """Print parts of a report, as wide as the terminal is, or `log_width` where there is none."""
    width = None if sys.stdout.isatty() else log_width
    console = Console(width=width, markup=False, emoji=False, highlight=False)
    for part in parts:
        console.print(Harmless(part))
    sys.stdout.flush()  # before what the log writes next


def print_text(text: str) -> None:
    """Write a text to standard output: harmless to a terminal, and to a file or a pipe as it is.

    That is in UTF-8 whatever a terminal would want: it is a file that goes elsewhere.
    """
    if sys.stdout.isatty():
        sys.stdout.write(printable(text))
    elif isinstance(sys.stdout, TextIOWrapper):
        sys.stdout.flush()
        sys.stdout.buffer.write(text.encode("utf-8", "surrogateescape"))
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(text)


@contextmanager
def range_warnings_told() -> Iterator[None]:
    """Write warnings of data beyond the training range to standard error, as lines of ours."""
    with warnings.catch_warnings():
        warnings.simplefilter("always", TrainingRangeWarning)
        show = warnings.showwarning

        def tell(message: Warning | str, category: type[Warning], *place: Any) -> None:
            if issubclass(category, TrainingRangeWarning):
                print(printable(f"Warning: {message}"), file=sys.stderr)
            else:
                show(message, category, *place)

        warnings.showwarning = tell
        yield


class Harmless:
    """A part of a report in whose text nothing is left that a terminal would obey.

    Args:
        part: What is printed.
    """

    def __init__(self, part: RenderableType) -> None:
        self._part = part

    def __rich_console__(self, console: Console, options: ConsoleOptions) -> RenderResult:
        for segment in console.render(self._part, options):
            yield Segment(printable(segment.text), segment.style, segment.control)
