"""`cellcolony replay`: repeat a run from its journal, and compare."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts
from cellcolony.cli.running import n_workers


def replay(run: Path, /, *, train: bool = False, workers: int | None = None) -> None:
    """Repeat a run in the order that its journal keeps; it must end in the same state.

    Every network is asked for again, and every result told again; the front, its networks, the
    colony and the last checkpoint must come out as the run directory holds them, to the last bit.
    What differs is an error, and named. Nothing is written, and the search may be under way.

    Args:
        run: The run directory.
        train: Train every network again too, as the search did, and compare its loss, learning
            curve and weights.
        workers: How many train at once. Without, one for each processor core.
    """
    from cellcolony.errors import RunError
    from cellcolony.report.replayed import different_line, replay_report
    from cellcolony.report.replaying import shown_replay
    from cellcolony.runs.replaying.replay import replay as repeat

    with shown_replay() as shown:
        replayed = repeat(run, train=train, workers=n_workers(workers), on_event=shown.observe)
    print_parts(replay_report(replayed))
    if replayed.trained is not None and not replayed.trained.is_same:
        raise RunError(different_line(replayed.trained))
