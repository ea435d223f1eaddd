"""Choose how a running search is shown: a live table on a terminal, a log anywhere else."""

from __future__ import annotations

import sys

from rich.console import Console

from cellcolony.report.live import LiveTable
from cellcolony.report.log import Log


def watch() -> LiveTable | Log:
    """Return what shows a run's events on standard error; enter it, then feed its `observe`.

    Standard output stays free for the report.
    """
    console = Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveTable(console)
    return Log(lambda line: print(line, file=sys.stderr, flush=True))
