"""Computes a cell in plain NumPy: slow and simple, the reference in tests of faster lowerings."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.formula import computed
from cellcolony.cells.program import Cell, Expression

Array = NDArray[np.floating]
Number = Array | np.floating


def step(
    cell: Cell, weights: Array, s: Number, y: Number, states: Mapping[str, Any]
) -> tuple[Any, dict[str, Any]]:
    """Compute one time step of a cell as a node of a sparse network.

    Args:
        cell: The cell.
        weights: Its trainable numbers, `(n, ...)`, in the order of `Cell.weights`.
        s: The summed weighted input, of any shape.
        y: The output of the step before, of that shape.
        states: Each memory after the step before, of that shape.

    Returns:
        The output, and each memory's next value.
    """
    leaves: dict[Expression, Any] = {}
    for w, number in zip(cell.weights(), weights, strict=True):
        factor = {"x": s, "h": y}.get(w.leaf.op)
        leaves[w.leaf] = number + np.zeros_like(s) if factor is None else number * factor
    leaves |= {leaf: states[str(leaf.value)] for leaf in cell.leaves("state")}
    leaves |= dict.fromkeys(cell.leaves("x_sum"), s)
    return evaluate(cell, leaves, s)


def evaluate(
    cell: Cell, leaves: Mapping[Expression, Any], like: Number
) -> tuple[Any, dict[str, Any]]:
    """Compute a cell from its leaves.

    Args:
        cell: The cell.
        leaves: The value of each leaf but constants, all of one shape.
        like: Anything of that shape.

    Returns:
        The output, and each memory's next value.
    """
    value: dict[Expression, Any] = {}
    for e in cell.order():
        if e.op == "const":
            value[e] = np.full_like(like, e.value)
        elif e.args:
            value[e] = computed(e.op, *(value[a] for a in e.args))
        else:
            value[e] = leaves[e]
    return value[cell.y], {name: value[e] for name, e in cell.states.items()}
