"""Which curves a predictor learns from, which choose, and which test it.

A search breeds relatives, so curves of one search stay together; and so do those of clones, nodes
that compute the same, whatever search they are from.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from cellcolony.judges.meta.curve import Curve
from cellcolony.seeds import rng_for

TRAIN, VALID, TEST = SPLITS = ("train", "valid", "test")
SHARES = {TRAIN: 0.5, VALID: 0.25, TEST: 0.25}
"""Of 2,000 curves in section 4.2: 1,000, 500 and 500."""
BY = ("search", "node")
"""What stays together: all curves of a search, or those of a node and its clones alone."""


def split(curves: Sequence[Curve], seed: int, by: str = "search") -> list[str]:
    """Return the split of each curve: "train", "valid" or "test".

    Groups are dealt in an order that the seed draws, each to the split that lacks most. A clone is
    where the first of its kind is: in training if any of them is there, else in validation.

    Args:
        curves: At least three groups of them.
        seed: Draws the order.
        by: "search" or "node".
    """
    names = [one.search if by == "search" else one.value for one in curves]
    sizes = Counter(names)
    groups = sorted(sizes)
    order = [groups[i] for i in rng_for(seed, -1, "split").permutation(len(groups))]
    lacks = {name: share * len(curves) for name, share in SHARES.items()}
    dealt: dict[str, str] = {}
    for i, group in enumerate(order):
        empty = [one for one in SPLITS if one not in dealt.values()]
        choice = empty if len(order) - i <= len(empty) else SPLITS
        dealt[group] = max(choice, key=lambda one: (lacks[one], -SPLITS.index(one)))
        lacks[dealt[group]] -= sizes[group]
    first: dict[str, str] = {}
    for one, name in zip(curves, names, strict=True):
        known = first.get(one.value, TEST)
        first[one.value] = min(known, dealt[name], key=SPLITS.index)
    return [first[one.value] for one in curves]
