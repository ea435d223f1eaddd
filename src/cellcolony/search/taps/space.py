"""What can be chosen: layers, cells, widths, taps, a linear start and a learning rate.

Every choice has a name and a number of options. `Space.draw` makes them one after the other, each
by weights that a guide gives: all 1 for an even draw, pheromone for ants.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import LinearStart, LinearView, Problem, Tap
from cellcolony.search.taps.blueprint import Blueprint, Layer
from cellcolony.search.taps.settings import Taps

WIDTHS = (4, 6, 8, 12, 16, 24, 32, 48, 64, 96)
N_TAPS = (1, 2, 4, 6, 8, 12, 16, 24)
DECAYS = (0.0, 0.0, 0.0, 0.03, 0.1, 0.3)
"""By how much weights decay; half of the draws are none."""
RATES = (0.1, 0.2, 0.33, 0.5, 0.75, 1.0, 1.5, 2.0)
SLOWEST, FASTEST = 0.02, 4.0
"""Factors of the learning rate that variation keeps to."""
ALONE_RATE = 0.05
"""Of a linear model without layers, which is fitted already."""
FIRST_TAPS = 10
"""Taps of forward selection that are read together."""
BY_VIEW = 0.4
"""The probability that a new tap is drawn by its visibility."""
BY_SCALE = 0.5
"""The probability that the lag of another one is drawn evenly on a logarithmic scale."""

Picks: TypeAlias = Mapping[str, tuple[int, ...]]
"""The options that were taken, by the name of the choice."""
Weigh: TypeAlias = Callable[[str, int], NDArray[np.float64]]
"""From a choice's name and its number of options to their weights, `(n,)`, not negative."""


def evenly(choice: str, n: int) -> NDArray[np.float64]:
    """Weigh all options alike."""
    return np.ones(n)


