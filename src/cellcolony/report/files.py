"""What a person opens first in a run directory: the report and the drawings."""

from __future__ import annotations

from pathlib import Path

from cellcolony.report.html import write_report
from cellcolony.report.pictures import write_drawings
from cellcolony.runs.result import Result

REPORT = "report.html"


def write_files(result: Result) -> Path | None:
    """Write the report and a drawing of each network of the front into a run's directory.

    Returns:
        The report; None for a run without a directory.
    """
    if result.path is None:
        return None
    write_drawings(result, result.path)
    report = result.path / REPORT
    write_report(result, report)
    return report
