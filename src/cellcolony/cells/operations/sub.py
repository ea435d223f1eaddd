"""The difference of two values."""

import operator

from cellcolony.cells.operation import SUM, Elementary, Operation, register

sub = register(
    Operation(
        "sub",
        arity=2,
        elementary=Elementary(
            numpy=operator.sub,
            gradient=lambda d, y, a, b: (d, 0.0 - d),
            simd="{a} - {b}",
            int16="saturated({a} - {b})",
            onnx="Sub",
            binds=SUM,
        ),
        symbol="−",
    )
)
