"""Choose how a study under way is shown: a live table on a terminal, a log anywhere else."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.live import Live

from cellcolony.report.live import LiveTable, table_of
from cellcolony.report.log import Log
from cellcolony.report.progress import Progress
from cellcolony.runs.watch.states import StageState


@contextmanager
def watch(
    console: Console | None = None,
    progress: Progress | None = None,
    foot: Callable[[], str] = lambda: "",
    stages: Callable[[], Sequence[StageState]] = tuple,
) -> Iterator[LiveTable | Log]:
    """Yield what shows a study's events: feed its `observe`.

    Args:
        console: Where to. Without, standard error: standard output stays free for the report.
        progress: What the events are counted with.
        foot: Gives a line to stand below the table.
        stages: Gives how each stage stands, for the table.
    """
    console, progress = console or Console(stderr=True), progress or Progress()
    if not is_live(console):
        yield Log(lambda line: print(line, file=console.file, flush=True), progress)
        return
    with Live(console=console, get_renderable=lambda: table_of(progress, foot(), stages())):
        try:
            yield LiveTable(console, progress)
        finally:  # what stays on the screen says nothing of what is no longer under way
            progress.stage = None
            progress.trainings.clear()


def is_live(console: Console) -> bool:
    """Say whether lines can be drawn over on a console."""
    return console.is_terminal and not console.is_dumb_terminal
