"""A gate between two values: s(g) a + (1 - s(g)) b, with the logistic function s."""

from cellcolony.cells.operation import Operation, register
from cellcolony.cells.operations.sigmoid import sigmoid


def _gate(g, a, b):
    share = sigmoid(g)
    return share * a + (1.0 - share) * b


gate = register(
    Operation(
        "gate",
        arity=3,
        value=_gate,
        tree_rank=0,
        commutes=False,
        colour="#cfe3dc",
        text="gate({a}, {b}, {c})",
        latex=r"\operatorname{gate}({a}, {b}, {c})",
    )
)
