"""Where everything of a layer stands: the columns of its products, its memory and its params.

Projections are columns of one matrix. Those of the input stand first, then those in which both
products add up, then those of the output, so that each product writes neighbouring columns.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from cellcolony.cells.lower.chunks import Program, put_together
from cellcolony.cells.lower.instructions import Places, forward, reverse
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.cells.lower.projections import Projections, projections
from cellcolony.cells.program import Cell, Expression
from cellcolony.layers.layer import Group, Layer


@dataclass(frozen=True)
class Layout:
    """Where the units of each group stand.

    Attributes:
        layer: The layer.
        places: By group: the first of its units in each row of every array.
        n_columns: Projections of all units.
        of_input: The columns that are products with the input.
        of_output: The columns that are products with the layer's own previous output.
        n_memory: Numbers of memory: states of all units that are not simply the output.
        n_params: Numbers of params of all units.
    """

    layer: Layer
    places: tuple[Places, ...]
    n_columns: int
    of_input: slice
    of_output: slice
    n_memory: int
    n_params: int

    @property
    def n_of_input(self) -> int:
        """How many columns are products with the input."""
        return self.of_input.stop - self.of_input.start

    @property
    def n_of_output(self) -> int:
        """How many columns are products with the layer's own previous output."""
        return self.of_output.stop - self.of_output.start

    def rows(self, side: Literal["input", "output"], group: int, leaf: Expression) -> slice:
        """Return the rows of one side's weights that make x(k) or h(k) of a group's units."""
        part = self.of_input if side == "input" else self.of_output
        begin = self.places[group].projections[_column(self.layer.groups[group].cell, leaf)]
        begin -= part.start
        return slice(begin, begin + self.layer.groups[group].n_units)

    def params(self, group: int, name: str) -> slice:
        """Return where a param of a group's units stands."""
        begin = self.places[group].params[name]
        return slice(begin, begin + self.layer.groups[group].n_units)

    def memory(self, group: int, name: str) -> slice:
        """Return where a state of a group's units stands in the memory."""
        begin = self.places[group].memory[name]
        return slice(begin, begin + self.layer.groups[group].n_units)

    def outputs(self, group: int) -> slice:
        """Return where a group's units stand in the output."""
        begin = self.places[group].output
        return slice(begin, begin + self.layer.groups[group].n_units)

    def fixed_params(self) -> Iterator[tuple[slice, float]]:
        """Yield the place of each param that its cell gives a first number, and the number."""
        for number, group in enumerate(self.layer.groups):
            for leaf in group.cell.leaves("param"):
                if isinstance(leaf.init, float):
                    yield self.params(number, str(leaf.value)), leaf.init


def _column(cell: Cell, leaf: Expression) -> Expression:
    """Return the projection that a leaf belongs to: itself, or a sum."""
    for value in projections(cell).summed:
        if leaf in value.args:
            return value
    return leaf


def lay_out(layer: Layer) -> Layout:
    """Give everything of a layer its place."""
    groups = layer.groups
    needed = [projections(group.cell) for group in groups]
    columns = _Counter()
    columns_of: list[dict[Expression, int]] = [{} for _ in groups]
    bounds = [0]
    for kind in Projections._fields:
        for group, part, column_of in zip(groups, needed, columns_of, strict=True):
            for value in getattr(part, kind):
                column_of[value] = columns.take(group.n_units)
        bounds.append(columns.n)
    outputs, memory, params = _Counter(), _Counter(), _Counter()
    places = tuple(
        Places(
            outputs.take(group.n_units),
            column_of,
            memory.take_all(group.cell.own_states(), group),
            params.take_all((str(leaf.value) for leaf in group.cell.leaves("param")), group),
        )
        for group, column_of in zip(groups, columns_of, strict=True)
    )
    return Layout(
        layer,
        places,
        n_columns=columns.n,
        of_input=slice(0, bounds[2]),
        of_output=slice(bounds[1], bounds[3]),
        n_memory=memory.n,
        n_params=params.n,
    )


def programs(layout: Layout, masked: bool, dtype: Precision) -> tuple[Program, Program]:
    """Return what computes a layer's step forward, and what takes its gradient back."""
    parts = list(zip(layout.layer.groups, layout.places, strict=True))
    steps = [(forward(g.cell, at, masked), g.n_units) for g, at in parts]
    steps_back = [(reverse(g.cell, at, masked), g.n_units) for g, at in parts]
    return put_together(steps, dtype), put_together(steps_back, dtype)


class _Counter:
    """Takes one place after the other."""

    def __init__(self) -> None:
        self.n = 0

    def take(self, n: int) -> int:
        begin, self.n = self.n, self.n + n
        return begin

    def take_all(self, names: Iterable[str], group: Group) -> dict[str, int]:
        return {name: self.take(group.n_units) for name in names}
