"""`cellcolony show`: what a run found."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts


def show(run: Path, /) -> None:
    """Show what a run found: how it compares with plain rivals, the front, the equations.

    Args:
        run: The run directory, of a run that has ended or not.
    """
    from cellcolony.report.data import data_table
    from cellcolony.report.equations import equations_of_best
    from cellcolony.report.final import final_report
    from cellcolony.runs.stored import open_run

    result = open_run(run)
    print_parts(data_table(result.data), final_report(result), equations_of_best(result))
