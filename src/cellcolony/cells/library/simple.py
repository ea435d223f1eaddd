"""The plain recurrent unit of ASNE: y = tanh(x + b)."""

from cellcolony import cells
from cellcolony.cells.program import Cell, param, tanh, x


@cells.register("simple")
def simple() -> Cell:
    """Return the cell, one weight."""
    return Cell(y=tanh(x() + param("b")))
