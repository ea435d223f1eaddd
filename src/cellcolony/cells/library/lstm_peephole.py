"""The scalar LSTM that the ants of ASNE draw: gates see the memory c, and y = o c'.

Source: the program published with ElSaid et al. 2020, after Gers & Schmidhuber 2000 (peepholes)
without the connection from h. The forget gate's + 1 is a constant, not a weight.
"""

from cellcolony import cells
from cellcolony.cells.program import Cell, param, sigmoid, state, tanh, x


@cells.register("lstm_peephole")
def lstm_peephole() -> Cell:
    """Return the cell, 11 weights."""
    c = state("c")
    o = sigmoid(x(0) + param("u_o") * c + param("b_o"))
    i = sigmoid(x(1) + param("u_i") * c + param("b_i"))
    f = sigmoid(x(2) + param("u_f") * c + param("b_f") + 1.0)
    g = tanh(x(3) + param("b_g"))
    c_next = f * c + i * g
    return Cell(y=o * c_next, states={"c": c_next})
