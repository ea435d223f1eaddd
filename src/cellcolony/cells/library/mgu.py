"""Minimal gated unit (Zhou et al. 2016), eq. 3-6; gates after the projection, f * (U h)."""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, param, sigmoid, state, tanh, x


@cells.register("mgu")
def mgu() -> Cell:
    """Return the cell, 6 weights."""
    f = sigmoid(x(0) + h(0) + param("b_f"))
    candidate = tanh(x(1) + f * h(1) + param("b_h"))
    y = (1.0 - f) * state("h") + f * candidate
    return Cell(y=y, states={"h": y})
