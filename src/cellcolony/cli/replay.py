"""`cellcolony replay`: repeat a study from its journal, and compare."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from cellcolony.cli.options import ClusterOptions, GpuOptions
from cellcolony.cli.printing import print_parts


def replay(
    run: Path,
    /,
    *,
    retrain: bool = False,
    train: list[str] | None = None,
    valid: list[str] | None = None,
    test: list[str] | None = None,
    workers: int | None = None,
    executor: str | None = None,
    cluster: ClusterOptions = ClusterOptions(),
    gpus: GpuOptions = GpuOptions(),
) -> None:
    """Repeat a study in the order that its journal keeps; it must end in the same state.

    Every candidate is asked for again, and every result told again; the front, its genomes, what
    the method has learned and the last checkpoint must come out as the run directory holds them, to
    the last bit. What differs is an error, and named. Nothing is written, and the search may be
    under way.

    Args:
        run: The run directory.
        retrain: Train every candidate, and everything in the final trainings, again too, and
            compare losses, learning curves and weights.
        train: The training files, or patterns, where they have moved. May be repeated.
        valid: The files to choose on, where they have moved. May be repeated.
        test: The files of the test, where they have moved. May be repeated.
        workers: How many train at once. Without, one for each processor core.
        executor: Where they train. Without, what suits the task.
        cluster: Where the executors dask and mpi find their workers.
        gpus: Where language models compute; last bits differ from those of another device.
    """
    from cellcolony.errors import RunError
    from cellcolony.report.replayed import different_line, replay_report
    from cellcolony.report.replaying import shown_replay
    from cellcolony.runs.replay.replay import replay as repeat

    splits = {"train": train, "valid": valid, "test": test}
    with shown_replay() as shown:
        replayed = repeat(
            run,
            retrain=retrain,
            workers=workers,
            executor=cluster.place(executor),
            files={split: names for split, names in splits.items() if names},
            on_event=shown.observe,
            **asdict(gpus),
        )
    print_parts(replay_report(replayed))
    if replayed.trained is not None and not replayed.trained.is_same:
        raise RunError(different_line(replayed.trained))
