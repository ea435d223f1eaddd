"""The steepened sigmoid of NEAT (Stanley & Miikkulainen 2002): y = 1 / (1 + exp(-4.9 (x + b)))."""

from cellcolony import cells
from cellcolony.cells.program import Cell, param, sigmoid, x

STEEPNESS = 4.9


@cells.register("neat_sigmoid")
def neat_sigmoid() -> Cell:
    """Return the cell, one weight."""
    return Cell(y=sigmoid(STEEPNESS * (x() + param("b"))))