@dataclass(frozen=True)
class Space:
    """What networks can be made of, for a problem.

    Attributes:
        settings: Cells, widths and layers.
        problem: The columns, and what linear regression says of their taps.
    """

    settings: Taps
    problem: Problem

    @cached_property
    def view(self) -> LinearView:
        """What is known of taps; of every column the row itself and 48 lags where nothing is."""
        return self.problem.linear or LinearView((49,) * len(self.problem.inputs))

    @cached_property
    def starts(self) -> tuple[LinearStart, ...]:
        """The linear models that a network may start from."""
        return self.view.starts if self.settings.linear_start else ()

    @cached_property
    def taps(self) -> tuple[Tap, ...]:
        """Every tap, column by column."""
        return tuple((column, lag) for column, n in enumerate(self.view.lags) for lag in range(n))

    @cached_property
    def place(self) -> Mapping[Tap, int]:
        """Where each tap stands in `taps`."""
        return {tap: place for place, tap in enumerate(self.taps)}

    @cached_property
    def visibility(self) -> NDArray[np.float64]:
        """What each tap explains of the target, alone and in pairs, as shares: `(n_taps,)`."""
        alone, paired = np.zeros(len(self.taps)), np.zeros(len(self.taps))
        for column, lag, share in self.view.visibility:
            alone[self.place[column, lag]] = share
        for pair in self.view.pairs:
            for tap in pair:
                paired[self.place[tap]] += 1
        found = [eta / eta.sum() for eta in (alone, paired) if eta.any()]
        return np.mean(found or [np.full(len(self.taps), 1 / len(self.taps))], 0)

    @cached_property
    def selected(self) -> tuple[Tap, ...]:
        """The taps that regression takes first: alone, then in pairs."""
        paired = [tap for pair in self.view.pairs for tap in pair]
        return tuple(dict.fromkeys((*self.view.path[:FIRST_TAPS], *paired)))

    @cached_property
    def widths(self) -> tuple[int, ...]:
        """The widths that an even draw chooses from."""
        most = self.settings.most_width
        return tuple(one for one in WIDTHS if one <= most) or (most,)

    def now(self, columns: frozenset[int]) -> tuple[Tap, ...]:
        """Return the columns of the row itself, of those that are read."""
        return tuple((column, 0) for column in range(len(self.problem.inputs)) if column in columns)

    def start_of(self, blueprint: Blueprint) -> LinearStart | None:
        """Return the linear model that a blueprint starts from; None for none."""
        if not blueprint.from_linear:
            return None
        read = set(blueprint.direct)
        shared = ((len(read & set(one.taps)), -len(one.taps), one) for one in self.starts)
        return max(shared, key=lambda found: found[:2], default=(0, 0, None))[2]

    @cached_property
    def chances(self) -> NDArray[np.float64]:
        """The chance of each tap in an even draw: by its visibility, its lag's scale, or evenly."""
        lags = [np.arange(n) for n in self.view.lags]
        each = 1 / len(lags)
        by_scale = np.concatenate(
            [np.log((lag + 2) / (lag + 1)) / np.log(len(lag) + 1) * each for lag in lags]
        )
        evenly = np.concatenate([np.full(len(lag), each / len(lag)) for lag in lags])
        blind = BY_SCALE * by_scale + (1 - BY_SCALE) * evenly
        return BY_VIEW * self.visibility + (1 - BY_VIEW) * blind

    def chances_in(self, columns: frozenset[int]) -> NDArray[np.float64]:
        """Return the same with 0 for the taps of all but some columns."""
        return self.chances * np.array([column in columns for column, _ in self.taps])

    def draw_tap(self, columns: frozenset[int], rng: np.random.Generator) -> Tap:
        """Return a tap of one of some columns, by its chance."""
        return self.taps[_pick(self.chances_in(columns), rng)]

    def draw(
        self, columns: frozenset[int], rng: np.random.Generator, weigh: Weigh = evenly
    ) -> tuple[Blueprint, Picks]:
        """Draw a blueprint, choice by choice.

        Args:
            columns: What may be read.
            rng: Draws.
            weigh: Weighs the options of every choice. What it weighs taps by is multiplied with
                their chances.

        Returns:
            The blueprint, and what was picked.
        """
        picks: dict[str, tuple[int, ...]] = {}

        def choose(choice: str, n: int) -> int:
            picked = _pick(weigh(choice, n), rng)
            picks[choice] = (picked,)
            return picked

        cells, widths = self.settings.cells, self.widths
        layers = tuple(
            Layer(
                cells[choose(f"cell {place}", len(cells))],
                widths[choose(f"width {place}", len(widths))],
                (1,) if choose(f"recurrent {place}", 2) else (),
            )
            for place in range(1 + choose("layers", self.settings.most_layers))
        )
        start = choose("start", len(self.starts) + 1)
        base = self.now(columns) if choose("now", 2) else ()
        n_taps = N_TAPS[choose("n_taps", len(N_TAPS))]
        shares = weigh("taps", len(self.taps)) * self.chances_in(columns)
        shares /= shares.sum()
        n_taps = min(n_taps, int(np.count_nonzero(shares)))
        drawn = [
            self.taps[place]
            for place in rng.choice(len(shares), n_taps, replace=False, p=shares).tolist()
        ]
        picks["taps"] = tuple(sorted({self.place[tap] for tap in drawn}))
        direct = self.starts[start - 1].taps if start else ()
        blueprint = Blueprint(
            layers,
            tuple(dict.fromkeys((*base, *drawn))),
            tuple(tap for tap in direct if tap[0] in columns),
            RATES[choose("rate", len(RATES))],
            weight_decay=DECAYS[choose("weight_decay", len(DECAYS))],
        )
        blueprint = replace(blueprint, from_linear=bool(blueprint.direct))
        return blueprint, picks


def _pick(weights: NDArray[np.float64], rng: np.random.Generator) -> int:
    """Return a place, drawn in proportion to weights."""
    cumulative = np.cumsum(weights)
    return int(min(np.searchsorted(cumulative, rng.random() * cumulative[-1], side="right"),
                   len(weights) - 1))  # fmt: skip
