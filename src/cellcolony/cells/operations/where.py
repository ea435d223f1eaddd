"""A value where another one is above 0, and 0 elsewhere; where that is not a number, the value."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register


def _where(a, b):
    return np.where(np.asarray(b) <= 0.0, np.zeros_like(a), a)[()]


where = register(
    Operation(
        "where",
        arity=2,
        elementary=Elementary(
            numpy=_where,
            gradient=lambda d, y, a, b: (where(d, b), None),
            simd="where_positive({b}, {a})",
            triton="tl.where({b} <= 0.0, 0.0, {a})",
            torch="torch.where(torch.as_tensor({b}) <= 0.0, 0.0, {a})",
            python="(0.0 if {b} <= 0.0 else {a})",
            c="{b} <= 0.0f ? 0.0f : {a}",
            int16="{b} <= 0 ? 0 : {a}",
            onnx="Where",
        ),
        latex=r"({a}) \, [{b} > 0]",
        text="({a}) [{b} > 0]",
    )
)
