"""`cellcolony report`: what a study found, as one HTML file."""

from __future__ import annotations

from pathlib import Path


def report(run: Path, /, *, out: Path | None = None) -> None:
    """Write what a study found as one HTML file that needs nothing else; any browser opens it.

    Args:
        run: The run directory, of a study that has ended or not.
        out: The file to write, over what it held. Without, report.html in the run directory.
    """
    from cellcolony.report.files import REPORT, write_report
    from cellcolony.runs.open import open_run

    path = run / REPORT if out is None else out
    write_report(open_run(run), path)
    print(path)
