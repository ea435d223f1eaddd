"""Long short-term memory, the textbook form (Hochreiter & Schmidhuber 1997; Gers et al. 2000).

The gates see the previous output; computes what `torch.nn.LSTM` computes.
"""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, param, sigmoid, state, tanh, x


@cells.register("lstm")
def lstm() -> Cell:
    """Return the cell, 12 weights."""
    i = sigmoid(x(0) + h(0) + param("b_i"))
    f = sigmoid(x(1) + h(1) + param("b_f"))
    g = tanh(x(2) + h(2) + param("b_g"))
    o = sigmoid(x(3) + h(3) + param("b_o"))
    c = f * state("c") + i * g
    return Cell(y=o * tanh(c), states={"c": c})
