"""The tables of configurations: their errors, and how they compare with the baseline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from cellcolony.report.battery.table import Table, printed
from cellcolony.report.tables import SPREAD, Cell, spread_row
from cellcolony.runs.battery.summary import ConfigurationSummary, compared_on, difference
from cellcolony.wording import capital

COMPARED = ("difference", "in %", "p", "wins", "pairs")
NAMES = ("configuration",)
MOST = 50
"""Configurations that are printed; of more, the best by validation."""


def configuration_tables(
    found: Sequence[ConfigurationSummary], baseline: str | None, title: str
) -> Iterator[Table]:
    """Yield the table of each configuration's errors, and that of its differences from a baseline.

    Args:
        found: The configurations.
        baseline: The label of the one that the others are compared with; None for none.
        title: What the errors are: "MAE", "search perplexity".
    """
    base = next((one for one in found if one.label == baseline), None)
    split, best = compared_on(found), best_of(found, base)
    splits, on = ("valid",), "on validation"
    if split == "test":
        splits, on = ("valid", "test"), "the median on validation, and how far it reaches on test"
    rows, cells = {}, {}
    for one in found:
        about = (one.label, len(one.records) + len(one.failed), len(one.failed))
        spreads = [spread_row(one.spread(each)) for each in splits]
        rows[one.label] = (*about, *(cell for row in spreads for cell in row))
        cells[one.label] = (*about, *(one.median(each) for each in splits[:-1]), *spreads[-1])
    says = (
        f"{capital(title)} of the best that each run found, which validation chose, over the runs "
        f"that did not fail: {on}"
    )
    if len(best) < len(found):
        and_base = " and the baseline" if base is not None else ""
        says += (
            f". Shown are {len(best)} of {len(found):,} configurations: the best by "
            f"validation{and_base}"
        )
    head = ("runs", "failed")
    parts = (f"{each} {title} {part}" for each in splits for part in SPREAD)
    yield Table(
        "configurations.csv", (*NAMES, *head, *parts), [*rows.values()],
        printed(says, NAMES, (*head, *splits[:-1], *SPREAD), [cells[one.label] for one in best]),
    )  # fmt: skip
    if base is not None:
        yield _differences(found, best, base, split, title)


def _differences(
    found: Sequence[ConfigurationSummary],
    best: Sequence[ConfigurationSummary],
    base: ConfigurationSummary,
    split: str,
    title: str,
) -> Table:
    others = [one for one in found if one is not base]
    rows = {one.label: (one.label, *_compared(one, base, split)) for one in others}
    says = (
        f"Compared with {base.label}, on the same seeds: the median difference of the {split} "
        f"{title} (below 0 is better), the same in % of the baseline's median, p of the paired "
        "Wilcoxon test (two-sided), and wins, over the pairs of runs of which neither failed"
    )
    shown = [rows[one.label] for one in best if one is not base]
    return Table(
        "differences.csv", (*NAMES, *COMPARED), [*rows.values()],
        printed(says, NAMES, COMPARED, shown),
    )  # fmt: skip


def best_of(
    found: Sequence[ConfigurationSummary], base: ConfigurationSummary | None
) -> list[ConfigurationSummary]:
    """Return all configurations, or of many the best by median validation error and the baseline.

    Those of which every run failed are no part of the best of many.
    """
    if len(found) <= MOST:
        return list(found)
    known = [(median, one) for one in found if (median := one.median("valid")) is not None]
    best = [one for _, one in sorted(known, key=lambda pair: pair[0])][:MOST]
    return best if base is None or base in best else [*best, base]


def _compared(
    one: ConfigurationSummary, base: ConfigurationSummary, split: str
) -> tuple[Cell, ...]:
    found, reference = difference(one, base, split), base.median(split)
    if found is None or reference is None:
        return (None,) * len(COMPARED)
    share = 100 * found.median / reference if reference else None
    test = found.test
    return (found.median, share, test.p_value, test.n_below, test.n_pairs)
