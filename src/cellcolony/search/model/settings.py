"""The settings of a model that is not searched for, and the search that asks for nothing."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, MinLen

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.contract import DONE, Evaluation, Signal
from cellcolony.errors import ConfigError
from cellcolony.layers.architecture import read_cell
from cellcolony.layers.layer import Group, Layer
from cellcolony.settings import settings


@settings
class FixedModel:
    """The layers of one language model: groups of units, each group of one cell.

    Attributes:
        title: What the model is called.
        cells: The name of each group's cell: one of the library, or of `programs`.
        units: How many units each group has.
        programs: Cells that are not in the library, as `Cell.to_dict` gives them, by name.

    Raises:
        ConfigError: A cell is unknown or not well formed, or there are not as many units as cells.
    """

    title: str = "lstm"
    cells: Annotated[tuple[str, ...], MinLen(1)] = ("lstm",)
    units: tuple[Annotated[int, Ge(1)], ...] = (200,)
    programs: Mapping[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.units) != len(self.cells):
            raise ConfigError(
                f"`units` must hold a number for each of {len(self.cells)} cells. "
                f"Got {len(self.units)}."
            )
        for name in self.cells:
            self.cell(name)

    def cell(self, name: str) -> Cell:
        """Return a cell by name.

        Raises:
            ConfigError: There is none of this name, or its program is not well formed.
        """
        if name in self.programs:
            return read_cell(self.programs[name])
        return cells.get(name)

    @property
    def layer(self) -> Layer:
        """The groups of units."""
        pairs = zip(self.cells, self.units, strict=True)
        return Layer(tuple(Group(self.cell(name), n) for name, n in pairs))


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
