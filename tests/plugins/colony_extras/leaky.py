"""A leaky integrator: y = c' = 0.5 c + 0.5 softsign(x), by an operation of the same package."""

from cellcolony import cells
from cellcolony.cells.program import Cell, apply, state, x


@cells.register("leaky")
def leaky() -> Cell:
    """Return the cell."""
    c = state("c") * 0.5 + apply("softsign", x()) * 0.5
    return Cell(y=c, states={"c": c})
