"""Delta-RNN (Ororbia et al. 2017), with the published program's constants 2, 1 and 1."""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, param, sigmoid, state, tanh, x


@cells.register("delta")
def delta() -> Cell:
    """Return the cell, 6 weights."""
    d = h(0)
    z_hat = tanh(
        (param("alpha") + 2.0) * d * x()
        + (param("beta1") + 1.0) * d
        + (param("beta2") + 1.0) * x()
        + param("b_z")
    )
    r = sigmoid(x() + param("b_r"))
    z = tanh((1.0 - r) * z_hat + r * state("z"))
    return Cell(y=z, states={"z": z})
