"""`cellcolony show`: what a study found."""

from __future__ import annotations

from pathlib import Path

from cellcolony.cli.printing import print_parts


def show(run: Path, /) -> None:
    """Show what a study found: how it compares with its rivals, the front, the equations.

    Args:
        run: The run directory, of a study that has ended or not.
    """
    from cellcolony.report.sections import contents
    from cellcolony.report.terminal import report
    from cellcolony.runs.open import open_run

    print_parts(report(contents(open_run(run), "show")))
