"""The cosine."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register
from cellcolony.cells.program import apply

cos = register(
    Operation(
        "cos",
        elementary=Elementary(
            numpy=np.cos,
            gradient=lambda d, y, a: (0.0 - d * apply("sin", a),),
            simd="cos({a})",
            triton="tl.cos({a})",
            torch="torch.cos({a})",
            python="np.cos({a})",
        ),
        latex=r"\cos({a})",
    )
)
