"""The cell language: what one recurrent unit computes in one time step, as an expression graph.

A `Cell` is data. Kernels, gradients, exports and drawings are derived from it by the lowerings in
`cellcolony.cells.lower`; nobody writes the gradient of a cell by hand. What expressions are made of
are the operations of `cellcolony.cells.operations`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cellcolony.cells.expression import Expression, apply, in_order
from cellcolony.cells.saved_cell import name_of, place_of, read_states, read_values
from cellcolony.errors import GenomeError, brief


def x(k: int | None = None) -> Expression:
    """The k-th projection of the input; without `k`, one more projection.

    In a sparse network `x(k)` is w_k * s, and `x()` is s itself, where s is the node's summed
    weighted input.
    """
    return Expression("x_sum") if k is None else Expression("x", value=k)


def h(k: int) -> Expression:
    """The k-th projection of the previous output; in a sparse network u_k * y(t-1)."""
    return Expression("h", value=k)


def state(name: str) -> Expression:
    """The unit's own memory of the step before, unweighted."""
    return Expression("state", value=name)


def param(name: str, init: float | str = "uniform") -> Expression:
    """One trainable number per unit, a bias for instance."""
    return Expression("param", value=name, init=init if isinstance(init, str) else float(init))


def tanh(value: Expression) -> Expression:
    """The hyperbolic tangent."""
    return apply("tanh", value)


def sigmoid(value: Expression) -> Expression:
    """The logistic function 1 / (1 + exp(-value))."""
    return apply("sigmoid", value)


def relu(value: Expression) -> Expression:
    """The larger of the value and 0."""
    return apply("relu", value)


@dataclass(frozen=True)
class CellWeight:
    """One trainable number of a cell as a node of a sparse network.

    Attributes:
        name: `w0, w1, ...` of x(k), `u0, u1, ...` of h(k), or the param's name.
        leaf: The leaf that it belongs to.
        init: A number, or a name of `INITIALS`.
    """

    name: str
    leaf: Expression
    init: float | str


@dataclass(frozen=True)
class Cell:
    """What one recurrent unit computes in one time step.

    Attributes:
        y: The value that leaves the unit.
        states: The next value of each memory, by name.
        name: What the cell is called; the registry sets it.

    Raises:
        GenomeError: A state is read and never written, or a param has two initial values.
    """

    y: Expression
    states: Mapping[str, Expression] = field(default_factory=dict)
    name: str = "unnamed"

    def __post_init__(self) -> None:
        for leaf in self.leaves("state"):
            if leaf.value not in self.states:
                raise GenomeError(
                    f"Cell {self.name!r} reads state {leaf.value!r} and never sets it. "
                    f"Give its next value in `states`."
                )
        names = [leaf.value for leaf in self.leaves("param")]
        if len(set(names)) != len(names):
            raise GenomeError(f"Cell {self.name!r} has a param with two different initial values.")

    def __hash__(self) -> int:
        return hash((self.name, self.y, tuple(self.states.items())))

    def order(self) -> tuple[Expression, ...]:
        """Return every distinct value once, operands before what uses them."""
        return self._order

    @cached_property
    def _order(self) -> tuple[Expression, ...]:
        return in_order((*self.states.values(), self.y))

    def leaves(self, op: str) -> tuple[Expression, ...]:
        """Return the distinct leaves of one kind, in the order of first use."""
        return tuple(e for e in self.order() if e.op == op)

    def weights(self) -> tuple[CellWeight, ...]:
        """Return the trainable numbers of one node: x weights, h weights, params, in this order."""
        return self._weights

    @cached_property
    def _weights(self) -> tuple[CellWeight, ...]:
        def numbered(op: str) -> list[Expression]:
            return sorted(self.leaves(op), key=lambda leaf: float(leaf.value or 0))

        return (
            *(CellWeight(f"w{e.value}", e, "uniform") for e in numbered("x")),
            *(CellWeight(f"u{e.value}", e, "recurrent") for e in numbered("h")),
            *(
                CellWeight(str(e.value), e, "uniform" if e.init is None else e.init)
                for e in self.leaves("param")
            ),
        )

    def own_states(self) -> tuple[str, ...]:
        """Return the memories that are not simply the previous output."""
        return tuple(name for name, value in self.states.items() if value != self.y)

    def reads_own_output(self) -> bool:
        """Say whether the step before's output is read, as h(k) or as a state that equals y."""
        own = self.own_states()
        return bool(self.leaves("h")) or any(e.value not in own for e in self.leaves("state"))

    def to_dict(self) -> dict[str, Any]:
        """Return plain values that JSON can hold; `from_dict` reads them."""
        number = {expression: i for i, expression in enumerate(self.order())}
        program = []
        for expression in number:
            line: dict[str, Any] = {"op": expression.op}
            if expression.args:
                line["args"] = [number[a] for a in expression.args]
            if expression.value is not None:
                line["value"] = expression.value
            if expression.init is not None:
                line["init"] = expression.init
            program.append(line)
        return {
            "name": self.name,
            "program": program,
            "y": number[self.y],
            "states": {name: number[value] for name, value in self.states.items()},
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Cell:
        """Read what `to_dict` wrote.

        Raises:
            GenomeError: It is none: see `saved_cell.py`.
        """
        if not isinstance(data, Mapping):
            raise GenomeError(f"A cell must be a table. Got {brief(data)}.")
        values = read_values(data.get("program"))
        states = read_states(data.get("states"), values)
        y = place_of(data.get("y"), len(values), "`y`")
        return Cell(y=values[y], states=states, name=name_of(data.get("name"), "A cell's name"))
