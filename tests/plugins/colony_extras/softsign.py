"""An operation of the cell language: x / (1 + |x|)."""

from cellcolony.cells.operation import Operation, register
from cellcolony.cells.program import apply


def absolute(a):
    """Return |a| as an expression."""
    return apply("absolute", a)


register(Operation("softsign", value=lambda a: a / (1.0 + absolute(a))))
