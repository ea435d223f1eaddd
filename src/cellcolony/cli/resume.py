"""`cellcolony resume`: go on with a study that was killed, interrupted, or wants more."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

from cellcolony.cli.options import ClusterOptions, GpuOptions
from cellcolony.cli.running import show_found


def resume(
    run: Path,
    /,
    *,
    budget: tuple[str, ...] = (),
    epochs: int | None = None,
    tuned: list[str] | None = None,
    train: list[str] | None = None,
    valid: list[str] | None = None,
    test: list[str] | None = None,
    workers: int | None = None,
    executor: str | None = None,
    threads: int = 1,
    observe: tuple[str, ...] = (),
    cluster: ClusterOptions = ClusterOptions(),
    gpus: GpuOptions = GpuOptions(),
) -> None:
    """Go on with a study where it was killed or interrupted, or give an ended one a larger budget.

    Args:
        run: The run directory.
        budget: When the whole search ends, what was done before included: 400networks, 10min, 90s,
            2h, 10generations or 'loss<0.01'. May be repeated. Without, as before.
        epochs: How many epochs final trainings have in all. Without, as before.
        tuned: A rival of a node that is tuned too, from now on. May be repeated.
        train: The training files, or patterns, where they have moved. May be repeated.
        valid: The files to choose on, where they have moved. May be repeated.
        test: The files of the test, where they have moved. May be repeated.
        workers: How many candidates train at once. Without, one for each processor core.
        executor: Where they train: threads, processes, dask, mpi, or another one of `cellcolony
            list executors`. Without, what suits the task.
        threads: How many threads a final training uses.
        observe: Who observes as well, where they left off: tensorboard, tensorboard=FOLDER, mlflow,
            mlflow=URI, or another one of `cellcolony list observers`. May be repeated.
        cluster: Where the executors dask and mpi find their workers.
        gpus: Where language models compute from now on.
    """
    from cellcolony.report.watch import watch
    from cellcolony.runs.resume import resume as go_on

    splits = {"train": train, "valid": valid, "test": test}
    with watch() as shown:
        result = go_on(
            run,
            budget or None,
            epochs=epochs,
            tuned=tuned,
            workers=workers,
            executor=cluster.place(executor),
            threads=threads,
            files={split: names for split, names in splits.items() if names},
            on_event=shown.observe,
            observers=observe,
            **asdict(gpus),
        )
    show_found(result)
