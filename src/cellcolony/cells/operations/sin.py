"""The sine."""

from cellcolony.cells.operation import Operation, of_libraries, register
from cellcolony.cells.program import apply

sin = register(
    Operation(
        "sin",
        elementary=of_libraries("sin", lambda d, y, a: (d * apply("cos", a),)),
        latex=r"\sin({a})",
    )
)
