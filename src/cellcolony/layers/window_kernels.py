"""The compiled loops of a dense layer: one window of time forward, and back.

They run from a copy in the cache folder, one for each precision: see `window.py`. They allocate
nothing, and may run in several threads on memory of their own. Arrays lie as
`window.py` says.
"""

from __future__ import annotations

from numba import njit, types

from cellcolony.cells.lower.chunk_kernels import run
from cellcolony.cells.lower.simd import OPTIONS, float32s, float64s, pointer
from cellcolony.layers.products import multiply, pack  # pyright: ignore[reportAttributeAccessIssue]

REAL = types.float32  # the copy for checks says float64
reals = float32s if types.float32 == REAL else float64s

KERNEL = {"nogil": True, "cache": True, **OPTIONS}


@njit(**KERNEL)
def forward(sizes, program, registers, addresses, strides, arrays):
    """Compute all steps of a window."""
    instructions, groups, constants = program
    x, weights_x, weights_h, z, seen, packed, scratch = arrays
    n_steps, batch, n_inputs, n_units, columns, n_of_input, n_of_output = sizes
    z, seen, packed = reals(z.ctypes.data), reals(seen.ctypes.data), reals(packed.ctypes.data)
    scratch = reals(scratch.ctypes.data)

    depth, n = n_inputs, n_of_input
    pack(depth, n, reals(weights_x.ctypes.data), 1, depth, packed)
    rows = n_steps * batch
    multiply(rows, n, depth, reals(x.ctypes.data), depth, 1, packed, z, columns, False, scratch)
    for row in range(rows):  # what only the output is projected to
        for column in range(n, columns):
            z[row * columns + column] = REAL(0)

    depth, n = n_units, n_of_output
    pack(depth, n, reals(weights_h.ctypes.data), 1, depth, packed)
    for t in range(n_steps):
        h = pointer(seen, t * batch * depth)
        target = pointer(z, t * batch * columns + columns - n)
        multiply(batch, n, depth, h, depth, 1, packed, target, columns, True, scratch)
        run(instructions, groups, constants, registers, addresses, strides, batch, t)


@njit(**KERNEL)
def backward(sizes, program, registers, addresses, strides, arrays, gradients):
    """Take a window's gradient back, from the last step to the first."""
    instructions, groups, constants = program
    x, weights_x, weights_h, seen, packed, scratch = arrays
    dx, dweights_x, dweights_h, dz, d_seen = gradients
    n_steps, batch, n_inputs, n_units, columns, n_of_input, n_of_output = sizes
    dz, packed = reals(dz.ctypes.data), reals(packed.ctypes.data)
    scratch = reals(scratch.ctypes.data)
    rows = n_steps * batch

    width, n = n_units, n_of_output
    of_output = pointer(dz, columns - n)
    pack(n, width, reals(weights_h.ctypes.data), width, 1, packed)
    d_seen = reals(d_seen.ctypes.data)
    for t in range(n_steps - 1, -1, -1):
        run(instructions, groups, constants, registers, addresses, strides, batch, t)
        if n > 0 and t > 0:
            source = pointer(of_output, t * batch * columns)
            multiply(batch, width, n, source, columns, 1, packed, d_seen, width, False, scratch)
    pack(rows, width, reals(seen.ctypes.data), width, 1, packed)
    target = reals(dweights_h.ctypes.data)
    multiply(n, width, rows, of_output, 1, columns, packed, target, width, False, scratch)

    width, n = n_inputs, n_of_input
    pack(rows, width, reals(x.ctypes.data), width, 1, packed)
    target = reals(dweights_x.ctypes.data)
    multiply(n, width, rows, dz, 1, columns, packed, target, width, False, scratch)
    if dx.size:
        pack(n, width, reals(weights_x.ctypes.data), width, 1, packed)
        target = reals(dx.ctypes.data)
        multiply(rows, width, n, dz, columns, 1, packed, target, width, False, scratch)
