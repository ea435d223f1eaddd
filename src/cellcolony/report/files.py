"""What a person opens first in a run directory: the report and the drawings."""

from __future__ import annotations

from pathlib import Path

from cellcolony.report.page import page
from cellcolony.report.pictures import write_drawings
from cellcolony.runs.result import Result
from cellcolony.store.files import write_file, write_output

REPORT = "report.html"


def write_files(result: Result) -> Path | None:
    """Write the report and all drawings of a study into its directory.

    Returns:
        The report; None for a study without a directory.
    """
    if result.path is None:
        return None
    write_drawings(result, result.path)
    report = result.path / REPORT
    write_report(result, report)
    return report


def write_report(result: Result, path: Path) -> None:
    """Write the report of a study to a file, over what it held.

    Args:
        result: A study; one with a directory has the course of its search too.
        path: The file.

    Raises:
        RunError: A file of the run directory is broken.
    """
    is_own = result.path is not None and path == result.path / REPORT
    write = write_file if is_own else write_output  # no link in a run directory is followed
    write(path, page(result))
