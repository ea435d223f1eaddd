"""`cellcolony show`: what a study found."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from cyclopts import Parameter

from cellcolony.cli.printing import print_parts
from cellcolony.errors import RunError


def show(run: Path, /, *, why: Annotated[bool, Parameter(negative=())] = False) -> None:
    """Show what a study found: how it compares with its rivals, the front, the equations.

    Args:
        run: The run directory, of a study that has ended or not.
        why: Show instead which columns, and which lags of them, the best network of a forecast
            relies on, and which columns it can do without.
    """
    from cellcolony.report.sections import contents
    from cellcolony.report.terminal import report
    from cellcolony.runs.open import open_run

    shown = contents(open_run(run), "why" if why else "show")
    if why and not shown:
        raise RunError(
            f"{run}: which columns matter is not known. It is measured at the end of a forecast, "
            "and was not in runs of earlier versions of the program."
        )
    print_parts(report(shown))
