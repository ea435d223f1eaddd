"""The openers: what a careful user would train by hand, so that no search is worse than that.

The first of them are the linear models themselves. Then come layers of each memory cell on the rows
themselves, and layers behind taps: those that regression selects, and windows of the target's own
last rows. Each is tried without a linear start, and from each linear model that there is.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from cellcolony.contract import Tap
from cellcolony.search.taps.blueprint import Blueprint, Layer
from cellcolony.search.taps.space import ALONE_RATE, RATES, Space

WINDOW = 24
"""Rows of a lag window."""
BEHIND_TAPS = (("gru", 24), ("mgu", 12), ("simple", 24), ("simple", 8))
ON_ROWS = (("gru", 12), ("gru", 48), ("lstm_peephole", 24), ("mgu", 24), ("ugrnn", 24))
TWO_LAYERS = (("gru", 12), ("gru", 48))


def openers(
    space: Space, columns: frozenset[int], rng: np.random.Generator, n_before: int = 0
) -> list[Blueprint]:
    """Return the openers in the order in which they run, each with a learning rate of its own.

    Args:
        space: What can be chosen.
        columns: What may be read.
        rng: Draws the order and the rates.
        n_before: How often they have run; the linear models alone run the first time only.
    """
    known = set(space.settings.cells)
    found = [
        one
        for one in dict.fromkeys(_openers(space, columns))
        if {layer.cell for layer in one.layers} <= known
        and all(layer.width <= space.settings.most_width for layer in one.layers)
        and len(one.layers) <= space.settings.most_layers
    ]
    alone = [
        Blueprint((), (), direct, ALONE_RATE, True)
        for start in space.starts
        if (direct := tuple(tap for tap in start.taps if tap[0] in columns))
    ]
    layered = [found[place] for place in rng.permutation(len(found)).tolist()]
    rated = [
        Blueprint(one.layers, one.taps, one.direct, RATES[rng.integers(len(RATES))],
                  one.from_linear)
        for one in layered
    ]  # fmt: skip
    return [*([] if n_before else alone), *rated]


def _openers(space: Space, columns: frozenset[int]) -> Iterator[Blueprint]:
    now = space.now(columns)
    selected = tuple(tap for tap in space.selected if tap[0] in columns)
    own = [column for column in space.own if column in columns]
    window: tuple[Tap, ...] = tuple(
        (column, lag) for column in own for lag in range(min(WINDOW, space.view.lags[column]))
    )
    starts: list[tuple[Tap, ...]] = [
        tuple(tap for tap in start.taps if tap[0] in columns) for start in space.starts
    ]
    for direct in ((), *starts):
        for taps in (selected or now, _joined(now, selected), _joined(now, window)):
            for cell, width in BEHIND_TAPS:
                skips = () if cell == "simple" else (1,)
                yield Blueprint((Layer(cell, width, skips),), taps, direct, 1.0, bool(direct))
            two = tuple(Layer("gru", 12) for _ in range(2))
            yield Blueprint(two, taps, direct, 1.0, bool(direct))
        for cell, width in ON_ROWS:
            yield Blueprint((Layer(cell, width),), now, direct, 1.0, bool(direct))
        for cell, width in TWO_LAYERS:
            both = (Layer(cell, width), Layer(cell, width))
            yield Blueprint(both, now, direct, 1.0, bool(direct))


def _joined(*taps: tuple[Tap, ...]) -> tuple[Tap, ...]:
    return tuple(dict.fromkeys(tap for some in taps for tap in some))
