"""The table of configurations: their errors, and how they stand against the baseline."""

from __future__ import annotations

from collections.abc import Sequence

from cellcolony.report.battery.table import Cell, Table
from cellcolony.runs.battery.standing import Standing, difference

COLUMNS = ("configuration", "runs", "failed", "valid MAE", "test MAE")
AGAINST = ("difference", "in %", "p", "wins", "pairs")
MOST = 50
"""Configurations that are printed; of more, the best by validation."""


def configurations_table(found: Sequence[Standing], baseline: str | None) -> Table:
    """Return the median errors of each configuration, and its differences from the baseline."""
    base = next((one for one in found if one.label == baseline), None)
    title = (
        "MAE of the best network, which validation chose: the median over the runs that did not "
        "fail"
    )
    if base is not None:
        title += (
            f". Against {base.label}, on the same seeds: the median difference of the test MAE "
            "(below 0 is better), the same in % of the baseline's median, p of the paired Wilcoxon "
            "test (two-sided), and wins, over the pairs of runs of which neither failed"
        )
    shown = best_of(found, base)
    if len(shown) < len(found):
        title += (
            f". Shown are {len(shown)} of {len(found):,} configurations: the best by validation"
        )
        title += " and the baseline" if base is not None else ""
    columns = COLUMNS + (AGAINST if base is not None else ())
    rows = {one.label: _row(one, base) for one in found}
    return Table(
        "configurations.csv",
        title,
        columns,
        list(rows.values()),
        printed_columns=columns,
        printed_rows=[rows[one.label] for one in shown],
    )


def best_of(found: Sequence[Standing], base: Standing | None) -> list[Standing]:
    """Return all configurations, or of many the best by median validation error and the baseline.

    Those of which every run failed are no part of the best of many.
    """
    if len(found) <= MOST:
        return list(found)
    known = [(median, one) for one in found if (median := one.median("valid")) is not None]
    best = [one for _, one in sorted(known, key=lambda pair: pair[0])][:MOST]
    return best if base is None or base in best else [*best, base]


def _row(one: Standing, base: Standing | None) -> tuple[Cell, ...]:
    n_failed = len(one.failed)
    n_runs = len(one.records) + n_failed
    row = (one.label, n_runs, n_failed, one.median("valid"), one.median("test"))
    if base is None:
        return row
    found, reference = difference(one, base), base.median("test")
    if one is base or found is None or reference is None:
        return (*row, *(None for _ in AGAINST))
    share = 100 * found.median / reference if reference else None
    test = found.test
    return (*row, found.median, share, test.p_value, test.n_below, test.n_pairs)
