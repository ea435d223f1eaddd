"""The live table: how a study stands, on a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from rich.console import Console, Group, RenderableType
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cellcolony.report import status
from cellcolony.report.progress import Progress, SearchProgress
from cellcolony.runs.events import Event, Foreseen, NothingLeft, Share, Warned
from cellcolony.runs.watch.following import Seen
from cellcolony.runs.watch.states import StageState
from cellcolony.wording import duration, printable

BAR_WIDTH = 50


class LiveTable:
    """Counts a study's events for a live table, and prints above it what is to stay.

    Args:
        console: Where the table is drawn.
        progress: What the events are counted with.
    """

    def __init__(self, console: Console, progress: Progress) -> None:
        self._console = console
        self._progress = progress

    def observe(self, event: Event | Seen) -> None:
        """Take in an event; the next refresh shows it."""
        if isinstance(event, NothingLeft):
            self._console.print(status.nothing_left_line(event))
        elif isinstance(event, Warned | Foreseen):
            self._console.print(event.text)
        elif isinstance(event, Share) and event.epoch is not None and not self._progress.searches:
            self._console.print(Text(status.share_line(event)))
        self._progress.observe(event)


def table_of(
    progress: Progress, foot: str = "", stages: Sequence[StageState] = ()
) -> RenderableType:
    """Return the table for what a study has reached.

    Args:
        progress: What it has reached.
        foot: A line to stand below.
        stages: How each stage stands, where that is to be shown.
    """
    return Group(*_parts(progress, foot, stages))


def _parts(progress: Progress, foot: str, stages: Sequence[StageState]) -> Iterator[RenderableType]:
    shown = progress.search
    if shown is not None:
        yield from _of_search(shown)
    for search in progress.searches.values():
        if search is not shown and search.ended is not None:
            yield Text(f"{status.heading(search).partition(':')[0]}: {status.search_line(search)}")
    if progress.compiling:
        yield Text(status.compiling_line(progress))
    stage = progress.stage
    if stage is not None and (shown is None or shown.ended is not None):
        yield Text(status.stage_line(stage))
        if stage.last:
            yield Text(printable(stage.last), style="dim")
    if progress.under_way:
        yield _trainings(progress)
    if len(stages) > 1:
        yield _stages(stages)
    if progress.study_ended is not None:
        yield Text("The study has ended.")
    elif left := status.left_line(stages):
        yield Text(left)
    if foot:
        yield Text(foot, style="dim")


def _of_search(search: SearchProgress) -> Iterator[RenderableType]:
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column(justify="right", style="bold")
    table.add_column()
    failed = Text(f"{search.n_failed} failed", style="yellow" if search.n_failed else "dim")
    table.add_row(f"{status.noun_of(search)}s", status.count_done(search), failed)
    table.add_row("per minute", f"{search.per_minute:.1f}")
    measure = search.started.measure
    word, where = status.word_of(measure), Text(status.where_of(measure), style="dim")
    table.add_row(f"best {word}", status.loss_text(measure, search.best), status.best_of(search))
    table.add_row(f"median {word}", status.loss_text(measure, search.median), where)
    if search.generation is not None:
        table.add_row("generation", str(search.generation))
    if search.entropy is not None:
        meaning = Text("of the choices: 1 even, 0 decided", style="dim")
        table.add_row("entropy", f"{search.entropy:.3f}", meaning)
    table.add_row("time", duration(search.seconds))
    yield Text(status.heading(search), style="bold")
    yield table
    if search.ended is not None:
        yield Text(status.ending(search))
    elif search.draining:
        yield Text(status.draining_line(search))
    elif search.share is not None:
        yield _bar(search.share)


def _bar(share: float) -> RenderableType:
    bar = Table.grid()  # which ends the bar's line
    bar.add_row(ProgressBar(total=1.0, completed=share, width=BAR_WIDTH))
    return bar


def _trainings(progress: Progress) -> RenderableType:
    table = Table.grid(padding=(0, 3))
    for title, training in progress.under_way.items():
        share = (training.n_done + training.share) / training.n_epochs
        bar = ProgressBar(total=1.0, completed=min(1.0, share), width=BAR_WIDTH // 2)
        table.add_row(Text(printable(title)), bar, Text(status.training_line(training)))
    return table


def _stages(stages: Sequence[StageState]) -> RenderableType:
    table = Table.grid(padding=(0, 3))
    for stage in stages:
        style = "bold" if stage.state == "under way" else "dim"
        table.add_row(Text(printable(stage.title)), Text(status.state_text(stage), style=style))
    return table
