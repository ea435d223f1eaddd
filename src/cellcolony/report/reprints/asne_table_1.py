"""Table 1 of the Ant Swarm paper: how often each heuristic stands among the best configurations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.reprints import REPRINTS, Reprint
from cellcolony.report.reprints.experiments import Experiments, is_rival
from cellcolony.report.reprints.published import N_CONFIGURATIONS, TABLE_1, TOPS
from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.ranking import MEASURES, ordered
from cellcolony.runs.battery.summary import ConfigurationSummary, compared_on, places

NAMES = ("heuristic",)
UNKNOWN = ((None,) * len(MEASURES),) * len(TOPS)


def _tables(experiments: Experiments) -> Iterator[Table]:
    """Yield the counts, those of heuristics alone in parentheses, and the published shares.

    In a grid of another size the tops are the same shares of it, at least one configuration.
    """
    split = compared_on(experiments.grid)
    grid = [one for one in experiments.grid if one.errors(split)]
    if not grid:
        return
    tops = [max(1, round(top * len(grid) / N_CONFIGURATIONS)) for top in TOPS]
    orders = {by: ordered(grid, split, by) for by in MEASURES}

    def counts(place: Place, alone: bool) -> list[list[int]]:
        """Return, for each top, how many of a heuristic stand in it by each measure."""
        members = [one for one in grid if place in one.configuration.groups]
        if alone:
            members = [one for one in members if _axis(experiments, one) == place.axis]
        return [[_among(orders[by][:top], members) for by in MEASURES] for top in tops]

    rows, cells = [], []
    for place in places(grid):
        n = sum(place in one.configuration.groups for one in grid)
        ours, alone = counts(place, alone=False), counts(place, alone=True)
        theirs = TABLE_1.get(place.name, UNKNOWN)
        parts = (ours, alone, theirs)
        rows.append((place.name, n, *(one for part in parts for of_top in part for one in of_top)))
        tops_told = zip(ours, alone, theirs, tops, TOPS, strict=True)
        cells.append((place.name, n, *(
            f"{one[0]}({lone[0]}) {_share(one[0], top)}|{_share(their[0], published)}"
            for one, lone, their, top, published in tops_told
        )))  # fmt: skip
    heads = [
        f"{kind}top {top} by {by}"
        for kind, of in (("", tops), ("alone in ", tops), ("published ", TOPS))
        for top in of
        for by in MEASURES
    ]
    says = (
        f"Table 1: configurations of each heuristic among the best of {len(grid):,} by the mean of "
        f"their repeats' {split} {experiments.battery.title}, in parentheses those that apply it "
        f"alone; then their share of that top in %, and the published share of the same top of "
        f"{N_CONFIGURATIONS:,}"
    )
    columns = ("of", *(f"top {top}|{of}" for top, of in zip(tops, TOPS, strict=True)))
    yield Table(
        "asne_table_1.csv", (*NAMES, "configurations", *heads), rows,
        printed(says, NAMES, columns, cells),
    )  # fmt: skip


def _axis(experiments: Experiments, one: ConfigurationSummary) -> str | None:
    alone = experiments.alone(one)
    return None if alone is None else alone.axis


def _among(top: Sequence[ConfigurationSummary], members: Sequence[ConfigurationSummary]) -> int:
    labels = {one.label for one in members}
    return sum(one.label in labels for one in top)


def _share(count: int | None, top: int) -> str:
    return "-" if count is None else f"{100 * count / top:.0f}"


REPRINTS.register("asne_table_1")(
    Reprint(
        paper="asne",
        title="Table 1: heuristics among the best configurations",
        option="--table 1",
        needs=lambda one: not is_rival(one),
        tables=_tables,
    )
)
