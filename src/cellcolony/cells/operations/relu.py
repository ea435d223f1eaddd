"""The larger of a value and 0."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register
from cellcolony.cells.operations.where import where

relu = register(
    Operation(
        "relu",
        elementary=Elementary(
            numpy=lambda a: np.maximum(a, 0.0),
            gradient=lambda d, y, a: (where(d, y),),
            simd="where_positive({a}, {a})",
            triton="relu({a})",
            torch="torch.relu({a})",
            python="max({a}, 0.0)",
            c="{a} <= 0.0f ? 0.0f : {a}",
            int16="{a} < 0 ? 0 : {a}",
            onnx="Relu",
        ),
        tree_rank=2,
        colour="#fbf3a9",
    )
)
