"""Update-gate recurrent network (Collins et al. 2016)."""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, param, sigmoid, state, tanh, x


@cells.register("ugrnn")
def ugrnn() -> Cell:
    """Return the cell, 6 weights."""
    c = tanh(x(0) + h(0) + param("b_c"))
    g = sigmoid(x(1) + h(1) + param("b_g"))
    y = g * state("h") + (1.0 - g) * c
    return Cell(y=y, states={"h": y})
