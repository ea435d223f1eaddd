"""NASCell (Zoph & Le 2017), which a controller found for language models; it has no bias.

Source: the tree as From Nodes to Networks (Rawal & Miikkulainen 2018) draws it.
"""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, relu, sigmoid, state, tanh, x


@cells.register("nascell")
def nascell() -> Cell:
    """Return the cell, 16 weights."""
    l0 = sigmoid(x(0) + h(0))
    l1 = relu(x(1) + h(1))
    l2 = sigmoid(x(2) + h(2))
    l3 = relu(x(3) * h(3))
    l4 = tanh(x(4) + h(4))
    l5 = sigmoid(x(5) + h(5))
    l6 = tanh(x(6) + h(6))
    l7 = sigmoid(x(7) + h(7))
    p0 = tanh(l0 * l1)
    p1 = tanh(l2 + l3)
    p2 = tanh(l4 * l5)
    p3 = sigmoid(l6 + l7)
    c = tanh(p0 + state("c")) * p1
    return Cell(y=tanh(c * tanh(p2 + p3)), states={"c": c})
