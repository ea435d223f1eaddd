"""The tables that count and measure by level: errors, and the tables of the paper."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from cellcolony.report.battery.table import Cell, Table, shown
from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.ranking import MEASURES, rank
from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.summary import (
    ConfigurationSummary,
    by_group,
    coefficient,
    compared_on,
)
from cellcolony.runs.spread import Spread

NAMES = ("axis", "level")
SPLITS = {"valid": "validation", "test": "test"}
SPREAD = ("mean", "sd", "min", "median", "max")
OVER = "of each run: mean, sd (least to most)"

Value = Callable[[Record], float | None]


def level_tables(
    found: Sequence[ConfigurationSummary], split: str, title: str
) -> tuple[Table, ...]:
    """Return the tables by level; the first only where there are enough configurations to rank.

    Args:
        found: The configurations.
        split: By whose errors configurations are ranked: "valid" or "test".
        title: What the errors are: "MAE", "search perplexity".
    """
    first = _table_1(found, split, title)
    return (*([] if first is None else [first]), *_measured(found, split, title))


def _measured(found: Sequence[ConfigurationSummary], split: str, title: str) -> Iterator[Table]:
    runs, on = by_group(found), compared_on(found)
    yield _spread_table(
        "levels.csv",
        f"{capital(title)} of the best {OVER}",
        runs,
        {f"{on} {title}": lambda record: getattr(record, on)},
    )
    if not any(record.n_hidden is not None for record in _all(runs)):
        yield _spread_table(
            "sizes.csv",
            f"Size of the best candidate, and weights of its model, {OVER}",
            runs,
            {"size": lambda record: record.size, "weights": lambda record: record.n_weights},
        )
        return
    yield _spread_table(
        "table_2.csv",
        f"Table 2: hidden nodes and edges of the best network {OVER}",
        runs,
        {"nodes": lambda record: record.n_hidden, "edges": lambda record: record.n_edges},
    )
    yield _spread_table(
        "table_3.csv",
        f"Table 3: recurrent edges and weights of the best network {OVER}",
        runs,
        {
            "recurrent edges": lambda record: record.n_recurrent_edges,
            "weights": lambda record: record.n_weights,
        },
    )
    yield _spread_table(
        "coefficient.csv",
        f"Structure coefficient, 1 / ({title} x weights) with the {SPLITS[split]} {title}, {OVER}. "
        "The more, the more each weight contributes; the form is ours: the paper's is lost",
        runs,
        {f"{split} coefficient": lambda record: coefficient(record, split)},
    )


def _all(runs: Mapping[Place, Sequence[Record]]) -> Iterator[Record]:
    for records in runs.values():
        yield from records


def _table_1(found: Sequence[ConfigurationSummary], split: str, title: str) -> Table | None:
    ranking = rank(found, split)
    if not ranking.tops:
        return None
    keys = [(top, measure) for top in ranking.tops for measure in MEASURES]
    rows, printed = [], []
    for place, n in ranking.n_of.items():
        counts = {key: ranking.counts[(place, *key)] for key in keys}
        rows.append((*place, n, *counts.values()))
        cells = [" / ".join(str(counts[top, m]) for m in MEASURES) for top in ranking.tops]
        printed.append((*place, n, *cells))
    heads = tuple(f"top {top}" for top in ranking.tops)
    return Table(
        "table_1.csv",
        f"Table 1: how many configurations of each level stand among the best of "
        f"{ranking.n_ranked:,}, ranked by the {' / '.join(MEASURES)} of their repeats' "
        f"{SPLITS[split]} {title}",
        (
            *NAMES,
            "configurations",
            *(f"top {top} by {measure} {split} {title}" for top, measure in keys),
        ),
        rows,
        n_names=2,
        printed_columns=(*NAMES, "of", *heads),
        printed_rows=printed,
    )


def _spread_table(
    file: str, title: str, runs: Mapping[Place, Sequence[Record]], values: Mapping[str, Value]
) -> Table:
    columns = [f"{name} {part}" for name in values for part in SPREAD]
    rows, printed = [], []
    for place, records in runs.items():
        spreads = [Spread.of(map(of, records)) for of in values.values()]
        rows.append((*place, len(records), *(cell for one in spreads for cell in spread_row(one))))
        printed.append((*place, len(records), *map(_written, spreads)))
    return Table(
        file,
        title,
        (*NAMES, "runs", *columns),
        rows,
        n_names=2,
        printed_columns=(*NAMES, "runs", *values),
        printed_rows=printed,
    )


def capital(title: str) -> str:
    """Return a title as a sentence begins."""
    return title[:1].upper() + title[1:]


def spread_row(found: Spread | None) -> tuple[Cell, ...]:
    """Return the mean, the deviation, the least, the median and the largest value, as cells."""
    if found is None:
        return (None,) * len(SPREAD)
    return found.mean, found.sd, found.least, found.median, found.most


def _written(found: Spread | None) -> str:
    if found is None:
        return shown(None)
    ends = " to ".join(
        shown(int(end) if end.is_integer() else end) for end in (found.least, found.most)
    )
    return f"{shown(found.mean)}, {shown(found.sd)} ({ends})"
