"""The sum of two values."""

import operator

from cellcolony.cells.operation import SUM, Elementary, Operation, register

SYMBOLS = "{a} + {b}"

add = register(
    Operation(
        "add",
        arity=2,
        elementary=Elementary(
            numpy=operator.add,
            gradient=lambda d, y, a, b: (d, d),
            simd=SYMBOLS,
            triton=SYMBOLS,
            torch=SYMBOLS,
            python=SYMBOLS,
            binds=SUM,
        ),
        tree_rank=0,
        colour="#fde2b8",
        symbol="+",
    )
)
