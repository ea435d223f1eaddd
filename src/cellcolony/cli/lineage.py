"""`cellcolony lineage`: how a candidate came to be."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts


def lineage(run: Path, number: int | None = None, /) -> None:
    """Show the ancestors of any candidate of a study: how each was made, and its loss.

    Args:
        run: The run directory, of a study that has ended or not.
        number: The candidate, on the front or not. Without, the best.
    """
    from cellcolony.report.ancestors import ancestors_report
    from cellcolony.runs.open import open_run

    print_parts(ancestors_report(open_run(run), number))
