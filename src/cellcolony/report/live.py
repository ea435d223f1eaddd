"""The live table: how the search stands, on a terminal."""

from __future__ import annotations

from collections.abc import Callable
from types import TracebackType

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from cellcolony.report.progress import Progress
from cellcolony.report.standing import (
    best_of,
    compiling_line,
    count_done,
    draining_line,
    ending,
    heading,
    nothing_left_line,
    rivals_line,
)
from cellcolony.runs.events import Event, NothingLeft, Stage, Warned
from cellcolony.runs.watching.following import Seen
from cellcolony.wording import duration

REFRESHES_PER_SECOND = 4
BAR_WIDTH = 50


class LiveTable:
    """Draws a run's progress in place, from its first event to the end of the `with` block.

    Args:
        console: Where to.
        progress: What the events are counted with.
        foot: Gives a line to stand below the table.
    """

    def __init__(
        self,
        console: Console,
        progress: Progress | None = None,
        foot: Callable[[], str] | None = None,
    ) -> None:
        self._progress = progress or Progress()
        self._foot = foot
        self._live = Live(
            console=console,
            get_renderable=self._picture,
            refresh_per_second=REFRESHES_PER_SECOND,
        )

    def __enter__(self) -> LiveTable:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.scoring, self._progress.rivals = 0, ""
        self._live.stop()

    def _picture(self) -> RenderableType:
        return table_of(self._progress, "" if self._foot is None else self._foot())

    def observe(self, event: Event | Seen) -> None:
        """Take in an event; the next refresh shows it."""
        if isinstance(event, NothingLeft):
            self._live.console.print(nothing_left_line(event))
        elif isinstance(event, (Warned, Stage)):
            self._live.console.print(event.text)
        self._progress.observe(event)


def table_of(progress: Progress, foot: str = "") -> RenderableType:
    """Return the table for what a search has reached, and a line below it."""
    if progress.started is None:
        return Text(compiling_line(progress)) if progress.compiling else Text()
    table = Table.grid(padding=(0, 3))
    table.add_column(style="dim")
    table.add_column(justify="right", style="bold")
    table.add_column()
    failed = Text(f"{progress.n_failed} failed", style="yellow" if progress.n_failed else "dim")
    table.add_row("networks", count_done(progress), failed)
    table.add_row("per minute", f"{progress.per_minute:.1f}")
    measure = progress.measure
    table.add_row(f"best {measure.word}", measure.text(progress.best), best_of(progress))
    where = Text(measure.where, style="dim")
    table.add_row(f"median {measure.word}", measure.text(progress.median), where)
    if progress.generation is not None:
        table.add_row("generation", str(progress.generation))
    if progress.entropy is not None:
        meaning = Text("of the choices: 1 even, 0 decided", style="dim")
        table.add_row("entropy", f"{progress.entropy:.3f}", meaning)
    table.add_row("time", duration(progress.seconds))
    parts: list[RenderableType] = [Text(heading(progress), style="bold"), table]
    if progress.ended is not None:
        parts.append(Text(ending(progress)))
        if progress.rivals:
            parts.append(Text(rivals_line(progress)))
    elif progress.draining:
        parts.append(Text(draining_line(progress)))
    elif progress.share is not None:
        bar = Table.grid()  # which ends the bar's line
        bar.add_row(ProgressBar(total=1.0, completed=progress.share, width=BAR_WIDTH))
        parts.append(bar)
    if foot:
        parts.append(Text(foot, style="dim"))
    return Group(*parts)
