"""The square root; of less than 0 it is not a number."""

from cellcolony.cells.operation import Operation, of_libraries, register

sqrt = register(
    Operation(
        "sqrt", elementary=of_libraries("sqrt", lambda d, y, a: (0.5 * d / y,)), latex=r"\sqrt{{a}}"
    )
)
