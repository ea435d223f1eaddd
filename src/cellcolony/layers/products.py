"""Products of matrices whose right factor is packed once and used many times.

A recurrent layer multiplies by the same weights in every step, a few rows at a time. No library
that Python reaches keeps weights packed between calls, and without that such a product runs at half
of the machine's speed; so this one is generated here. The right factor is cut into panels of
`PANEL` columns, each stored row after row; a *block* is some rows of the result in one panel, which
stay in vector registers while the sum runs over the depth (Goto & van de Geijn 2008).
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np

from cellcolony.cells.lower import compiled, simd, templates
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.cells.lower.simd import VECTOR

VECTORS = 2
PANEL = VECTORS * VECTOR
"""Columns in a panel."""
MOST_ROWS = 10 if VECTOR == 16 else 6
"""Rows of a block: each takes `VECTORS` vectors, and all must stay in registers."""


@cache
def products(dtype: Precision = np.float32) -> ModuleType:
    """Return `multiply` and `pack` for one precision; they compile when they are first used."""
    name = np.dtype(dtype).name
    return compiled.load(f"products_{name}", generate(dtype), [Path(simd.__file__)])


def generate(dtype: Precision = np.float32) -> str:
    """Return the source of the module."""
    return templates.filled(
        "cellcolony.layers",
        "products",
        dtype=np.dtype(dtype).name,
        PANEL=PANEL,
        VECTORS=VECTORS,
        MOST_ROWS=MOST_ROWS,
    )


def scratch_size(depth: int) -> int:
    """Return how many numbers `multiply` needs for its scratch."""
    return MOST_ROWS * PANEL + VECTOR * depth


def packed_size(depth: int, n_columns: int) -> int:
    """Return how many numbers a packed matrix takes."""
    return depth * (-(-n_columns // PANEL) * PANEL)
