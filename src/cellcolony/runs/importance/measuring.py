"""Measure how far the validation error of a trained network rises without a column, or a lag.

A column is shuffled over time (permutation importance, Breiman 2001, section 10), which leaves its
values and takes what they say of each step. A (column, lag) is what the edges of one time skip read
from the column's input; it is held at the column's mean on the training rows, so that what is lost
is its variation and not its level. Weights stay as they are. Errors are those that the tables show:
mean absolute errors on the scored validation rows. Breiman permutes rows one by one; here they are
shuffled in blocks (see `shuffling`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import StopFlag
from cellcolony.networks.genome import Network
from cellcolony.runs.importance.probe import SPLIT, Edges, Probe, Reading, Substitute
from cellcolony.runs.importance.reliance import FROZEN, LAG, SHUFFLED, UNPLUGGED, Reliance
from cellcolony.runs.importance.shuffling import shuffled_rows
from cellcolony.tasks.forecast import Forecast

T = TypeVar("T")
MOST_COLUMNS = 64
"""Columns that are shuffled; of more the ones with the largest weights."""
MOST_PAIRS = 256
"""(column, lag) that are held at their mean; of more the ones with the largest weights."""
KEPT_PAIRS = 20


def measure(
    task: Forecast,
    network: Network,
    residual: bool,
    rng: np.random.Generator,
    *,
    draws: int,
    tolerance: float,
    stop: StopFlag | None = None,
) -> tuple[Reliance, ...]:
    """Return how much a network relies on each column that it reads, and on lags of it.

    Args:
        task: The data, of which the validation rows are scored; the test is not touched.
        network: A trained network.
        residual: Whether its outputs are added to the target at t.
        rng: Draws the orders of the rows.
        draws: How often each column is shuffled; less often where the data are long.
        tolerance: The share by which the error may rise in all when columns are unplugged.
        stop: While it is not 0, nothing is computed.

    Returns:
        The columns, those that matter most first, and then those that were not shuffled because
        they are too many; the (column, lag) that matter most, of a network that reads columns of
        earlier steps; each column frozen alone; then the columns that can be unplugged together, in
        that order. Nothing where the network has no finite error.

    Raises:
        GenomeError: The network has no weights, or an output that no input reaches.
        CancelledError: The stop flag ended it.
    """
    probe = Probe.of(task, network, residual)
    base = probe.errors([{}], stop=stop)[0]
    if not np.isfinite(base).all():
        return ()
    own = _Measurement(probe, base, probe.passes, stop)
    shuffled, lags, alone = own.columns(draws, rng), own.pairs(), own.alone()
    return (*shuffled, *lags, *own.frozen(alone), *own.unplugged(tolerance, alone))


@dataclass(frozen=True)
class _Measurement:
    """One network, the errors that it has, and how many passes each question may take."""

    probe: Probe
    base: NDArray[np.float64]
    passes: int
    stop: StopFlag | None

    def columns(self, draws: int, rng: np.random.Generator) -> Iterator[Reliance]:
        """Yield each column: how far the error rises when it is shuffled."""
        probe = self.probe
        known = self._strongest({column: self._edges(column) for column in self._all}, MOST_COLUMNS)
        draws = max(1, min(draws, self.passes // len(known)))
        is_of_column = probe.sources < len(probe.columns)
        longest = int(probe.lags[is_of_column].max())
        counted = probe.task.scored(SPLIT)
        orders = [[shuffled_rows(one, longest, rng) for one in counted] for _ in range(draws)]
        readings = [
            {Substitute(column, draw): edges} for column, edges in known.items()
            for draw in range(draws)
        ]  # fmt: skip
        errors = probe.errors(readings, orders, self.stop)
        means = errors.reshape(len(known), draws, -1).mean(1)  # (columns, targets)
        yield from self._sorted(
            [self._told(SHUFFLED, column, one) for column, one in zip(known, means, strict=True)]
        )
        for column in self._all:
            if column not in known:
                yield Reliance(SHUFFLED, probe.names[column])

    def pairs(self) -> list[Reliance]:
        """Return the (column, lag) that matter most; none where no column is read of earlier."""
        probe = self.probe
        if not probe.lags[probe.sources < len(probe.columns)].any():
            return []
        pairs = {
            (column, lag): edges & (probe.lags == lag)
            for column in self._all
            for edges in [self._edges(column)]
            for lag in np.unique(probe.lags[edges]).tolist()
        }
        pairs = self._strongest(pairs, min(MOST_PAIRS, self.passes))
        errors = self._held([{Substitute(column): edges} for (column, _), edges in pairs.items()])
        found = [
            self._told(LAG, column, one, lag)
            for (column, lag), one in zip(pairs, errors, strict=True)
        ]
        return self._sorted(found)[:KEPT_PAIRS]

    def alone(self) -> dict[int, NDArray[np.float64]]:
        """Return the errors with each column held at its mean, those of the strongest weights."""
        every = self._strongest({one: self._edges(one) for one in self._all}, self.passes)
        found = self._held([{Substitute(one): edges} for one, edges in every.items()])
        return dict(zip(every, found, strict=True))

    def frozen(self, alone: Mapping[int, NDArray[np.float64]]) -> list[Reliance]:
        """Return how far the error rises with each column held at its mean, the most first."""
        return self._sorted([self._told(FROZEN, column, one) for column, one in alone.items()])

    def unplugged(
        self, tolerance: float, alone: Mapping[int, NDArray[np.float64]]
    ) -> Iterator[Reliance]:
        """Yield the columns that can be held at their mean together, with what that comes to.

        Greedily, the cheapest first; one that would cost too much with those before is passed over.
        """
        every = {one: self._edges(one) for one in alone}
        costs = {one: self._relative(errors) for one, errors in alone.items()}
        waiting = [one for one in sorted(costs, key=costs.__getitem__) if costs[one] <= tolerance]
        out: list[int] = []
        left = self.passes
        while waiting and left >= len(waiting):
            left -= len(waiting)
            together = [[*out, *waiting[: i + 1]] for i in range(len(waiting))]
            errors = self._held(
                [{Substitute(one): every[one] for one in some} for some in together]
            )
            fits = [self._relative(one) <= tolerance for one in errors]
            n = fits.index(False) if False in fits else len(fits)
            for column, one in zip(waiting[:n], errors, strict=False):
                yield self._told(UNPLUGGED, column, one)
            out, waiting = [*out, *waiting[:n]], waiting[n + 1 :]

    @property
    def _all(self) -> range:
        return range(len(self.probe.columns))

    def _edges(self, column: int) -> Edges:
        return self.probe.sources == column

    def _strongest(self, edges: dict[T, Edges], most: int) -> dict[T, Edges]:
        strengths = self.probe.strengths
        order = sorted(edges, key=lambda one: -float(strengths[edges[one]].sum()))
        kept = set(order[:most])
        return {one: own for one, own in edges.items() if one in kept}

    def _held(self, readings: Sequence[Reading]) -> NDArray[np.float64]:
        return self.probe.errors(readings, stop=self.stop)

    def _relative(self, errors: NDArray[np.float64]) -> float:
        """Return by what share errors rise, in the mean over the targets."""
        least = np.finfo(np.float64).tiny
        with np.errstate(over="ignore"):
            return float(((errors - self.base) / np.maximum(self.base, least)).mean())

    def _told(
        self, kind: str, column: int, errors: NDArray[np.float64], lag: int | None = None
    ) -> Reliance:
        rise = float((errors - self.base).mean())
        return Reliance(kind, self.probe.names[column], lag, rise, self._relative(errors))

    @staticmethod
    def _sorted(found: Sequence[Reliance]) -> list[Reliance]:
        return sorted(found, key=lambda one: -np.inf if one.relative is None else -one.relative)
