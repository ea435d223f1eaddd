"""The quotient of two values; what is divided by 0 is infinite, or not a number."""

import numpy as np

from cellcolony.cells.operation import PRODUCT, Elementary, Operation, register

div = register(
    Operation(
        "div",
        arity=2,
        elementary=Elementary(
            numpy=np.divide,
            gradient=lambda d, y, a, b: (d / b, 0.0 - d * y / b),
            simd="{a} / {b}",
            python="np.divide({a}, {b})",  # Python's own division raises an error
            int16="quotient({a}, {b})",
            onnx="Div",
            binds=PRODUCT,
        ),
        text="({a})/({b})",
        latex=r"\frac{{a}}{{b}}",
    )
)
