"""Arrays that begin at a cache line, so that no vector lies across two lines."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower.kernel_code import Precision

LINE_BYTES = 64


def empty(shape: tuple[int, ...], dtype: Precision) -> NDArray[np.floating]:
    """Return an array that is not initialised; NumPy's own are aligned to 16 bytes only."""
    return _aligned(np.empty, shape, dtype)


def zeros(shape: tuple[int, ...], dtype: Precision) -> NDArray[np.floating]:
    """Return an array of zeros."""
    return _aligned(np.zeros, shape, dtype)


def _aligned(
    made: Callable[..., NDArray[np.uint8]], shape: tuple[int, ...], dtype: Precision
) -> NDArray[np.floating]:
    n_bytes = prod(shape) * np.dtype(dtype).itemsize
    memory = made(n_bytes + LINE_BYTES, np.uint8)
    begin = -memory.ctypes.data % LINE_BYTES
    return memory[begin : begin + n_bytes].view(dtype).reshape(shape)
