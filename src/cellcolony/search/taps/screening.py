"""Screening: a good network tries to do without columns.

A column that means nothing costs little on validation, and much where it leaves its range later.
Columns are dropped in halves, the least weighed first, and each time the network is trained a
little. Where the loss rises by more than the tolerance, half as many are tried.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Network
from cellcolony.search.taps.blueprint import Blueprint
from cellcolony.search.taps.contender import Contender


@dataclass(frozen=True, eq=False)
class Screening:
    """A screening under way. It is never changed in place.

    Attributes:
        current: The network as far as it has got.
        limit: The loss that it may have at most.
        order: The columns that are still to be tried, the least weighed first.
        n_tried: How many of them are dropped together next.
        pending: The number of the candidate that has dropped them; None while nobody is out.
    """

    current: Contender
    limit: float
    order: tuple[int, ...]
    n_tried: int
    pending: int | None = None

    @staticmethod
    def of(one: Contender, tolerance: float) -> Screening:
        """Begin with a contender."""
        order = _by_weight(one)
        limit = one.loss + tolerance * abs(one.loss)
        return Screening(one, limit, order, max(len(order) // 2, 1))

    @property
    def columns(self) -> frozenset[int]:
        """The columns that the network reads so far."""
        assert self.current.blueprint is not None
        return frozenset(self.current.blueprint.columns)

    @property
    def next(self) -> Blueprint | None:
        """What is tried next: the network with fewer columns; None where nothing is left."""
        return None if self._ahead is None else self._ahead[2]

    @property
    def trial(self) -> tuple[int, ...]:
        """The columns that `next` drops."""
        return () if self._ahead is None else self._ahead[0][: self._ahead[1]]

    @cached_property
    def _ahead(self) -> tuple[tuple[int, ...], int, Blueprint] | None:
        """The columns from the next trial on, how many of them it drops, and what is left then."""
        order, n = self.order, self.n_tried
        while order:
            blueprint = _without(self.current.blueprint, frozenset(order[:n]))
            if blueprint is not None:
                return order, n, blueprint
            if n > 1:
                n //= 2
            else:  # the network cannot do without this column at all
                order = order[1:]
        return None

    def sent(self, number: int) -> Screening:
        """Return it with a candidate out."""
        assert self._ahead is not None
        order, n, _ = self._ahead
        return replace(self, order=order, n_tried=n, pending=number)

    def told(self, one: Contender | None) -> Screening:
        """Take in what became of the candidate; None where it failed."""
        order, n = self.order, self.n_tried
        if one is not None and one.loss <= self.limit:
            rest = order[n:]
            return replace(
                self, current=one, order=rest, n_tried=max(min(n, len(rest) // 2), 1), pending=None
            )
        if n > 1:
            return replace(self, n_tried=n // 2, pending=None)
        return replace(self, order=order[1:], n_tried=1, pending=None)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        return {
            "current": self.current.to_dict(), "limit": self.limit, "order": list(self.order),
            "n_tried": self.n_tried, "pending": self.pending,
        }  # fmt: skip

    @staticmethod
    def from_dict(data: Mapping[str, Any], problem: Problem) -> Screening:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        current = Contender.from_dict(data["current"], problem)
        order = tuple(int(column) for column in data["order"])
        pending = None if data["pending"] is None else int(data["pending"])
        n_tried = int(data["n_tried"])
        own = () if current.blueprint is None else current.blueprint.columns
        if n_tried < 1 or not set(order) <= set(own):
            raise ConfigError("The state holds a screening that cannot be.")
        return Screening(current, float(data["limit"]), order, n_tried, pending)


def _by_weight(one: Contender) -> tuple[int, ...]:
    """Return the columns that a network reads, the least weighed first."""
    assert one.blueprint is not None
    weighed = column_weights(one.network)
    return tuple(sorted(one.blueprint.columns, key=lambda column: (weighed[column], column)))


def column_weights(network: Network) -> np.ndarray:
    """Return the sum of the absolute weights of the edges from each input: `(n_inputs,)`."""
    n = len(network.edges) + len(network.recurrent_edges)
    sources = np.concatenate([network.edges[:, 0], network.recurrent_edges[:, 0]])
    assert network.weights is not None
    places = {node.id: place for place, node in enumerate(network.inputs)}
    sums = np.zeros(len(places))
    for source, weight in zip(sources.tolist(), np.abs(network.weights[:n]).tolist(), strict=True):
        if source in places:
            sums[places[source]] += weight
    return sums


def _without(blueprint: Blueprint | None, columns: frozenset[int]) -> Blueprint | None:
    """Return a blueprint that no longer reads some columns; None where it could not do so."""
    assert blueprint is not None
    taps, direct = (
        tuple(tap for tap in some if tap[0] not in columns)
        for some in (blueprint.taps, blueprint.direct)
    )
    if not taps and (blueprint.layers or not direct):
        return None
    from_linear = blueprint.from_linear and bool(direct)
    return replace(blueprint, taps=taps, direct=direct, from_linear=from_linear)
