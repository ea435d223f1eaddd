"""The exponential function."""

from cellcolony.cells.operation import Operation, of_libraries, register

exp = register(
    Operation("exp", elementary=of_libraries("exp", lambda d, y, a: (d * y,)), latex=r"\exp({a})")
)
