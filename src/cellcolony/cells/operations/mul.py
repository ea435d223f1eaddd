"""The product of two values."""

import operator

from cellcolony.cells.operation import PRODUCT, Elementary, Operation, register

mul = register(
    Operation(
        "mul",
        arity=2,
        elementary=Elementary(
            numpy=operator.mul,
            gradient=lambda d, y, a, b: (d * b, d * a),
            simd="{a} * {b}",
            int16="product({a}, {b})",
            onnx="Mul",
            binds=PRODUCT,
        ),
        commutes=True,
        tree_rank=1,
        absorbs=0.0,
        colour="#d3ddf3",
        symbol="×",
    )
)
