"""Finds the projections that a cell of a dense layer needs, and those needed only as a sum."""

from __future__ import annotations

from collections import Counter
from math import inf
from typing import NamedTuple

from cellcolony.cells.program import Cell, Expression


class Projections(NamedTuple):
    """A cell's projections; each is one column of the layer's products for every unit.

    Attributes:
        of_input: Leaves x(k) and x() that are used by themselves.
        summed: Sums x(k) + h(j) of leaves that are used nowhere else. One product adds to what the
            other left, so that they take one column.
        of_output: Leaves h(k) that are used by themselves.
    """

    of_input: tuple[Expression, ...]
    summed: tuple[Expression, ...]
    of_output: tuple[Expression, ...]

    @property
    def inputs(self) -> tuple[Expression, ...]:
        """The leaves x(k) and x(), in the order of their columns."""
        return self.of_input + tuple(_leaf(value, "x", "x_sum") for value in self.summed)

    @property
    def outputs(self) -> tuple[Expression, ...]:
        """The leaves h(k), in the order of their columns."""
        return tuple(_leaf(value, "h") for value in self.summed) + self.of_output


def projections(cell: Cell) -> Projections:
    """Find a cell's projections."""
    order = cell.order()
    n_uses = Counter(argument for value in order for argument in value.args)
    n_uses.update((cell.y, *cell.states.values()))
    summed = [value for value in order if _is_sum_of_projections(value, n_uses)]
    taken = {leaf for value in summed for leaf in value.args}
    alone = [value for value in order if value not in taken]
    return Projections(
        tuple(sorted((e for e in alone if e.op in ("x", "x_sum")), key=_number)),
        tuple(sorted(summed, key=lambda value: _number(_leaf(value, "h")))),
        tuple(sorted((e for e in alone if e.op == "h"), key=_number)),
    )


def _is_sum_of_projections(value: Expression, n_uses: Counter[Expression]) -> bool:
    if value.op != "add" or any(n_uses[leaf] != 1 for leaf in value.args):
        return False
    kinds = {leaf.op for leaf in value.args}
    return kinds in ({"x", "h"}, {"x_sum", "h"})


def _number(leaf: Expression) -> float:
    """Return the k of x(k) or h(k); x() comes after all."""
    return inf if leaf.op == "x_sum" else float(leaf.value or 0)


def _leaf(value: Expression, *ops: str) -> Expression:
    return next(leaf for leaf in value.args if leaf.op in ops)
