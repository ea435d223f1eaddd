"""The logistic function 1 / (1 + exp(-a)), computed by way of tanh, which does not overflow."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register

sigmoid = register(
    Operation(
        "sigmoid",
        elementary=Elementary(
            numpy=lambda a: 0.5 * np.tanh(0.5 * a) + 0.5,
            gradient=lambda d, y, a: (d * (y - y * y),),
            simd="sigmoid({a})",
            torch="torch.sigmoid({a})",
            python="0.5 * math.tanh(0.5 * {a}) + 0.5",
            c="0.5f * hyperbolic_tangent(0.5f * {a}) + 0.5f",
            int16="sigmoid_of({a})",
            onnx="Sigmoid",
        ),
        text="σ({a})",
        latex=r"\sigma({a})",
        is_gate=True,
        tree_rank=1,
        colour="#f8cfd3",
    )
)
