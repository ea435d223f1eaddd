"""The genome of NEAT: a list of links, aligned between genomes by their innovation numbers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cellcolony.contract import Problem
from cellcolony.errors import GenomeError
from cellcolony.networks.genome import LARGEST_ID

LARGEST_WEIGHT = 1e30
"""Sums of such weights are finite in float32."""


class Layout(NamedTuple):
    """The nodes that every genome of a search has, by their ids: inputs, the bias, outputs.

    Attributes:
        inputs: The names of the input columns; their ids count from 0.
        outputs: The names of the targets; their ids follow that of the bias.
        output_cell: What output nodes compute.
    """

    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    output_cell: str

    @staticmethod
    def of(problem: Problem) -> Layout:
        """Return the nodes for a problem."""
        return Layout(problem.inputs, problem.outputs, problem.output_cell)

    @property
    def bias(self) -> int:
        """The id of the bias, whose value is always 1."""
        return len(self.inputs)

    @property
    def output_ids(self) -> range:
        """The ids of the outputs."""
        return range(self.bias + 1, self.bias + 1 + len(self.outputs))

    @property
    def first_hidden(self) -> int:
        """The id of the first hidden node."""
        return self.bias + 1 + len(self.outputs)


@dataclass(frozen=True, eq=False)
class Genome:
    """An immutable genome; link genes stand in the order of their numbers.

    Attributes:
        numbers: `(n_links,) int64`: innovation numbers.
        ends: `(n_links, 2) int64`: ids of source and target.
        weights: `(n_links,) float32`.
        enabled: `(n_links,) bool`: which links are expressed.

    Raises:
        GenomeError: Arrays are not of one length, numbers do not rise, a link stands twice or a
            weight cannot be.
    """

    numbers: NDArray[np.int64]
    ends: NDArray[np.int64]
    weights: NDArray[np.float32]
    enabled: NDArray[np.bool_]

    def __post_init__(self) -> None:
        for name, dtype in _ARRAYS.items():
            array = np.array(getattr(self, name), dtype)
            array.flags.writeable = False
            object.__setattr__(self, name, array)
        n = len(self.numbers)
        shapes = self.numbers.shape, self.ends.shape, self.weights.shape, self.enabled.shape
        if shapes != ((n,), (n, 2), (n,), (n,)):
            raise GenomeError(f"The genes of a genome must be equally many. Got {shapes}.")
        if (np.diff(self.numbers) <= 0).any() or (n and self.numbers[0] < 0):
            raise GenomeError("The numbers of a genome's links must rise from 0 on.")
        if n and not 0 <= self.ends.min() <= self.ends.max() <= LARGEST_ID:
            raise GenomeError("A link leads from or to a node whose id cannot be.")
        if len(set(map(tuple, self.ends.tolist()))) < n:
            raise GenomeError("A link stands twice.")
        if not (np.abs(self.weights) <= LARGEST_WEIGHT).all():
            raise GenomeError(f"A link's weight must be within {LARGEST_WEIGHT:g}.")

    def __len__(self) -> int:
        return len(self.numbers)

    @cached_property
    def node_ids(self) -> NDArray[np.int64]:
        """The ids of all nodes that a link, enabled or not, leads from or to, rising."""
        return np.unique(self.ends)

    def hidden(self, layout: Layout) -> list[int]:
        """Return the ids of its hidden nodes, rising."""
        return [id for id in self.node_ids.tolist() if id >= layout.first_hidden]

    def with_weights(self, weights: ArrayLike) -> Genome:
        """Return the same genome with other weights."""
        clipped = np.clip(weights, -LARGEST_WEIGHT, LARGEST_WEIGHT)
        return Genome(self.numbers, self.ends, clipped, self.enabled)

    def with_links(
        self, numbers: ArrayLike, ends: ArrayLike, weights: ArrayLike, enabled: ArrayLike
    ) -> Genome:
        """Return the genome with more links and with other links enabled.

        Args:
            numbers: `(n_new,)`.
            ends: `(n_new, 2)`.
            weights: `(n_new,)`.
            enabled: `(n_links,)`: of the links that were there; new ones are enabled.
        """
        numbers = np.concatenate([self.numbers, numbers])
        order = np.argsort(numbers)
        new = np.ones(len(numbers) - len(self), bool)
        return Genome(
            numbers[order],
            np.concatenate([self.ends, ends])[order],
            np.concatenate([self.weights, np.asarray(weights, np.float32)])[order],
            np.concatenate([enabled, new])[order],
        )

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays."""
        return {name: getattr(self, name) for name in _ARRAYS}

    @staticmethod
    def from_dict(data: Mapping[str, Any], layout: Layout) -> Genome:
        """Read what `to_dict` wrote.

        Raises:
            GenomeError: It is no genome of these inputs and outputs.
            KeyError, TypeError, ValueError: An array is missing, or of another kind.
        """
        genome = Genome(**{name: data[name] for name in _ARRAYS})
        if len(genome) and genome.ends[:, 1].min() <= layout.bias:
            raise GenomeError("A link leads to an input or to the bias.")
        return genome


_ARRAYS = {"numbers": np.int64, "ends": np.int64, "weights": np.float32, "enabled": np.bool_}


def minimal(layout: Layout, weights: ArrayLike) -> Genome:
    """Return a first genome: inputs and bias linked to every output, and no hidden node.

    Args:
        layout: The inputs and outputs.
        weights: `((n_inputs + 1) * n_outputs,)`.
    """
    ends = [(source, target) for target in layout.output_ids for source in range(layout.bias + 1)]
    numbers, enabled = np.arange(len(ends)), np.ones(len(ends), bool)
    return Genome(numbers, np.array(ends), np.asarray(weights, np.float32), enabled)
