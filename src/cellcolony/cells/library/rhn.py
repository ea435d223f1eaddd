"""Recurrent highway network of depth 1 (Zilly et al. 2017), eq. 7 to 9, with a coupled carry gate.

Deeper ones have matrices within a step, and are layers of their own: `layers/kinds.py`.
"""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, param, sigmoid, state, tanh, x

FIRST_BIAS = -2.0
"""Of the transform gate: the memory is carried at first (their program, Penn Treebank)."""


@cells.register("rhn")
def rhn() -> Cell:
    """Return the cell, 6 weights."""
    new = tanh(x(0) + h(0) + param("b0"))
    transform = sigmoid(x(1) + h(1) + param("b1", FIRST_BIAS))
    y = transform * new + (1.0 - transform) * state("h")
    return Cell(y=y, states={"h": y})
