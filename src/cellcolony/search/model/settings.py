"""The settings of a model that is not searched for, and the search that asks for nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, MinLen

from cellcolony.contract import DONE, Evaluation, Signal
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.layers.kinds import kind_of
from cellcolony.layers.layer import Layer, layer_of
from cellcolony.layers.layer_json import read_cell
from cellcolony.layers.mixture import Mixture
from cellcolony.settings import settings


@settings
class FixedModel:
    """The layers of one language model: groups of units, each group of one cell.

    A recurrent highway network with a depth, `rhn-5`, has matrices within a step: it is the only
    group.

    Attributes:
        title: What the model is called.
        cells: The name of each group's cell: one of the library, or of `programs`.
        units: How many units each group has.
        programs: Cells that are not in the library, as `Cell.to_dict` gives them, by name.
        mixture: Layers that differ, as `Mixture.to_dict` gives them; `cells` are then the nodes
            that they have. Empty for layers that are all alike.

    Raises:
        ConfigError: A cell is unknown or not well formed, there are not as many units as cells, or
            the mixture is none.
    """

    title: str = "lstm"
    cells: Annotated[tuple[str, ...], MinLen(1)] = ("lstm",)
    units: tuple[Annotated[int, Ge(1)], ...] = (200,)
    programs: Mapping[str, Any] = field(default_factory=dict)
    mixture: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.units) != len(self.cells):
            raise ConfigError(
                f"`units` must hold a number for each of {len(self.cells)} cells. "
                f"Got {len(self.units)}."
            )
        for name in self.cells:
            self._kind(name)
        try:
            _ = self.filling
        except GenomeError as error:
            raise ConfigError(f"`mixture` cannot be read: {error}") from error

    def _kind(self, name: str) -> Layer:
        """Return what a name means as a layer of one unit.

        Raises:
            ConfigError: There is none of this name, its program is not well formed, or it fills a
                layer alone.
        """
        if name in self.programs:
            return layer_of(read_cell(self.programs[name]), 1)
        kind = kind_of(name)
        if not kind.is_plain and len(self.cells) > 1:
            raise ConfigError(
                f"{name!r} has matrices within a step, and fills a layer alone. Got it among "
                f"{', '.join(self.cells)}."
            )
        return kind

    @property
    def filling(self) -> Layer | Mixture:
        """What the model's layers are made of: groups of units, or the mixture."""
        return Mixture.from_dict(self.mixture) if self.mixture else self.layer

    @property
    def layer(self) -> Layer:
        """The groups of units; of a mixture one of each of its nodes."""
        kinds = [
            self._kind(name).with_units(n) for name, n in zip(self.cells, self.units, strict=True)
        ]
        if len(kinds) == 1:
            return kinds[0]
        return Layer(tuple(group for kind in kinds for group in kind.groups))


class NoSearch:
    """A search that asks for nothing; it follows the contract `cellcolony.contract.Search`."""

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told: none."""
        return ()

    def ask(self, number: int, rng: np.random.Generator) -> Signal:
        """Answer DONE."""
        return DONE

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Refuse: nothing was asked.

        Raises:
            KeyError: Always.
        """
        raise KeyError(f"Candidate {number} was never asked.")

    def state(self) -> dict[str, Any]:
        """Return nothing."""
        return {}
