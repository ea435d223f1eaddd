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
    executor: Literal["threads", "processes"] = "threads",
) -> None:
    """Go on with a run where it was killed or interrupted, or give an ended one a larger budget.

    Args:
        run: The run directory.
        budget: When the whole search ends, what was done before included: 400networks, 10min, 90s,
            2h or 'loss<0.01'. May be repeated. Without, as before.
        workers: How many networks train at once. Without, one for each processor core.
        executor: Where they train: in threads, or in processes, which cost nobody else anything
            when they die.
    """
    from cellcolony.report.files import write_files
    from cellcolony.report.final import final_report
    from cellcolony.report.watch import watch
    from cellcolony.runs.resume import resume as go_on

    with going_on_later(run), watch() as shown:
        settings = {"workers": n_workers(workers), "executor": executor}
        result = go_on(run, budget or None, on_event=shown.observe, **settings)
    report = write_files(result)
    print_parts(final_report(result))
    print_where(report)
