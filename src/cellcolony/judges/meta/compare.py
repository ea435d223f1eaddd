"""Fit all predictors on the same curves, and choose the one that serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from cellcolony.errors import RunError
from cellcolony.judges.meta.accuracy import Accuracy, accuracy
from cellcolony.judges.meta.curve import Curve, Prefixes
from cellcolony.judges.meta.predictors import PREDICTORS, USUAL
from cellcolony.judges.meta.saved import SavedPredictor
from cellcolony.judges.meta.split import SPLITS, TEST, TRAIN, VALID, split
from cellcolony.wording import count

ENOUGH = 200
"""From so many curves on the best on validation serves; with fewer, differences are chance."""
FEWEST_NODES, FEWEST_GROUPS, FEWEST_EACH = 8, 3, 2
"""Nodes of different values, groups that may be split, and curves of each split."""


@dataclass(frozen=True, eq=False)
class Comparison:
    """What has come of fitting predictors.

    Attributes:
        curves: All curves.
        splits: The split of each: "train", "valid" or "test".
        by: What stays together: "search" or "node".
        valid: How far each predictor is off on the curves of validation, by name.
        saved: The predictor that serves; it alone was tested.
        why: Why it serves.
    """

    curves: tuple[Curve, ...]
    splits: tuple[str, ...]
    by: str
    valid: Mapping[str, Accuracy]
    saved: SavedPredictor
    why: str

    def n(self, name: str) -> int:
        """Return how many curves a split has."""
        return self.splits.count(name)


def compare(
    curves: Sequence[Curve],
    n_first: int,
    *,
    by: str = "search",
    wanted: str | None = None,
    seed: int = 0,
    where: str = "the curves",
) -> Comparison:
    """Fit every predictor, compare them on validation, and test the one that serves.

    Args:
        curves: Of one training of one text.
        n_first: How many marks are known.
        by: What stays together: "search" or "node".
        wanted: The predictor that is to serve; None for the usual one while there are few curves,
            and else the one of the lowest mean error on validation.
        seed: Keys the split and what predictors draw.
        where: Where the curves are from, for errors.

    Raises:
        ConfigError: There is no such predictor, or an extra that one needs is missing.
        RunError: The curves are too few, or of too few nodes.
    """
    if wanted is not None:
        PREDICTORS[wanted]
    splits = _split(curves, seed, by, where)
    of = {
        name: Prefixes.of(
            [c for c, own in zip(curves, splits, strict=True) if own == name], n_first
        )
        for name in SPLITS
    }
    one = curves[0]
    fitted: dict[str, SavedPredictor] = {}
    valid: dict[str, Accuracy] = {}
    for name in PREDICTORS.names():
        predictor = PREDICTORS[name].fit(of[TRAIN], of[VALID], seed)
        fitted[name] = SavedPredictor(
            name, predictor, n_first, one.n_marks, one.n_words, one.task, one.training,
            {split: len(of[split]) for split in SPLITS},
        )  # fmt: skip
        valid[name] = accuracy(fitted[name].predict(of[VALID].first), of[VALID].final)
    serves, why = _serves(valid, len(curves), wanted)
    test = accuracy(fitted[serves].predict(of[TEST].first), of[TEST].final)
    saved = fitted[serves].scored(valid[serves], test)
    return Comparison(tuple(curves), tuple(splits), by, valid, saved, why)


def _split(curves: Sequence[Curve], seed: int, by: str, where: str) -> list[str]:
    n_nodes = len({one.value for one in curves})
    if n_nodes < FEWEST_NODES:
        raise RunError(
            f"{where}: {count(len(curves), 'curve')} of {count(n_nodes, 'node')} that compute "
            f"different things, clones aside. At least {FEWEST_NODES} are needed: give more runs."
        )
    n_groups = len({one.search for one in curves})
    if by == "search" and n_groups < FEWEST_GROUPS:
        raise RunError(
            f"{where}: the curves are of {n_groups} search{'' if n_groups == 1 else 'es'}, and one "
            "each must train, choose and test. Give more runs, or split by node: --split node."
        )
    splits = split(curves, seed, by)
    for name in SPLITS:
        if splits.count(name) < FEWEST_EACH:
            raise RunError(
                f"{where}: {count(splits.count(name), 'curve')} would be left to {name}, as clones "
                f"stay together, and at least {FEWEST_EACH} are needed. Give more runs, or split "
                "by node: --split node."
            )
    return splits


def _serves(valid: Mapping[str, Accuracy], n: int, wanted: str | None) -> tuple[str, str]:
    """Return the name of the predictor that serves, and why it does."""
    if wanted is not None:
        return wanted, "it was asked for"
    if n < ENOUGH:
        return USUAL, f"the usual one while there are fewer than {ENOUGH} curves"
    best = min(valid, key=lambda name: valid[name].mean)
    return best, "its mean error on validation is the lowest"
