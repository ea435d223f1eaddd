"""The sine."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register
from cellcolony.cells.program import apply

sin = register(
    Operation(
        "sin",
        elementary=Elementary(
            numpy=np.sin,
            gradient=lambda d, y, a: (d * apply("cos", a),),
            simd="sin({a})",
            triton="tl.sin({a})",
            torch="torch.sin({a})",
            python="np.sin({a})",
        ),
        latex=r"\sin({a})",
    )
)
