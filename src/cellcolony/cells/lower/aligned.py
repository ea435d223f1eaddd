"""Arrays that begin where a cache line does: vectors then lie in one line each."""

from __future__ import annotations

from math import prod

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower.numba import Precision

LINE_BYTES = 64


def empty(shape: tuple[int, ...], dtype: Precision) -> NDArray[np.floating]:
    """Return an array of any numbers; NumPy's own begin at multiples of 16 bytes."""
    n_bytes = prod(shape) * np.dtype(dtype).itemsize
    memory = np.empty(n_bytes + LINE_BYTES, np.uint8)
    begin = -memory.ctypes.data % LINE_BYTES
    return memory[begin : begin + n_bytes].view(dtype).reshape(shape)


def zeros(shape: tuple[int, ...], dtype: Precision) -> NDArray[np.floating]:
    """Return an array of zeros."""
    array = empty(shape, dtype)
    array[...] = 0.0
    return array
