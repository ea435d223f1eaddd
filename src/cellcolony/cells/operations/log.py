"""The natural logarithm; of 0 it is minus infinity, and of less not a number."""

from cellcolony.cells.operation import Operation, of_libraries, register

log = register(
    Operation("log", elementary=of_libraries("log", lambda d, y, a: (d / a,)), latex=r"\log({a})")
)
