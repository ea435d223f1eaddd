"""A cell as compiled loops, forward and backward, for the nodes of a sparse network.

From the expression graph comes Python source, of which LLVM makes one C function for each way
(`translation.py`). They work on a *group*: nodes of one cell side by side, each in all its lanes,
`width` numbers in all. Rows of consecutive time steps lie `stride` numbers apart.

Groups of one vector have functions of their own, *narrow* ones: what goes from step to step stays
in registers, and where a weight lies is known beforehand. A small network waits for little else.

The forward function keeps on a tape what the backward one would pay for twice: the results of
functions such as tanh, and each memory before the step. Cheap values are computed again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Literal

import numpy as np
from numba import types

from cellcolony.cells.formula import OPERANDS, D, Y, elementary, expanded, gradient, written
from cellcolony.cells.lower import compiled, native, simd, templates
from cellcolony.cells.lower.frame import Frame
from cellcolony.cells.named_trees import identifier
from cellcolony.cells.operation import PRODUCT, filled
from cellcolony.cells.program import Cell, Expression

Precision = type[np.float32] | type[np.float64]
"""The type of numbers in kernels: float32, or float64 for checks of gradients."""
Way = Literal["forward", "backward"]
"""The function of a cell."""
ARGUMENTS = types.CPointer(types.int64), types.intp, types.intp, types.intp
"""The types that a cell's functions are called with."""


@dataclass(frozen=True)
class CompiledCell:
    """A cell's C functions, and how much memory they need.

    A function is compiled, or loaded, when its address is asked for.

    Attributes:
        cell, dtype, vector, narrow: What `compile_cell` was asked for.
        forward: Address of `forward(frame, n_steps, t_s, t_y)`, which computes the steps from
            `t_s` on; `y` begins at row `t_y`, which is the same but where rows of `s` are used
            again. See `Frame`.
        backward: Address of `backward(frame, n_steps, t_s, t_d)`, which goes back over the steps
            from `t_s` on; `dy` and `ds` begin at row `t_d`. Adds to `dweights`; `carries` holds
            what flows back to the step before, and is 0 before the last step.
        n_weights: Rows of `weights` and `dweights`, each `width` numbers.
        n_states: Rows of `states`.
        n_carries: Rows of `carries`.
        n_tape: Rows of the tape in one time step.
    """

    cell: Cell
    dtype: Precision
    vector: int
    narrow: bool
    n_weights: int
    n_states: int
    n_carries: int
    n_tape: int

    @cached_property
    def forward(self) -> int:
        """The address of the forward function."""
        return self._address("forward")

    @cached_property
    def backward(self) -> int:
        """The address of the backward function."""
        return self._address("backward")

    def _address(self, way: Way) -> int:
        source = generate(self.cell, self.dtype, self.vector, self.narrow, way)
        name, dtype = identifier(self.cell.name), np.dtype(self.dtype)
        stem = f"cell_{name}_{dtype}_{self.vector}{'_narrow' * self.narrow}_{way}"
        module = compiled.load(stem, source, [Path(simd.__file__)])
        return native.address(getattr(module, way), ARGUMENTS)


@cache
def compile_cell(
    cell: Cell, dtype: Precision = np.float32, vector: int = simd.VECTOR, narrow: bool = False
) -> CompiledCell:
    """Return a cell's compiled functions, or those that an earlier process compiled.

    Args:
        cell: The cell.
        dtype: float32, or float64 for checks of gradients.
        vector: Floats in a vector, one of `simd.WIDTHS`; the widths of groups are multiples of it.
        narrow: Whether the functions are for groups of one vector alone.
    """
    plan = _Plan(cell)
    return CompiledCell(
        cell=cell,
        dtype=dtype,
        vector=vector,
        narrow=narrow,
        n_weights=len(cell.weights()),
        n_states=len(plan.own_states),
        n_carries=plan.n_carries,
        n_tape=plan.n_tape,
    )


def generate(
    cell: Cell,
    dtype: Precision = np.float32,
    vector: int = simd.VECTOR,
    narrow: bool = False,
    way: Way = "forward",
) -> str:
    """Return the source of one of a cell's functions; arguments are those of `compile_cell`."""
    plan = _Plan(cell, narrow)
    values = [(plan.name(e), plan.formula(e), plan.recalled(e)) for e in plan.order]
    adjoints = plan.adjoints()
    text = "\n".join([*adjoints, *(part for value in values for part in value)])
    return templates.filled(
        "cellcolony.cells.lower",
        "narrow_cell" if narrow else "wide_cell",
        cell_name=identifier(cell.name),
        dtype=np.dtype(dtype).name,
        vector=vector,
        way=way,
        at={name: place for place, name in enumerate(Frame._fields)},
        functions=sorted(
            {"pointer", "store", "vectors", f"{np.dtype(dtype).name}s", *simd_functions(text)}
            - {*simd.Vectors._fields}
        ),
        plan=plan,
        values=values,
        adjoints=adjoints,
    )


def simd_form(op: str) -> str:
    """Return the form of an elementary operation for vectors."""
    return elementary(op).simd


def simd_number(number: float) -> str:
    """Return a constant of a gradient; kernels begin with `zero` and `one`."""
    return {0.0: "zero", 1.0: "one"}.get(number, f"splat(REAL({number!r}))")


