"""The cell: a leaky integrator whose leak is trained, behind a tanh unit.

A leaky integrator follows what it reads with a delay, s = a s' + (1 - a) tanh(w x). Here a stands
behind a sigmoid, so that it stays between 0 and 1 whatever training makes of its weight.
"""

from cellcolony import cells
from cellcolony.cells.program import Cell, h, param, sigmoid, state, tanh, x

FIRST_LEAK = 2.0
"""Before training the trace keeps sigmoid(2) = 0.88 of itself in each step."""


@cells.register("slow_trace")
def slow_trace() -> Cell:
    """Return the cell, 5 weights: two of the input, one of its own output, a leak and a bias."""
    kept = sigmoid(param("leak", FIRST_LEAK))
    trace = kept * state("trace") + (1.0 - kept) * tanh(x(0))
    y = tanh(x(1) + h(0) + trace + param("bias"))
    return Cell(y=y, states={"trace": trace})
