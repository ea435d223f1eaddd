"""A cell as nodes of an ONNX graph, for many units side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from cellcolony.cells.formula import elementary, expanded
from cellcolony.cells.program import Cell, Expression

Add = Callable[..., str]
"""Adds a node to a graph, `add(operator, *operands, **attributes)`; returns its result's name."""
Keep = Callable[[Any], str]
"""Adds a constant to a graph; returns its name."""


def lowered(
    cell: Cell, leaves: Mapping[Expression, str], add: Add, keep: Keep, n_units: int
) -> tuple[str, dict[str, str]]:
    """Add what one step of a cell computes.

    Args:
        cell: The cell.
        leaves: The name of each leaf but constants, all of one shape that ends in the units.
        add: Adds a node.
        keep: Adds a constant.
        n_units: How many units there are.

    Returns:
        The name of the output, and of the next value of each of `Cell.own_states`.
    """
    inner = expanded(cell)
    value: dict[Expression, str] = {}
    for e in inner.order():
        match e.op:
            case "const":
                value[e] = keep(np.full(n_units, e.value, np.float32))
            case "where":
                number, condition = (value[arg] for arg in e.args)
                zeros = keep(np.zeros(n_units, np.float32))
                value[e] = add("Where", add("LessOrEqual", condition, zeros), zeros, number)
            case op if e.args:
                value[e] = add(elementary(op).onnx, *(value[arg] for arg in e.args))
            case _:
                value[e] = leaves[e]
    return value[inner.y], {name: value[inner.states[name]] for name in cell.own_states()}
