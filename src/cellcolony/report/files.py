"""What a person opens first in a run directory: the report and the drawings."""

from __future__ import annotations

from pathlib import Path

from cellcolony.report.page import page
from cellcolony.report.pictures import write_drawings
from cellcolony.runs.directory import write_file
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


def write_report(result: Result, path: Path) -> None:
    """Write the report of a run to a file, over what it held.

    Args:
        result: A run; one that was read from its directory has the course of its search too.
        path: The file.

    Raises:
        RunError: A file of the run directory is broken.
    """
    write_file(path, page(result))
