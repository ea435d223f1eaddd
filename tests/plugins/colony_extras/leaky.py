"""A leaky integrator: y = c' = 0.5 c + 0.5 tanh(x)."""

from cellcolony import cells
from cellcolony.cells.program import Cell, state, tanh, x


@cells.register("leaky")
def leaky() -> Cell:
    """Return the cell."""
    c = state("c") * 0.5 + tanh(x()) * 0.5
    return Cell(y=c, states={"c": c})
