"""The cosine."""

from cellcolony.cells.operation import Operation, of_libraries, register
from cellcolony.cells.program import apply

cos = register(
    Operation(
        "cos",
        elementary=of_libraries("cos", lambda d, y, a: (0.0 - d * apply("sin", a),)),
        latex=r"\cos({a})",
    )
)
