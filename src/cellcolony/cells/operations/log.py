"""The natural logarithm; of 0 it is minus infinity, and of less not a number."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register

log = register(
    Operation(
        "log",
        elementary=Elementary(
            numpy=np.log,
            gradient=lambda d, y, a: (d / a,),
            simd="log({a})",
            triton="tl.log({a})",
            torch="torch.log({a})",
            python="np.log({a})",
        ),
        latex=r"\log({a})",
    )
)
