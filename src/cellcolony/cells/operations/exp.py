"""The exponential function."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register

exp = register(
    Operation(
        "exp",
        elementary=Elementary(
            numpy=np.exp,
            gradient=lambda d, y, a: (d * y,),
            simd="exp({a})",
            triton="tl.exp({a})",
            torch="torch.exp({a})",
            python="np.exp({a})",
        ),
        latex=r"\exp({a})",
    )
)
