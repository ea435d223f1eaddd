"""Choose how a study under way is shown: a live table on a terminal, a log anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from rich.console import Console

from cellcolony.report.live import LiveTable
from cellcolony.report.log import Log
from cellcolony.report.progress import Progress
from cellcolony.runs.watch.following import StageState


def watch(
    console: Console | None = None,
    progress: Progress | None = None,
    foot: Callable[[], str] = lambda: "",
    stages: Callable[[], Sequence[StageState]] = tuple,
) -> LiveTable | Log:
    """Return what shows a study's events; enter it, then feed its `observe`.

    Args:
        console: Where to. Without, standard error: standard output stays free for the report.
        progress: What the events are counted with.
        foot: Gives a line to stand below the table.
        stages: Gives how each stage stands, for the table.
    """
    console = console or Console(stderr=True)
    if console.is_terminal and not console.is_dumb_terminal:
        return LiveTable(console, progress, foot, stages)
    return Log(lambda line: print(line, file=console.file, flush=True), progress)
