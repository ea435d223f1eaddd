"""`cellcolony demo`: a search that needs no file."""

from __future__ import annotations

from cellcolony.cli.options import RunOptions
from cellcolony.cli.running import run_search


def demo(*, run: RunOptions = RunOptions()) -> None:
    """Search on a chaotic series made on the spot, in less than a minute; needs no file.

    Args:
        run: How long to search, and where to.
    """
    from cellcolony.runs.budget import Budget
    from cellcolony.runs.demonstration import BUDGET, demonstration
    from cellcolony.runs.directory import refuse_existing

    limits = Budget.parse(run.budget or BUDGET)
    if run.out is not None:
        refuse_existing(run.out)
    task, ants, training = demonstration(run.seed)
    run_search(task, ants, run, budget=limits, out=run.out, protocol=training)
