"""A cell as compiled loops, forward and backward, for the nodes of a sparse network.

From the expression graph comes Python source, one self-contained module per cell and precision,
that Numba compiles to two C functions. They work on a *group*: nodes of one cell side by side, each
in all its lanes, `width` numbers in all. Rows of consecutive time steps lie `stride` numbers apart.

The forward function keeps on a tape what the backward one would pay for twice: the results of
functions such as tanh, and each memory before the step. Cheap values are computed again.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from cellcolony.cells.formula import OPERANDS, D, Y, elementary, expanded, gradient, written
from cellcolony.cells.lower import compiled, simd
from cellcolony.cells.named_trees import identifier
from cellcolony.cells.operation import PRODUCT, filled
from cellcolony.cells.program import Cell, Expression

Precision = type[np.float32] | type[np.float64]
"""The type of numbers in kernels: float32, or float64 for checks of gradients."""

_HEADER = '''"""Cell {name}, {dtype}: written by cellcolony.cells.lower.numba."""

from numba import cfunc, types

from cellcolony.cells.lower.simd import (
    OPTIONS, VECTOR, load, relu, sigmoid, splat, store, tanh, where_positive,{more}
)

REAL = types.{dtype}
N, P = types.intp, types.CPointer(REAL)


@cfunc(types.void(N, N, N, N, P, P, P, P, P), nopython=True, cache=True, **OPTIONS)
def forward(n_steps, width, stride, tape_stride, weights, s, y, states, tape):
'''

_BACKWARD = """

@cfunc(types.void(N, N, N, N, P, P, P, P, P, P, P, P), nopython=True, cache=True, **OPTIONS)
def backward(n_steps, width, stride, tape_stride, weights, s, y, tape, dy, ds, carries, dweights):
"""


@dataclass(frozen=True)
class CompiledCell:
    """A cell's C functions, and how much memory they need.

    Attributes:
        forward: Address of `forward(n_steps, width, stride, tape_stride, weights, s, y, states,
            tape)`.
        backward: Address of `backward(n_steps, width, stride, tape_stride, weights, s, y, tape, dy,
            ds, carries, dweights)`. Adds to `dweights`; `carries` holds what flows back to the step
            before, and is 0 before the last step.
        n_weights: Rows of `weights` and `dweights`, each `width` numbers.
        n_states: Rows of `states`.
        n_carries: Rows of `carries`.
        n_tape: Rows of the tape in one time step.
    """

    forward: int
    backward: int
    n_weights: int
    n_states: int
    n_carries: int
    n_tape: int


@cache
def compile_cell(cell: Cell, dtype: Precision = np.float32) -> CompiledCell:
    """Compile a cell, or load what an earlier process compiled.

    Args:
        cell: The cell.
        dtype: float32, or float64 for checks of gradients.
    """
    source = generate(cell, dtype)
    module = compiled.load(
        f"cell_{identifier(cell.name)}_{np.dtype(dtype)}", source, [Path(simd.__file__)]
    )
    plan = _Plan(cell)
    return CompiledCell(
        forward=module.forward.address,
        backward=module.backward.address,
        n_weights=len(cell.weights()),
        n_states=len(plan.own_states),
        n_carries=plan.n_carries,
        n_tape=plan.n_tape,
    )


def generate(cell: Cell, dtype: Precision = np.float32) -> str:
    """Return the source of a cell's module."""
    plan = _Plan(cell)
    body = _indent(plan.forward()) + _BACKWARD + _indent(plan.backward())
    more = sorted(set(simd_functions(body)) - set(re.findall(r"\w+", _HEADER)))
    header = _HEADER.format(
        name=identifier(cell.name),
        dtype=np.dtype(dtype).name,
        more=f"\n    {', '.join(more)}," if more else "",
    )
    return header + body


def simd_form(op: str) -> str:
    """Return the form of an elementary operation for vectors."""
    return elementary(op).simd


def simd_number(number: float) -> str:
    """Return a constant of a gradient; kernels begin with `zero` and `one`."""
    return {0.0: "zero", 1.0: "one"}.get(number, f"splat(REAL({number!r}))")


def simd_functions(source: str) -> list[str]:
    """Return the names of `simd.py` that source code calls, sorted."""
    called = set(re.findall(r"\b[a-z_]+(?=\()", source))
    return sorted(called & set(vars(simd)))


def _indent(lines: list[str]) -> str:
    return "".join(f"    {line}\n" for line in lines)


