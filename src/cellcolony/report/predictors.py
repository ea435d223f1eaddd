"""How far predictors of final losses are off, and which of them serves: blocks of a report."""

from __future__ import annotations

from collections.abc import Iterator

from cellcolony.judges.meta.accuracy import Accuracy
from cellcolony.judges.meta.compare import Comparison
from cellcolony.judges.meta.predictors import PREDICTORS
from cellcolony.judges.meta.split import SPLITS
from cellcolony.report.blocks import Block, Column, Facts, Paragraph, TableBlock
from cellcolony.runs.curves import CurveSet
from cellcolony.wording import count


def predictors_report(found: CurveSet, comparison: Comparison) -> Iterator[Block]:
    """Yield the blocks: the curves, all predictors on validation, and the test of the one chosen.

    Args:
        found: What was read.
        comparison: What has come of it.
    """
    curves = comparison.curves
    n_searches = len({one.search for one in curves})
    n_nodes = len({one.value for one in curves})
    of_each = ", ".join(f"{comparison.n(name)} {name}" for name in SPLITS)
    of_searches = f"{n_searches} search{'' if n_searches == 1 else 'es'}"
    pairs = [
        ("curves", f"{len(curves):,} of {count(n_nodes, 'node')} from {of_searches}: {of_each}"),
        ("split", f"by {comparison.by}; clones stay together"),
        ("predicted", f"mark {found.n_marks} from the first {found.n_first}, in nats a token"),
    ]
    if found.left_out:
        told = "; ".join(f"{n:,} {why}" for why, n in sorted(found.left_out.items()))
        pairs.append(("left out", f"trainings: {told}"))
    yield Facts(pairs)
    names = sorted(comparison.valid, key=lambda name: comparison.valid[name].mean)
    columns = [Column("predictor", "text"), *_COLUMNS]
    rows = [[PREDICTORS[name].title, *_cells(comparison.valid[name])] for name in names]
    serves = comparison.saved.name
    yield TableBlock(
        columns, rows, marked=names.index(serves), mark="serves",
        title="Error on validation, in percent of log perplexity",
    )  # fmt: skip
    yield Paragraph(f"{PREDICTORS[serves].title} serves: {comparison.why}.", "verdict")
    test = comparison.saved.test
    assert test is not None
    yield Paragraph(
        f"Its test, once, on {count(test.n, 'curve')}: {test.mean:.2f} % in the mean, "
        f"{test.median:.2f} % in the median, {test.p90:.2f} % for nine of ten, rank correlation "
        f"{_rank(test)}."
    )


_COLUMNS = ("mean", "median", "90th percentile", "rank correlation")


def _cells(one: Accuracy) -> list[str]:
    return [f"{one.mean:.2f}", f"{one.median:.2f}", f"{one.p90:.2f}", _rank(one)]


def _rank(one: Accuracy) -> str:
    return "-" if one.rank is None else f"{one.rank:.2f}"
