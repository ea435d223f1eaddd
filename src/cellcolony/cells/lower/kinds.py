"""The types of what compiled functions are called with.

Numbers and pointers have Numba's types, records NumPy's, and arrays an `ArrayKind`.
"""

from __future__ import annotations

from typing import Any, NamedTuple


class ArrayKind(NamedTuple):
    """The type of a contiguous array.

    Attributes:
        dtype: Numba's type of its elements.
        n_dimensions: How many dimensions it has.
    """

    dtype: Any
    n_dimensions: int
