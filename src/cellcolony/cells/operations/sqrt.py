"""The square root; of less than 0 it is not a number."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register

sqrt = register(
    Operation(
        "sqrt",
        elementary=Elementary(
            numpy=np.sqrt,
            gradient=lambda d, y, a: (0.5 * d / y,),
            simd="sqrt({a})",
            triton="tl.sqrt({a})",
            torch="torch.sqrt({a})",
            python="np.sqrt({a})",
        ),
        latex=r"\sqrt{{a}}",
    )
)
