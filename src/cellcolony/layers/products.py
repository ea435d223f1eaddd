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

from cellcolony.cells.lower import compiled, simd
from cellcolony.cells.lower.numba import Precision
from cellcolony.cells.lower.simd import VECTOR

VECTORS = 2
PANEL = VECTORS * VECTOR
"""Columns in a panel."""
MOST_ROWS = 10 if VECTOR == 16 else 6
"""Rows of a block: each takes `VECTORS` vectors, and all must stay in registers."""

_HEADER = '''"""Products of matrices, {dtype}: written by cellcolony.layers.products."""

from numba import njit, types

from cellcolony.cells.lower.simd import (
    OPTIONS, VECTOR, broadcast, load, pointer, splat, store,
)

REAL = types.{dtype}
PANEL, MOST_ROWS = {panel}, {most_rows}
KERNEL = {{"nogil": True, "cache": True, **OPTIONS}}

'''

_LOOPS = '''
@njit(**KERNEL)
def multiply(n_rows, n_columns, depth, a, row, step, packed, c, c_row, add, scratch):
    """C = A B, or C += A B where `add` is set.

    a[i * row + k * step] is A's element (i, k), c[i * c_row + j] is C's (i, j). `packed` holds B as
    `pack` wrote it, `scratch` has `scratch_size` numbers.
    """
    n_blocks = (n_rows + MOST_ROWS - 1) // MOST_ROWS
    n_panels = (n_columns + PANEL - 1) // PANEL
    gathers = step != 1
    # Whatever is dearer to fetch again stays: a block's gathered rows, or else a panel.
    n_outer, n_inner = (n_blocks, n_panels) if gathers else (n_panels, n_blocks)
    gathered = pointer(scratch, MOST_ROWS * PANEL)
    for outer in range(n_outer):
        for inner in range(n_inner):
            nth, panel = (outer, inner) if gathers else (inner, outer)
            begin, end = n_rows * nth // n_blocks, n_rows * (nth + 1) // n_blocks
            rows, j = end - begin, panel * PANEL
            factor, f_row, f_step = pointer(a, begin * row), row, step
            if gathers:
                if inner == 0:
                    gather(rows, n_rows - begin, depth, factor, row, step, gathered)
                factor, f_row, f_step = gathered, 1, VECTOR
            width, result = min(PANEL, n_columns - j), pointer(c, begin * c_row + j)
            whole = width == PANEL
            target, t_row = (result, c_row) if whole else (scratch, PANEL)
            adds = add and whole
            b = pointer(packed, j * depth)
            block(rows, width, depth, factor, f_row, f_step, b, target, t_row, adds)
            if not whole:
                for i in range(rows):
                    for k in range(width):
                        before = result[i * c_row + k] if add else REAL(0)
                        result[i * c_row + k] = before + scratch[i * PANEL + k]


@njit(**KERNEL)
def gather(rows, left, depth, a, row, step, gathered):
    """Copy some of A's rows that are left, so that what a block needs at once is neighbours."""
    for k in range(depth):
        if row == 1 and left >= VECTOR:
            store(gathered, k * VECTOR, load(a, k * step))
        else:
            for i in range(rows):
                gathered[k * VECTOR + i] = a[i * row + k * step]


@njit(**KERNEL)
def pack(depth, n_columns, b, step, column, packed):
    """Write B, whose element (k, j) is b[k * step + j * column], as panels."""
    for j in range(0, n_columns, PANEL):
        width, panel = min(PANEL, n_columns - j), pointer(packed, j * depth)
        for k in range(depth):
            if width == PANEL and column == 1:
                for i in range(0, PANEL, VECTOR):
                    store(panel, k * PANEL + i, load(b, k * step + j + i))
            else:
                for i in range(width):
                    panel[k * PANEL + i] = b[k * step + (j + i) * column]
                for i in range(width, PANEL):
                    panel[k * PANEL + i] = REAL(0)
'''


@cache
def products(dtype: Precision = np.float32) -> ModuleType:
    """Return `multiply` and `pack` for one precision; they compile when they are first used."""
    name = np.dtype(dtype).name
    return compiled.load(f"products_{name}", generate(dtype), [Path(simd.__file__)])


def generate(dtype: Precision = np.float32) -> str:
    """Return the source of the module."""
    header = _HEADER.format(dtype=np.dtype(dtype).name, panel=PANEL, most_rows=MOST_ROWS)
    sizes = [(n, vectors) for vectors in (1, VECTORS) for n in range(1, MOST_ROWS + 1)]
    blocks = "\n\n".join(_block(*size) for size in sizes)
    return "\n".join([header, blocks, "", _choice(), _LOOPS])


def scratch_size(depth: int) -> int:
    """Return how many numbers `multiply` needs for its scratch."""
    return MOST_ROWS * PANEL + VECTOR * depth


def packed_size(depth: int, n_columns: int) -> int:
    """Return how many numbers a packed matrix takes."""
    return depth * (-(-n_columns // PANEL) * PANEL)


def _block(n_rows: int, vectors: int) -> str:
    """Return a function that computes a block of rows of so many vectors, all in registers."""
    places = [(i, j) for i in range(n_rows) for j in range(vectors)]
    lines = [
        "@njit(**KERNEL)",
        f"def block{n_rows}_{vectors}(depth, a, row, step, panel, c, c_row, add):",
        "    zero = splat(REAL(0))",
        *(f"    c{i}_{j} = zero" for i, j in places),
        "    for k in range(depth):",
        "        at = k * step",
        *(f"        b{j} = load(panel, k * PANEL + {j} * VECTOR)" for j in range(vectors)),
    ]
    for i in range(n_rows):
        lines.append(f"        a{i} = broadcast(a, at + {i} * row)")
        lines += [f"        c{i}_{j} = c{i}_{j} + a{i} * b{j}" for j in range(vectors)]
    lines.append("    if add:")
    for i, j in places:
        lines.append(f"        c{i}_{j} = c{i}_{j} + load(c, {i} * c_row + {j} * VECTOR)")
    lines += [f"    store(c, {i} * c_row + {j} * VECTOR, c{i}_{j})" for i, j in places]
    return "\n".join(lines) + "\n"


def _choice() -> str:
    arguments = "depth, a, row, step, panel, c, c_row, add"
    lines = ["@njit(**KERNEL)", f"def block(rows, width, {arguments}):"]
    for vectors, condition in ((1, "if width <= VECTOR:"), (VECTORS, "else:")):
        lines.append(f"    {condition}")
        for n in range(MOST_ROWS, 0, -1):
            lines.append(f"        {'if' if n == MOST_ROWS else 'elif'} rows == {n}:")
            lines.append(f"            block{n}_{vectors}({arguments})")
    return "\n".join(lines) + "\n"
