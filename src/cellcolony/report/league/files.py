"""Write the tables, the plot and the page of a league into its folder."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from cellcolony.report.blocks import Content
from cellcolony.report.files import REPORT
from cellcolony.report.league.contents import league_contents
from cellcolony.report.league.plot import plot_league
from cellcolony.report.league.results import ranks_csv, results_csv
from cellcolony.report.page import render
from cellcolony.runs.league.comparison import comparisons
from cellcolony.runs.league.ranking import ranking
from cellcolony.runs.league.run import RunEnds
from cellcolony.runs.league.standing import read_standing
from cellcolony.store.files import remove, write_file, write_output
from cellcolony.store.lock import locked

RESULTS, RANKS, PLOT = "results.csv", "ranks.csv", "league.svg"


def write_league_files(
    path: Path, failed: Iterable[RunEnds] = (), page: Path | None = None
) -> list[Content]:
    """Make the tables of a league from the runs that are there, and write them over the earlier.

    One process at a time does so, and reads the runs meanwhile: the last one has seen all.

    Args:
        path: The league's folder.
        failed: Runs that have just failed.
        page: Where the page is written; None for report.html in the folder.

    Returns:
        What the page shows.

    Raises:
        ConfigError: The league's own file is damaged.
        RunError: A file cannot be written.
    """
    with locked(path, waits=True):
        standing = read_standing(path, failed)
        ranked, compared = ranking(standing), comparisons(standing)
        write_file(path / RESULTS, results_csv(standing))
        write_file(path / RANKS, ranks_csv(standing, ranked))
        plot = plot_league(standing, path / PLOT)
        if not plot:
            remove(path / PLOT)
        contents = league_contents(standing, ranked, compared, plot)
        text = render(f"League {path.resolve().name}", contents)
        if page is None or page == path / REPORT:
            write_file(path / REPORT, text)
        else:
            write_output(page, text)
    return contents