def simd_functions(source: str) -> list[str]:
    """Return the names of `simd.py` that source code calls, sorted."""
    return sorted(set(re.findall(r"\b[a-z_]+(?=\()", source)) & set(vars(simd)))


class _Plan:
    """Where each value of a cell lies, and the lines that compute it."""

    def __init__(self, cell: Cell, narrow: bool = False) -> None:
        self.narrow = narrow
        self.cell = expanded(cell)
        self.order = self.cell.order()
        self.number = {e: i for i, e in enumerate(self.order)}
        self.weight = {w.leaf: k for k, w in enumerate(cell.weights())}
        self.own_states = cell.own_states()
        self.reads_previous = cell.reads_own_output()
        self.n_weights = len(self.weight)
        self.n_carries = self.reads_previous + len(self.own_states)
        # The output is in y already; the result of any other function is kept.
        kept = [e for e in self.order if self._is_function(e) and e != self.cell.y]
        self.tape = {e: k for k, e in enumerate(kept)}
        self.n_tape = len(kept) + len(self.own_states)

    @staticmethod
    def _is_function(e: Expression) -> bool:
        return len(e.args) == 1

    def name(self, e: Expression) -> str:
        return f"v{self.number[e]}"

    def _d(self, e: Expression) -> str:
        return f"d{self.number[e]}"

    def row(self, k: int) -> str:
        """Return where row k of an array of `width` numbers a row is read."""
        return f"{k} * VECTOR" if self.narrow else f"{k} * width + j"

    def kept(self, k: int) -> str:
        """Return where row k of the tape lies."""
        return f"kept + {k} * {'VECTOR' if self.narrow else 'width'}"

    def _carry(self, k: int) -> str:
        return f"carry_{k}" if self.narrow else f"load(carries, {self.row(k)})"

    def _weight(self, e: Expression) -> str:
        return f"load(weights, {self.row(self.weight[e])})"

    def formula(self, e: Expression) -> str:
        args = [self.name(a) for a in e.args]
        match e.op:
            case "const":
                return f"splat(REAL({e.value!r}))"
            case "x_sum":
                return "s_t"
            case "x":
                return f"{self._weight(e)} * s_t"
            case "h":
                return f"{self._weight(e)} * y_before"
            case "state":
                return f"state_{e.value}" if e.value in self.own_states else "y_before"
            case "param":
                return self._weight(e)
            case op:
                return filled(simd_form(op), *args)

    def recalled(self, e: Expression) -> str:
        if e in self.tape:
            return f"load(tape, {self.kept(self.tape[e])})"
        if e == self.cell.y and self._is_function(e):
            return "load(y, at)"
        return self.formula(e)

    def adjoints(self) -> list[str]:
        """Reverse mode: from the output and the carried memories back to leaves and weights."""
        lines: list[str] = []
        started: set[str] = set()

        def add(name: str, term: str) -> None:
            lines.append(f"{name} = {name} + {term}" if name in started else f"{name} = {term}")
            started.add(name)

        add(self._d(self.cell.y), "load(dy, at)")
        if self.reads_previous:
            add(self._d(self.cell.y), self._carry(0))
        for k, name in enumerate(self.own_states, self.reads_previous):
            add(self._d(self.cell.states[name]), self._carry(k))
        for e in reversed(self.order):
            d, v = self._d(e), self.name(e)
            if d not in started:
                continue
            if not e.args:
                self._leaf(e, d, add, lines)
                continue
            names = {D: d, Y: v} | dict(zip(OPERANDS, map(self.name, e.args), strict=False))
            for operand, part in zip(e.args, gradient(e.op), strict=True):
                if part is not None and operand.op != "const":
                    term = written(part, names, simd_form, simd_number, PRODUCT)
                    add(self._d(operand), term)
        lines.append("store(ds, at, ds_t)" if "ds_t" in started else "store(ds, at, zero)")
        carried = (["dy_before"] if self.reads_previous else []) + [
            f"dstate_{name}" for name in self.own_states
        ]
        for k, name in enumerate(carried):
            value = name if name in started else "zero"
            if self.narrow:
                lines.append(f"carry_{k} = {value}")
            else:
                lines.append(f"store(carries, {self.row(k)}, {value})")
        return lines

    def _leaf(self, e: Expression, d: str, add, lines: list[str]) -> None:
        match e.op:
            case "x_sum":
                add("ds_t", d)
            case "x":
                add("ds_t", f"{d} * {self._weight(e)}")
                self._add_weight(e, f"{d} * s_t", lines)
            case "h":
                add("dy_before", f"{d} * {self._weight(e)}")
                self._add_weight(e, f"{d} * y_before", lines)
            case "state":
                add(f"dstate_{e.value}" if e.value in self.own_states else "dy_before", d)
            case "param":
                self._add_weight(e, d, lines)

    def _add_weight(self, e: Expression, term: str, lines: list[str]) -> None:
        if self.narrow:
            name = f"dweight_{self.weight[e]}"
            lines.append(f"{name} = {name} + {term}")
        else:
            at = self.row(self.weight[e])
            lines.append(f"store(dweights, {at}, load(dweights, {at}) + {term})")
