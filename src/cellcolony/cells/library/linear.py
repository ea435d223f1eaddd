"""A linear unit, the output of the modern protocol: y = x + b."""

from cellcolony import cells
from cellcolony.cells.program import Cell, param, x


@cells.register("linear")
def linear() -> Cell:
    """Return the cell, one weight."""
    return Cell(y=x() + param("b"))
