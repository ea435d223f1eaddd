"""The tables that count and measure by level: the paper's Tables 1 to 3, and its coefficient."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from cellcolony.report.battery.table import Table, shown
from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.ranking import MEASURES, rank
from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.standing import Standing
from cellcolony.runs.battery.structure import Reach, by_group, coefficient

NAMES = ("axis", "level")
SPLITS = {"valid": "validation", "test": "test"}


def level_tables(found: Sequence[Standing], split: str) -> tuple[Table, ...]:
    """Return the tables by level; the first only where there are enough configurations to rank."""
    runs = by_group(found)
    tables = [
        _reach_table(
            "table_2.csv",
            "Table 2: hidden nodes and edges of the best network of each run: mean (least to most)",
            runs,
            {"nodes": lambda record: record.n_hidden, "edges": lambda record: record.n_edges},
        ),
        _reach_table(
            "table_3.csv",
            "Table 3: recurrent edges and weights of the best network of each run: mean (least to "
            "most)",
            runs,
            {
                "recurrent edges": lambda record: record.n_recurrent_edges,
                "weights": lambda record: record.n_weights,
            },
        ),
        _reach_table(
            "coefficient.csv",
            f"Structure coefficient, 1 / (MAE x weights) with the {SPLITS[split]} MAE: mean (least "
            "to most). The more, the more each weight contributes; the form is ours: the paper's "
            "is lost",
            runs,
            {f"{split} coefficient": coefficient(split)},
        ),
    ]
    first = _table_1(found, split)
    return (first, *tables) if first is not None else tuple(tables)


def _table_1(found: Sequence[Standing], split: str) -> Table | None:
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
        f"{SPLITS[split]} MAE",
        (
            *NAMES,
            "configurations",
            *(f"top {top} by {measure} {split} MAE" for top, measure in keys),
        ),
        rows,
        n_names=2,
        printed_columns=(*NAMES, "of", *heads),
        printed_rows=printed,
    )


def _reach_table(
    file: str,
    title: str,
    runs: Mapping[Place, Sequence[Record]],
    values: Mapping[str, Callable[[Record], float | None]],
) -> Table:
    columns = [f"{name} {part}" for name in values for part in ("mean", "min", "max")]
    rows, printed = [], []
    for place, records in runs.items():
        reaches = [Reach.of(map(of, records)) for of in values.values()]
        cells = [part for reach in reaches for part in (reach.mean, reach.least, reach.most)]
        rows.append((*place, len(records), *cells))
        printed.append((*place, len(records), *map(_written, reaches)))
    return Table(
        file,
        title,
        (*NAMES, "runs", *columns),
        rows,
        n_names=2,
        printed_columns=(*NAMES, "runs", *values),
        printed_rows=printed,
    )


def _written(reach: Reach) -> str:
    if reach.mean is None:
        return shown(None)
    return f"{shown(reach.mean)} ({shown(reach.least)} to {shown(reach.most)})"
