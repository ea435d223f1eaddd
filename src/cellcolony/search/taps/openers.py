"""The openers: what a careful user would train by hand, so that no search is worse than that.

The first of them are the linear models themselves. Then come layers of each memory cell on the rows
themselves, and layers behind taps: those that regression selects, and windows of the target's own
last rows. Each is tried without a linear start, and from each linear model that there is; layers on
the rows from the first alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from cellcolony.contract import Tap
from cellcolony.search.taps.blueprint import Blueprint, Layer
from cellcolony.search.taps.settings import Taps
from cellcolony.search.taps.space import ALONE_RATE, DECAYS, RATES, Space

WINDOW = 24
"""Rows of a lag window."""
BEHIND_TAPS = (("gru", 24), ("mgu", 12), ("simple", 24), ("simple", 8))
TWO_BEHIND_TAPS = (("gru", 12), ("simple", 24))
ON_ROWS = (("gru", 12), ("gru", 48), ("lstm", 24), ("lstm", 48), ("mgu", 24), ("ugrnn", 24))
TWO_ON_ROWS = (("gru", 12), ("gru", 48), ("mgu", 24), ("lstm", 24), ("lstm", 48), ("delta", 24))


def openers(
    space: Space, columns: frozenset[int], rng: np.random.Generator, with_linear: bool = True
) -> list[Blueprint]:
    """Return the openers in the order in which they run, each with a learning rate of its own.

    Args:
        space: What can be chosen.
        columns: What may be read.
        rng: Draws the order and the rates.
        with_linear: Whether the linear models alone are among them.
    """
    found = list(dict.fromkeys(_openers(space, columns)))
    alone = [
        Blueprint((), (), direct, ALONE_RATE, True)
        for start in space.starts
        if (direct := tuple(tap for tap in start.taps if tap[0] in columns))
    ]
    layered = [found[place] for place in rng.permutation(len(found)).tolist()]
    rated = [
        Blueprint(one.layers, one.taps, one.direct, RATES[rng.integers(len(RATES))],
                  one.from_linear, DECAYS[rng.integers(len(DECAYS))])
        for one in layered
    ]  # fmt: skip
    return [*(alone if with_linear else ()), *rated]


def _openers(space: Space, columns: frozenset[int]) -> Iterator[Blueprint]:
    """Yield the openers whose cells may be used; layers that are too wide are as wide as may be.

    Where none of these cells may be used, it is a layer of the first that may.
    """
    settings = space.settings
    now = space.now(columns)
    selected = tuple(tap for tap in space.selected if tap[0] in columns)
    own = [column for column in space.problem.own if column in columns]
    window: tuple[Tap, ...] = tuple(
        (column, lag) for column in own for lag in range(min(WINDOW, space.view.lags[column]))
    )
    starts: list[tuple[Tap, ...]] = [
        tuple(tap for tap in start.taps if tap[0] in columns) for start in space.starts
    ]
    behind, on_rows = _layers(settings, BEHIND_TAPS), _layers(settings, ON_ROWS)
    if not behind and not on_rows:
        behind = [Layer(settings.cells[0], space.widths[0])]
    deep = settings.most_layers > 1
    twice = _layers(settings, TWO_ON_ROWS) if deep else []
    twice_behind = _layers(settings, TWO_BEHIND_TAPS) if deep else []
    for place, direct in enumerate(dict.fromkeys(((), *starts))):
        for taps in (selected or now, _joined(now, selected), _joined(now, window)):
            for layers in (*((layer,) for layer in behind), *((one, one) for one in twice_behind)):
                yield Blueprint(layers, taps, direct, 1.0, bool(direct))
        if place > 1:  # a search of a minute has no time for all of them from each start
            continue
        for layers in (*((layer,) for layer in on_rows), *((one, one) for one in twice)):
            yield Blueprint(layers, now, direct, 1.0, bool(direct))


def _layers(settings: Taps, wanted: Sequence[tuple[str, int]]) -> list[Layer]:
    return [
        Layer(cell, min(width, settings.most_width), () if cell == "simple" else (1,))
        for cell, width in wanted
        if cell in settings.cells
    ]


def _joined(*taps: tuple[Tap, ...]) -> tuple[Tap, ...]:
    return tuple(dict.fromkeys(tap for some in taps for tap in some))
