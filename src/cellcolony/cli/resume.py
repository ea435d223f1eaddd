"""`cellcolony resume`: go on with a run that was killed, interrupted, or wants more."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from cellcolony.cli.printing import print_parts
from cellcolony.cli.running import going_on_later, n_workers, print_where


def resume(
    run: Path,
    /,
    *,
    budget: tuple[str, ...] = (),
    workers: int | None = None,
    executor: Literal["threads", "processes"] | None = None,
    epochs: int | None = None,
    threads: int = 1,
    device: Literal["auto", "cpu", "cuda"] = "auto",
) -> None:
    """Go on with a run where it was killed or interrupted, or give an ended one a larger budget.

    Args:
        run: The run directory.
        budget: When the whole search ends, what was done before included: 400networks, 10min, 90s,
            2h or 'loss<0.01'. May be repeated. Without, as before.
        workers: How many networks train at once. Without, one for each processor core.
        executor: Where they train: in threads, or in processes, which cost nobody else anything
            when they die. Without, in threads, and in processes for evolve-node.
        epochs: For train-lm: how many epochs in all. Without, as before.
        threads: For train-lm: how many threads compute.
        device: For train-lm: where.
    """
    from cellcolony.runs import kinds

    kind = kinds.kind_of(run)
    if kind == kinds.LANGUAGE_MODEL:
        _language_model(run, epochs, threads, device)
    elif kind == kinds.NODE_SEARCH:
        _node_search(run, budget, workers, executor or "processes")
    else:
        _forecast(run, budget, workers, executor or "threads")


def _forecast(
    run: Path,
    budget: tuple[str, ...],
    workers: int | None,
    executor: Literal["threads", "processes"],
) -> None:
    from cellcolony.report.files import write_files
    from cellcolony.report.sections import contents
    from cellcolony.report.terminal import report
    from cellcolony.report.watch import watch
    from cellcolony.runs.resume import resume as go_on

    with going_on_later(run), watch() as shown:
        settings = {"workers": n_workers(workers), "executor": executor}
        result = go_on(run, budget or None, on_event=shown.observe, **settings)
    page = write_files(result)
    print_parts(report(contents(result, "final")))
    print_where(page)


def _node_search(
    run: Path,
    budget: tuple[str, ...],
    workers: int | None,
    executor: Literal["threads", "processes"],
) -> None:
    from cellcolony.cli.evolve_node import print_found
    from cellcolony.report.watch import watch
    from cellcolony.runs.language.needs import check_extra
    from cellcolony.runs.nodes.resume import resume_node

    check_extra()
    with going_on_later(run), watch() as shown:
        settings = {"workers": n_workers(workers), "executor": executor}
        result = resume_node(run, budget or None, on_event=shown.observe, **settings)
    print_found(result)


def _language_model(run: Path, epochs: int | None, threads: int, device: str) -> None:
    from cellcolony.report.language.final import language_report, text_table
    from cellcolony.report.language.progress import EpochLines
    from cellcolony.runs.language.needs import check_extra

    check_extra()
    from cellcolony.runs.language.session import resume_language_model

    with going_on_later(run), EpochLines() as shown:
        result = resume_language_model(run, epochs, threads=threads, device=device, watcher=shown)
    print_parts(text_table(result), language_report(result))
