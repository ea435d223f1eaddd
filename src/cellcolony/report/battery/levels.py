"""The tables that count and measure by level: errors, and the tables of the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import partial
from operator import attrgetter

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.tables import SPREAD, shown, spread_row
from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.ranking import MEASURES, rank
from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.summary import ConfigurationSummary, by_group, coefficient, compared_on
from cellcolony.runs.spread import Spread
from cellcolony.wording import capital

NAMES = ("axis", "level")
SPLITS = {"valid": "validation", "test": "test"}
OVER = "of each run: mean, sd (least to most)"


def level_tables(found: Sequence[ConfigurationSummary], split: str, title: str) -> Iterator[Table]:
    """Yield the tables by level; the first only where there are enough configurations to rank.

    Args:
        found: The configurations.
        split: By whose errors configurations are ranked: "valid" or "test".
        title: What the errors are: "MAE", "search perplexity".
    """
    yield from _table_1(found, split, title)
    runs, on = by_group(found), compared_on(found)
    table = partial(_spread_table, runs)
    yield table("levels.csv", f"{capital(title)} of the best", {f"{on} {title}": attrgetter(on)})
    if not any(record.n_hidden is not None for one in found for record in one.records):
        yield table(
            "sizes.csv",
            "Size of the best candidate, and weights of its model,",
            {"size": attrgetter("size"), "weights": attrgetter("n_weights")},
        )
        return
    yield table(
        "table_2.csv",
        "Table 2: hidden nodes and edges of the best network",
        {"nodes": attrgetter("n_hidden"), "edges": attrgetter("n_edges")},
    )
    yield table(
        "table_3.csv",
        "Table 3: recurrent edges and weights of the best network",
        {"recurrent edges": attrgetter("n_recurrent_edges"), "weights": attrgetter("n_weights")},
    )
    yield table(
        "coefficient.csv",
        f"Structure coefficient, 1 / ({title} x weights) with the {SPLITS[split]} {title},",
        {f"{split} coefficient": partial(coefficient, split=split)},
        ". The more, the more each weight contributes; the form is ours: the paper's is lost",
    )


def _table_1(found: Sequence[ConfigurationSummary], split: str, title: str) -> Iterator[Table]:
    ranking = rank(found, split)
    if not ranking.tops:
        return
    rows, cells = [], []
    for place, n in ranking.n_of.items():
        counts = [[ranking.counts[place, top, m] for m in MEASURES] for top in ranking.tops]
        rows.append((*place, n, *(one for of_top in counts for one in of_top)))
        cells.append((*place, n, *(" / ".join(map(str, of_top)) for of_top in counts)))
    heads = [f"top {top} by {m} {split} {title}" for top in ranking.tops for m in MEASURES]
    says = (
        f"Table 1: how many configurations of each level stand among the best of "
        f"{ranking.n_ranked:,}, ranked by the {' / '.join(MEASURES)} of their repeats' "
        f"{SPLITS[split]} {title}"
    )
    tops = (f"top {top}" for top in ranking.tops)
    yield Table(
        "table_1.csv", (*NAMES, "configurations", *heads), rows,
        printed(says, NAMES, ("of", *tops), cells),
    )  # fmt: skip


def _spread_table(
    runs: Mapping[Place, Sequence[Record]],
    file: str,
    title: str,
    values: Mapping[str, Callable[[Record], float | None]],
    more: str = "",
) -> Table:
    rows, cells = [], []
    for place, records in runs.items():
        spreads = [Spread.of(map(of, records)) for of in values.values()]
        rows.append((*place, len(records), *(cell for one in spreads for cell in spread_row(one))))
        cells.append((*place, len(records), *map(_written, spreads)))
    parts = [f"{name} {part}" for name in values for part in SPREAD]
    says = printed(f"{title} {OVER}{more}", NAMES, ("runs", *values), cells)
    return Table(file, (*NAMES, "runs", *parts), rows, says)


def _written(found: Spread | None) -> str:
    if found is None:
        return shown(None)
    ends = (shown(int(end) if end.is_integer() else end) for end in (found.least, found.most))
    return f"{shown(found.mean)}, {shown(found.sd)} ({' to '.join(ends)})"
