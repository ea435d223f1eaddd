"""`cellcolony report`: what a study or a league found, as one HTML file."""

from __future__ import annotations

from pathlib import Path


def report(run: Path, /, *, out: Path | None = None) -> None:
    """Write what a study or a league found as one HTML file, which any browser opens.

    Args:
        run: The run directory, of a study that has ended or not; or the folder of a league, whose
            tables are made again.
        out: The file to write, over what it held. Without, report.html in the run directory.
    """
    from cellcolony.report.files import REPORT, write_report
    from cellcolony.runs.league.folder import is_league
    from cellcolony.runs.open import open_run

    path = run / REPORT if out is None else out
    if is_league(run):
        from cellcolony.report.league import write_league_files

        write_league_files(run, page=path)
    else:
        write_report(open_run(run), path)
    print(path)
