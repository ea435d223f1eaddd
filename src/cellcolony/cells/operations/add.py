"""The sum of two values."""

import operator

from cellcolony.cells.operation import SUM, Elementary, Operation, register

add = register(
    Operation(
        "add",
        arity=2,
        elementary=Elementary(
            numpy=operator.add,
            gradient=lambda d, y, a, b: (d, d),
            simd="{a} + {b}",
            int16="saturated({a} + {b})",
            onnx="Add",
            binds=SUM,
        ),
        commutes=True,
        tree_rank=0,
        colour="#fde2b8",
        symbol="+",
    )
)
