"""Lists of instructions of all groups of a layer, put together for one compiled function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.formula import written
from cellcolony.cells.lower import aligned, compiled, instructions, simd
from cellcolony.cells.lower.instructions import Instructions, computing
from cellcolony.cells.lower.kernel_code import Precision, simd_form, simd_functions, simd_number
from cellcolony.cells.lower.simd import VECTOR

REGISTER_BYTES = 24 * 1024
"""The size of all registers together, which fits into a first-level cache of 32 KB."""
LONGEST_CHUNK = 256
"""The most numbers in a register; longer registers are not faster."""


@dataclass(frozen=True)
class Program:
    """What every group of a layer computes, as arrays for the compiled function.

    Attributes:
        instructions: `(instruction, 4)`, the lists one after the other.
        groups: `(group, 6)`: first and last instruction, number of units, units at once, rows at
            once, first constant.
        constants: `(n,)`, of that precision.
        n_registers: How many registers there must be.
        chunk: Numbers in a register.
    """

    instructions: NDArray[np.int64]
    groups: NDArray[np.int64]
    constants: NDArray[np.floating]
    n_registers: int
    chunk: int

    def registers(self) -> NDArray[np.floating]:
        """Return registers to work on; two threads must not share them."""
        return aligned.zeros((self.n_registers, self.chunk), self.constants.dtype.type)


def put_together(parts: Sequence[tuple[Instructions, int]], dtype: Precision) -> Program:
    """Join the lists of groups.

    Args:
        parts: Each group's list, and its number of units.
        dtype: float32, or float64 for checks of gradients.
    """
    n_registers = max(part.n_registers for part, _ in parts)
    room = REGISTER_BYTES // (np.dtype(dtype).itemsize * n_registers)
    chunk = max(VECTOR, min(room, LONGEST_CHUNK) // VECTOR * VECTOR)
    lines, groups, constants = [], [], []
    for part, n_units in parts:
        n_vectors = -(-n_units // VECTOR)
        n_pieces = -(-n_vectors * VECTOR // chunk)
        piece = -(-n_vectors // n_pieces) * VECTOR
        begin = len(lines)
        lines += part.lines
        groups.append((begin, len(lines), n_units, piece, chunk // piece, len(constants)))
        constants += part.constants
    return Program(
        np.array(lines, np.int64).reshape(-1, 4),
        np.array(groups, np.int64),
        np.array(constants, dtype),
        n_registers,
        chunk,
    )


@cache
def kernels(dtype: Precision = np.float32) -> ModuleType:
    """Return what `chunk_kernels.py` defines, for one precision; it compiles when first used.

    The copy has a loop for each of `instructions.computing`.
    """
    path, loops = Path(__file__).with_name("chunk_kernels.py"), _loops()
    more = f"{loops}\n\nfrom {simd.__name__} import {', '.join(simd_functions(loops))}\n"
    depends_on = [Path(simd.__file__), Path(instructions.__file__)]
    return compiled.load_copy(path, dtype, depends_on, more=more)


def _loops() -> str:
    """Return the body of `chunk_kernels.compute`."""
    registers = "load(a, i)", "load(b, i)"
    lines = ["zero, one = splat(REAL(0)), splat(REAL(1))"]
    for number, (code, (formula, operands)) in enumerate(computing().items()):
        names = dict(zip(operands, registers, strict=False))
        lines += [
            f"{'elif' if number else 'if'} code == {code}:",
            "    for i in range(0, n, VECTOR):",
            f"        store(r, i, {written(formula, names, simd_form, simd_number)})",
        ]
    return "".join(f"    {line}\n" for line in lines)
