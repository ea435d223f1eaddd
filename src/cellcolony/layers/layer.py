"""A dense recurrent layer: groups of units, each group of one cell."""

from __future__ import annotations

from dataclasses import dataclass

from cellcolony.cells import Cell
from cellcolony.errors import GenomeError


@dataclass(frozen=True)
class Group:
    """Units of one cell, side by side.

    Attributes:
        cell: What each of them computes.
        n_units: How many there are.

    Raises:
        GenomeError: There is no unit.
    """

    cell: Cell
    n_units: int

    def __post_init__(self) -> None:
        if self.n_units < 1:
            raise GenomeError(
                f"A group of cell {self.cell.name!r} must have at least 1 unit. Got {self.n_units}."
            )


@dataclass(frozen=True)
class Layer:
    """Groups of units; every unit sees the layer's whole input and whole previous output.

    Attributes:
        groups: In the order of their units.

    Raises:
        GenomeError: There is no group.
    """

    groups: tuple[Group, ...]

    def __post_init__(self) -> None:
        if not self.groups:
            raise GenomeError("A layer must have at least one group of units. Got none.")

    @property
    def n_units(self) -> int:
        """How many units all groups have."""
        return sum(group.n_units for group in self.groups)


def layer_of(cell: Cell, n_units: int) -> Layer:
    """Return a layer of one cell."""
    return Layer((Group(cell, n_units),))
