"""A mixture: layers of several nodes side by side, and which outputs skip layers, as a genome.

Source: Rawal & Miikkulainen 2018, section 4.3: layers of nodes drawn at random from several
evolutions, each node repeated. That layers have counts of each node for a genome, and that outputs
skip layers, is what the paper names as its next step; how both are written down is ours.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cellcolony import cells
from cellcolony.errors import ConfigError, GenomeError, brief
from cellcolony.layers.layer import Group, Layer

MOST_NODES, MOST_GROUPS, MOST_LAYERS = 1_000, 10_000, 100
"""Far more than any mixture needs: a file that says more is wrong."""
Skip = tuple[int, int]
"""From an output to a layer that reads it too: 0 is the embedding, 1 the first layer, and one more
than there are layers is the softmax."""


@dataclass(frozen=True)
class Mixture:
    """How many groups of each node every layer has; it is immutable.

    What enters a layer is the sum of the output before it and of those that skip to it.

    Attributes:
        nodes: The names of cells: of the library, or those of trees (`cells.tree_name`).
        layers: From the embedding to the softmax; each says how many groups of each of `nodes` it
            has.
        skips: Which outputs skip layers, rising.
        kind: What kind of genome it is.

    Raises:
        GenomeError: A part is missing, too large or of another kind, or there is no such cell.
    """

    nodes: tuple[str, ...]
    layers: tuple[tuple[int, ...], ...]
    skips: tuple[Skip, ...] = ()
    kind: ClassVar[str] = "mixture"

    def __post_init__(self) -> None:
        if not 1 <= len(self.nodes) <= MOST_NODES or len(set(self.nodes)) < len(self.nodes):
            raise GenomeError(
                f"The nodes of a mixture must be 1 to {MOST_NODES:,}, each named once. "
                f"Got {brief(self.nodes)}."
            )
        for name in self.nodes:
            try:
                cells.get(name)
            except ConfigError as error:
                raise GenomeError(str(error)) from error
        if not 1 <= len(self.layers) <= MOST_LAYERS:
            raise GenomeError(
                f"A mixture must have 1 to {MOST_LAYERS} layers. Got {len(self.layers)}."
            )
        for layer in self.layers:
            if len(layer) != len(self.nodes) or min(layer) < 0 or not 0 < sum(layer) <= MOST_GROUPS:
                raise GenomeError(
                    f"A layer must say of each of {len(self.nodes)} nodes how many groups it has, "
                    f"1 to {MOST_GROUPS:,} in all. Got {brief(layer)}."
                )
        last = len(self.layers) + 1
        sound = all(source >= 0 and source + 2 <= to <= last for source, to in self.skips)
        if not sound or list(self.skips) != sorted(set(self.skips)):
            raise GenomeError(
                f"`skips` must rise, and each lead over a layer or more, to {last} at most. "
                f"Got {brief(self.skips)}."
            )

    @property
    def n_groups(self) -> int:
        """How many groups all layers have."""
        return sum(map(sum, self.layers))

    @property
    def used(self) -> tuple[str, ...]:
        """The nodes that a layer has."""
        return tuple(
            name for place, name in enumerate(self.nodes) if any(one[place] for one in self.layers)
        )

    @property
    def n_kinds(self) -> int:
        """How many different nodes it has."""
        return len(self.used)

    @property
    def text(self) -> str:
        """The mixture on one line: "5 x lstm + 3 x gru | 8 x gru, 0 to 2"."""
        layers = " | ".join(
            " + ".join(
                f"{n} x {cells.label(name)}" for name, n in zip(self.nodes, layer, strict=True) if n
            )
            for layer in self.layers
        )
        return layers + "".join(f", {source} to {to}" for source, to in self.skips)

    def filled(self, n_units: int) -> tuple[Layer, ...]:
        """Return the layers with so many units each, which groups share alike.

        A node whose share is less than half a unit may get none.
        """
        return tuple(self._filled(layer, n_units) for layer in self.layers)

    def _filled(self, counts: Sequence[int], n_units: int) -> Layer:
        exact = np.array(counts) * (n_units / sum(counts))
        units = np.floor(exact).astype(int)
        order = np.argsort(units - exact, kind="stable")  # the largest remainder first
        units[order[: n_units - units.sum()]] += 1
        pairs = zip(self.nodes, units.tolist(), strict=True)
        return Layer(tuple(Group(cells.get(name), n) for name, n in pairs if n))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` reads them."""
        return {
            "nodes": list(self.nodes),
            "layers": [list(layer) for layer in self.layers],
            "skips": [list(skip) for skip in self.skips],
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Mixture:
        """Read what `to_dict` wrote, which somebody else may have made.

        Raises:
            GenomeError: A part is missing, too large or of another kind.
        """
        if not isinstance(data, Mapping) or not {"nodes", "layers", "skips"} <= data.keys():
            raise GenomeError(
                f"A mixture must have `nodes`, `layers` and `skips`. Got {brief(data)}."
            )
        nodes, layers, skips = data["nodes"], data["layers"], data["skips"]
        if not _is_list(nodes, MOST_NODES) or not all(isinstance(name, str) for name in nodes):
            raise GenomeError(f"`nodes` must be a list of names. Got {brief(nodes)}.")
        if not _is_list(layers, MOST_LAYERS) or not all(map(_is_counts, layers)):
            raise GenomeError(f"`layers` must be lists of whole numbers. Got {brief(layers)}.")
        if not _is_list(skips, MOST_LAYERS**2) or not all(map(_is_pair, skips)):
            raise GenomeError(f"`skips` must be pairs of whole numbers. Got {brief(skips)}.")
        pairs = tuple((int(source), int(to)) for source, to in skips)
        return Mixture(tuple(nodes), tuple(map(tuple, layers)), pairs)


def _is_list(value: Any, most: int) -> bool:
    return isinstance(value, list | tuple) and len(value) <= most


def _is_counts(value: Any) -> bool:
    return _is_list(value, MOST_NODES) and all(type(n) is int for n in value) and len(value) > 0


def _is_pair(value: Any) -> bool:
    return _is_counts(value) and len(value) == 2
