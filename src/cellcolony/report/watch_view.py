"""Show a study from outside, by its files alone: the live table, in another terminal."""

from __future__ import annotations

import shlex
import time
from pathlib import Path

from rich.console import Console, RenderableType

from cellcolony.report.live import table_of
from cellcolony.report.log import Log
from cellcolony.report.progress import Progress
from cellcolony.report.status import search_line, stage_line
from cellcolony.report.watch import watch
from cellcolony.runs.watch.following import Following
from cellcolony.wording import duration

LOOK_SECONDS = 0.5
"""Between two looks at a run's files."""
QUIET_SECONDS = 60.0
"""So long without a line, a run may have died."""


def watch_run(path: Path) -> None:
    """Show how a study stands until it ends, on standard output.

    Raises:
        RunError: It is no run directory, a file of it is damaged, or it was removed.
    """
    run = Following(path)
    progress = _progress(run)
    patience = QUIET_SECONDS
    with watch(Console(), progress, lambda: sign_of_life(run), lambda: run.stages) as shown:
        while True:
            for seen in run.look():
                shown.observe(seen)
            if run.has_ended:
                break
            if isinstance(shown, Log):
                patience = _warn(shown, run, progress, patience)
            time.sleep(LOOK_SECONDS)


def picture(path: Path) -> RenderableType:
    """Return how a study stands now, to be printed by rich.

    Raises:
        RunError: As for `watch_run`.
    """
    run = Following(path)
    progress = _progress(run)
    for seen in run.look():
        progress.observe(seen)
    return table_of(progress, sign_of_life(run), run.stages)


def sign_of_life(run: Following) -> str:
    """Say when a study last wrote something, and what to do where that is long ago."""
    if run.has_ended:
        return ""
    quiet = duration(run.quiet_seconds)
    if run.quiet_seconds >= QUIET_SECONDS:
        path = shlex.quote(str(run.path))
        return f"Nothing was written for {quiet}. If the run has died: cellcolony resume {path}"
    return f"{'' if run.has_begun else 'Starting. '}Last written {quiet} ago."


def _progress(run: Following) -> Progress:
    """Return what counts; its clock is the run's, which stands still between two lines."""
    return Progress(lambda: run.seconds)


def _warn(log: Log, run: Following, progress: Progress, patience: float) -> float:
    """Say where a study stands that has been quiet for long; return how long that is next time."""
    quiet = run.quiet_seconds
    if quiet < QUIET_SECONDS:
        return QUIET_SECONDS
    if quiet < patience:
        return patience
    if progress.stage is not None:
        log.remark(stage_line(progress.stage))
    elif progress.search is not None:
        log.remark(search_line(progress.search))
    log.remark(sign_of_life(run))
    return 2 * quiet
