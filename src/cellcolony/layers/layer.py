"""A dense recurrent layer: groups of units, each group of one cell."""

from __future__ import annotations

from dataclasses import dataclass, replace

from cellcolony.cells import Cell
from cellcolony.errors import GenomeError
from cellcolony.layers.mogrifier import Mogrifier
from cellcolony.wording import count

MOST_DEPTH = 10
"""The deepest recurrence, that of the published recurrent highway network."""


@dataclass(frozen=True)
class Group:
    """Units of one cell, side by side.

    Attributes:
        cell: What each of them computes.
        n_units: How many there are.

    Raises:
        GenomeError: There is no unit, or a cell that computes the same number whatever happens.
    """

    cell: Cell
    n_units: int

    def __post_init__(self) -> None:
        if self.n_units < 1:
            raise GenomeError(
                f"A group of cell {self.cell.name!r} must have at least 1 unit. Got {self.n_units}."
            )
        if all(value.args or value.op == "const" for value in self.cell.order()):
            raise GenomeError(
                f"The cell {self.cell.name!r} reads no input, no memory and no param: its units "
                "compute one number for ever. Read x() or h()."
            )


@dataclass(frozen=True)
class Layer:
    """Groups of units; every unit sees the layer's whole input and whole previous output.

    Attributes:
        groups: In the order of their units.
        depth: How often all cells are computed in a step of time, one time after the other, each
            time with recurrent weights and params of its own. The input enters the first time
            alone (J. G. Zilly et al. 2017, "Recurrent Highway Networks", eq. 6 to 9).
        mogrifier: How input and previous output scale each other before a step; None for not.

    Raises:
        GenomeError: There is no group, or the depth is out of its range.
    """

    groups: tuple[Group, ...]
    depth: int = 1
    mogrifier: Mogrifier | None = None

    def __post_init__(self) -> None:
        if not self.groups:
            raise GenomeError("A layer must have at least one group of units. Got none.")
        if not 1 <= self.depth <= MOST_DEPTH:
            raise GenomeError(f"A layer's `depth` must be 1 to {MOST_DEPTH}. Got {self.depth}.")

    @property
    def n_units(self) -> int:
        """How many units all groups have."""
        return sum(group.n_units for group in self.groups)

    @property
    def is_plain(self) -> bool:
        """Whether a step is one product of weights and input, one of weights and output, cells."""
        return self.depth == 1 and self.mogrifier is None

    @property
    def around(self) -> tuple[str, ...]:
        """What a step does besides its cells, in sentences; none of a plain layer."""
        told = []
        if self.mogrifier is not None:
            times = count(self.mogrifier.rounds, "time")
            told.append(
                f"Before each step, input and previous output scale each other {times} in turns "
                "(Melis et al. 2020)."
            )
        if self.depth > 1:
            told.append(
                f"In each step the cells are computed {self.depth} times, each time with recurrent "
                "weights and params of its own; the input enters the first time alone (Zilly et "
                "al. 2017)."
            )
        return tuple(told)

    def with_units(self, n_units: int) -> Layer:
        """Return a layer of so many units, shared by the groups as here.

        Raises:
            GenomeError: A group would have none.
        """
        if n_units == self.n_units:
            return self
        ends, groups = [0], []
        for group in self.groups:
            ends.append(ends[-1] + group.n_units)
        bounds = [end * n_units // self.n_units for end in ends]
        for group, begin, end in zip(self.groups, bounds, bounds[1:], strict=False):
            groups.append(replace(group, n_units=end - begin))
        return replace(self, groups=tuple(groups))


def layer_of(cell: Cell, n_units: int) -> Layer:
    """Return a layer of one cell."""
    return Layer((Group(cell, n_units),))
