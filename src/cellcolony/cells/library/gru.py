"""Gated recurrent unit (Cho et al. 2014), the form that gates after the projection, r * (U h)."""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, param, sigmoid, state, tanh, x


@cells.register("gru")
def gru() -> Cell:
    """Return the cell, 9 weights."""
    z = sigmoid(x(0) + h(0) + param("b_z"))
    r = sigmoid(x(1) + h(1) + param("b_r"))
    candidate = tanh(x(2) + r * h(2) + param("b_h"))
    y = z * state("h") + (1.0 - z) * candidate
    return Cell(y=y, states={"h": y})
