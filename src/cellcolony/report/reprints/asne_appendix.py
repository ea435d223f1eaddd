"""Appendix A of the Ant Swarm paper: the errors of every experiment."""

from __future__ import annotations

from collections.abc import Iterator

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.experiments import Experiments, anything
from cellcolony.report.tables import spread_row
from cellcolony.runs.battery.ranking import ordered
from cellcolony.runs.battery.summary import compared_on

NAMES = ("experiment",)
COLUMNS = ("minimum", "maximum", "mean", "median", "std. dev.")


def _tables(experiments: Experiments) -> Iterator[Table]:
    """Yield the errors of the rivals, then those of the grid by their mean."""
    split = compared_on(experiments.found)
    grid = [one for one in experiments.grid if one.errors(split)]
    rivals = [one for one in experiments.rivals if one.errors(split)]
    rows = []
    for one in (*rivals, *ordered(grid, split, "mean")):
        mean, sd, least, median, most = spread_row(one.spread(split))
        rows.append((one.label, least, most, mean, median, sd))
    if rows:
        says = (
            f"Appendix A: {split} {experiments.battery.title} of the best networks over the "
            "repeats; rivals first, then configurations by their mean"
        )
        yield Table("asne_appendix.csv", (*NAMES, *COLUMNS), rows,
                    printed(says, NAMES, COLUMNS, rows))  # fmt: skip


REPRINTS.register("asne_appendix")(
    Reprint("asne", "Appendix A: the errors of every experiment", "--appendix", anything, _tables)
)
