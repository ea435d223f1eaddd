"""The hyperbolic tangent."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register

tanh = register(
    Operation(
        "tanh",
        elementary=Elementary(
            numpy=np.tanh,
            gradient=lambda d, y, a: (d * (1.0 - y * y),),
            simd="tanh({a})",
            torch="torch.tanh({a})",
            python="math.tanh({a})",
            c="hyperbolic_tangent({a})",
            int16="tanh_of({a})",
            onnx="Tanh",
        ),
        latex=r"\tanh({a})",
        tree_rank=0,
        colour="#d5e8d4",
    )
)
