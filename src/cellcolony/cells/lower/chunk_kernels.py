"""The compiled function that runs lists of instructions (`instructions.py`) on chunks in the cache.

It runs from a copy in the cache folder, one for each precision: see `chunks.py`. It allocates
nothing, and may run in several threads on registers of their own.
"""

from __future__ import annotations

from numba import njit, types

from cellcolony.cells.lower.instructions import Code
from cellcolony.cells.lower.simd import (
    OPTIONS,
    VECTOR,
    float32s,
    float64s,
    load,
    prefetch,
    splat,
    store,
)

REAL = types.float32  # the copy for checks says float64
reals = float32s if types.float32 == REAL else float64s

KERNEL = {"nogil": True, "cache": True, **OPTIONS}

# Numba compiles numbers in, but not the members of an enumeration.
LOAD, STORE, ACCUMULATE = int(Code.LOAD), int(Code.STORE), int(Code.ACCUMULATE)
NUMBER = int(Code.NUMBER)


@njit(**KERNEL)
def run(instructions, groups, constants, registers, addresses, strides, n_rows, t):
    """Run each group's list on all of its units, in all rows of the arrays of step t.

    instructions: (instruction, 4) as in `Instruction`; registers: (n, chunk) real
    groups: (group, 6), see `chunks.Program`; constants: (n,) real
    addresses: (step, array) where the first rows begin; strides: (array,) numbers between rows
    """
    # Read once: in the innermost loop it would count references to the array.
    first_register = registers.ctypes.data
    size = registers.shape[1] * registers.itemsize
    for group in range(groups.shape[0]):
        first, last = groups[group, 0], groups[group, 1]
        n_units, piece, rows_at_once = groups[group, 2], groups[group, 3], groups[group, 4]
        numbers = groups[group, 5]
        for unit in range(0, n_units, piece):
            width = min(piece, n_units - unit)
            for row in range(0, n_rows, rows_at_once):
                rows = min(rows_at_once, n_rows - row)
                for k in range(first, last):
                    code, r = instructions[k, 0], instructions[k, 1]
                    a, b = instructions[k, 2], instructions[k, 3]
                    mine = reals(first_register + r * size)
                    if code in (LOAD, STORE, ACCUMULATE):
                        at = b + unit + row * strides[a]
                        move(code, mine, reals(addresses[t, a]), at, strides[a], rows, width)
                    elif code == NUMBER:
                        fill(mine, constants[numbers + a], rows * padded(width))
                    else:
                        one = reals(first_register + a * size)
                        two = reals(first_register + b * size)
                        compute(code, mine, one, two, rows * padded(width))


@njit(**KERNEL)
def padded(width):
    """Round up to whole vectors."""
    return (width + VECTOR - 1) // VECTOR * VECTOR


@njit(**KERNEL)
def fill(register, number, n):
    """Write one number to all places of a register."""
    everywhere = splat(number)
    for i in range(0, n, VECTOR):
        store(register, i, everywhere)


@njit(**KERNEL)
def move(code, register, array, at, stride, rows, width):
    """Move numbers between a register, rows of whole vectors, and an array's rows from `at`."""
    whole = width // VECTOR * VECTOR
    apart = padded(width)
    for row in range(rows):
        there, here = at + row * stride, row * apart
        if code == LOAD:
            for i in range(0, whole, VECTOR):
                prefetch(array, there + i + rows * stride)
                store(register, here + i, load(array, there + i))
            for i in range(whole, width):
                register[here + i] = array[there + i]
        elif code == STORE:
            for i in range(0, whole, VECTOR):
                store(array, there + i, load(register, here + i))
            for i in range(whole, width):
                array[there + i] = register[here + i]
        else:
            for i in range(0, whole, VECTOR):
                store(array, there + i, load(array, there + i) + load(register, here + i))
            for i in range(whole, width):
                array[there + i] += register[here + i]


@njit(**KERNEL)
def compute(code, r, a, b, n):
    """Compute n numbers of register r from those of a and b; `chunks.py` writes the loops."""
