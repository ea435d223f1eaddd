"""The absolute value; its derivative at 0 is 0."""

import numpy as np

from cellcolony.cells.operation import Elementary, Operation, register
from cellcolony.cells.operations.where import where

absolute = register(
    Operation(
        "absolute",
        elementary=Elementary(
            numpy=np.abs,
            gradient=lambda d, y, a: (where(d, a) - where(d, 0.0 - a),),
            simd="absolute({a})",
            triton="tl.abs({a})",
            torch="torch.abs({a})",
            python="abs({a})",
            c="{a} < 0.0f ? -{a} : {a}",
            int16="saturated({a} < 0 ? -{a} : {a})",
            onnx="Abs",
        ),
        text="|{a}|",
        latex=r"\left|{a}\right|",
    )
)
