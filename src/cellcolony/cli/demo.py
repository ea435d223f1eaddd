"""`cellcolony demo`: a search that needs no file."""

from __future__ import annotations

from cellcolony.cli.options import RunOptions
from cellcolony.cli.running import run_study


def demo(*, run: RunOptions = RunOptions()) -> None:
    """Search on a series made on the spot, in about a minute; needs no file.

    Args:
        run: How long to search, and where to.
    """
    from cellcolony.runs.directory import refuse_existing
    from cellcolony.runs.studies import DEMONSTRATED, demonstration

    if run.out is not None and run.seeds == 1:
        refuse_existing(run.out)
    run_study(demonstration(**run.of_study), out=run.out, **run.of_run(DEMONSTRATED))