class _Plan:
    """Where each value of a cell lies, and the lines that compute it."""

    def __init__(self, cell: Cell) -> None:
        self.cell = expanded(cell)
        self.order = self.cell.order()
        self.number = {e: i for i, e in enumerate(self.order)}
        self.weight = {w.leaf: k for k, w in enumerate(cell.weights())}
        self.own_states = cell.own_states()
        self.reads_previous = cell.reads_own_output()
        self.n_carries = self.reads_previous + len(self.own_states)
        # The output is in y already; the result of any other function is kept.
        kept = [e for e in self.order if self._is_function(e) and e != self.cell.y]
        self.tape = {e: k for k, e in enumerate(kept)}
        self.n_tape = len(kept) + len(self.own_states)

    def forward(self) -> list[str]:
        lines = ["for t in range(n_steps):", "    for j in range(0, width, VECTOR):"]
        body = ["at = t * stride + j", "s_t = load(s, at)"]
        if self.reads_previous:
            body.append("y_before = load(y, at - stride)")
        body += [f"state_{name} = load(states, {k} * width + j)" for k, name in self._states()]
        body += [f"{self._v(e)} = {self._formula(e)}" for e in self.order]
        body.append("kept = t * tape_stride + j")
        body += [f"store(tape, kept + {k} * width, {self._v(e)})" for e, k in self.tape.items()]
        for k, name in self._states():
            body.append(f"store(tape, kept + {len(self.tape) + k} * width, state_{name})")
            body.append(f"store(states, {k} * width + j, {self._v(self.cell.states[name])})")
        body.append(f"store(y, at, {self._v(self.cell.y)})")
        return lines + ["        " + line for line in body]

    def backward(self) -> list[str]:
        lines = [
            "zero, one = splat(REAL(0)), splat(REAL(1))",
            "for t in range(n_steps - 1, -1, -1):",
            "    for j in range(0, width, VECTOR):",
        ]
        body = ["at = t * stride + j", "kept = t * tape_stride + j", "s_t = load(s, at)"]
        if self.reads_previous:
            body.append("y_before = load(y, at - stride)")
        for k, name in self._states():
            body.append(f"state_{name} = load(tape, kept + {len(self.tape) + k} * width)")
        body += [f"{self._v(e)} = {self._recall(e)}" for e in self.order]
        body += self._adjoints()
        return lines + ["        " + line for line in body]

    def _states(self):
        return enumerate(self.own_states)

    @staticmethod
    def _is_function(e: Expression) -> bool:
        return len(e.args) == 1

    def _v(self, e: Expression) -> str:
        return f"v{self.number[e]}"

    def _d(self, e: Expression) -> str:
        return f"d{self.number[e]}"

    def _weight(self, e: Expression) -> str:
        return f"load(weights, {self.weight[e]} * width + j)"

    def _formula(self, e: Expression) -> str:
        args = [self._v(a) for a in e.args]
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

    def _recall(self, e: Expression) -> str:
        if e in self.tape:
            return f"load(tape, kept + {self.tape[e]} * width)"
        if e == self.cell.y and self._is_function(e):
            return "load(y, at)"
        return self._formula(e)

    def _adjoints(self) -> list[str]:
        """Reverse mode: from the output and the carried memories back to leaves and weights."""
        lines: list[str] = []
        started: set[str] = set()

        def add(name: str, term: str) -> None:
            lines.append(f"{name} = {name} + {term}" if name in started else f"{name} = {term}")
            started.add(name)

        add(self._d(self.cell.y), "load(dy, at)")
        if self.reads_previous:
            add(self._d(self.cell.y), "load(carries, j)")
        for k, name in self._states():
            add(
                self._d(self.cell.states[name]),
                f"load(carries, {k + self.reads_previous} * width + j)",
            )
        for e in reversed(self.order):
            d, v = self._d(e), self._v(e)
            if d not in started:
                continue
            if not e.args:
                self._leaf(e, d, add, lines)
                continue
            names = {D: d, Y: v} | dict(zip(OPERANDS, map(self._v, e.args), strict=False))
            for operand, part in zip(e.args, gradient(e.op), strict=True):
                if part is not None and operand.op != "const":
                    term = written(part, names, simd_form, simd_number, PRODUCT)
                    add(self._d(operand), term)
        lines.append("store(ds, at, ds_t)" if "ds_t" in started else "store(ds, at, zero)")
        carried = (["dy_before"] if self.reads_previous else []) + [
            f"dstate_{name}" for name in self.own_states
        ]
        for k, name in enumerate(carried):
            lines.append(f"store(carries, {k} * width + j, {name if name in started else 'zero'})")
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
        at = f"{self.weight[e]} * width + j"
        lines.append(f"store(dweights, {at}, load(dweights, {at}) + {term})")
