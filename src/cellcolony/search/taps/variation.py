"""Mutations of a blueprint: taps come, go and move; layers and the learning rate change."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import numpy as np

from cellcolony.search.taps.blueprint import Blueprint, Layer
from cellcolony.search.taps.space import DECAYS, FASTEST, SLOWEST, Space

ANOTHER = 0.3
"""The probability that a second mutation follows the first."""
RATE_STEP = 0.4
"""The standard deviation of the learning rate's change, on a logarithmic scale."""
ANOTHER_DECAY = 0.15
"""The probability that the weight decay is drawn anew."""
MOST_DECAY = 1.0
LAG_STEP = 3
"""How far a lag moves at most."""

Change: TypeAlias = Callable[[Blueprint, Space, frozenset[int], np.random.Generator], Blueprint]


def vary(
    blueprint: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Return a changed blueprint.

    Args:
        blueprint: The parent.
        space: What can be chosen.
        columns: What may be read; taps of other columns are dropped.
        rng: Draws.
    """
    varied = blueprint
    for _ in range(1 + (rng.random() < ANOTHER)):
        names, rates = zip(*MUTATIONS.items(), strict=True)
        share = np.array(rates) / sum(rates)
        change = names[rng.choice(len(names), p=share)] if varied.layers else add_layer
        varied = change(varied, space, columns, rng)
    varied = retrained(varied, rng)
    taps, direct = (
        tuple(dict.fromkeys(tap for tap in some if tap[0] in columns))
        for some in (varied.taps, varied.direct)
    )
    if varied.layers and not taps:
        taps = (space.draw_tap(columns, rng),)
    return replace(
        varied, taps=taps, direct=direct, from_linear=varied.from_linear and bool(direct)
    )


def add_taps(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Let the first layer read one to three more taps."""
    new = [space.draw_tap(columns, rng) for _ in range(1 + rng.integers(3))]
    return replace(one, taps=(*one.taps, *new))


def drop_taps(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Let the first layer no longer read up to a quarter of its taps."""
    n = len(one.taps)
    gone = set(rng.permutation(n)[: 1 + rng.integers(max(n // 4, 1))].tolist())
    return replace(one, taps=tuple(tap for i, tap in enumerate(one.taps) if i not in gone))


def move_tap(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Move a tap to an earlier or later row, not far away."""
    if not one.taps:
        return one
    taps = list(one.taps)
    place = int(rng.integers(len(taps)))
    column, lag = taps[place]
    step = int(rng.integers(-LAG_STEP, LAG_STEP + 1))
    taps[place] = column, int(np.clip(lag + step, 0, space.view.lags[column] - 1))
    return replace(one, taps=tuple(taps))


def add_direct(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Let the outputs read one more tap."""
    return replace(one, direct=(*one.direct, space.draw_tap(columns, rng)))


def resize(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Make a layer wider or narrower."""

    def resized(layer: Layer) -> Layer:
        width = round(layer.width * np.exp(rng.uniform(-0.6, 0.8)))
        return layer._replace(width=int(np.clip(width, 2, space.settings.most_width)))

    return _with_layer(one, rng, resized)


def change_cell(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Let the nodes of a layer compute another cell."""
    cells = space.settings.cells
    return _with_layer(one, rng, lambda layer: layer._replace(cell=cells[rng.integers(len(cells))]))


def toggle_recurrence(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Let the nodes of a layer see each other one step before, or no longer."""
    return _with_layer(one, rng, lambda layer: layer._replace(skips=() if layer.skips else (1,)))


def add_layer(
    one: Blueprint, space: Space, columns: frozenset[int], rng: np.random.Generator
) -> Blueprint:
    """Add a hidden layer behind the others, or take the last away."""
    if len(one.layers) >= space.settings.most_layers:
        return replace(one, layers=one.layers[:-1]) if len(one.layers) > 1 else one
    cells = space.settings.cells
    narrow = [width for width in space.widths if width <= 16] or [space.widths[0]]
    layer = Layer(cells[rng.integers(len(cells))], narrow[rng.integers(len(narrow))])
    taps = one.taps or tuple(space.draw_tap(columns, rng) for _ in range(3))
    return replace(one, layers=(*one.layers, layer), taps=taps)


MUTATIONS: dict[Change, float] = {
    add_taps: 0.3, drop_taps: 0.13, move_tap: 0.13, resize: 0.14, change_cell: 0.08,
    toggle_recurrence: 0.06, add_layer: 0.05, add_direct: 0.08,
}  # fmt: skip
"""How often each is drawn, in proportion."""


def _with_layer(
    one: Blueprint, rng: np.random.Generator, change: Callable[[Layer], Layer]
) -> Blueprint:
    layers = list(one.layers)
    place = int(rng.integers(len(layers)))
    layers[place] = change(layers[place])
    return replace(one, layers=tuple(layers))


def retrained(one: Blueprint, rng: np.random.Generator) -> Blueprint:
    """Return it with a learning rate nearby, and a weight decay nearby or another one."""
    rate = float(np.clip(one.rate * np.exp(rng.normal(0, RATE_STEP)), SLOWEST, FASTEST))
    return replace(one, rate=rate, weight_decay=_decay(one.weight_decay, rng))


def _decay(decay: float, rng: np.random.Generator) -> float:
    """Return a changed weight decay: another one, or one nearby."""
    if rng.random() < ANOTHER_DECAY:
        return DECAYS[rng.integers(len(DECAYS))]
    return float(min(decay * np.exp(rng.normal(0, RATE_STEP)), MOST_DECAY))
