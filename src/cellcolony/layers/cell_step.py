"""One step of a layer's cells, forward and back, on NumPy arrays: projections in, outputs out.

`window.py` takes a whole window at once, its products included. Where a step is more than that
(`stepped.py`), its cells are computed alone, by the same lists of instructions.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower import chunks
from cellcolony.cells.lower.chunks import Program
from cellcolony.cells.lower.instructions import Array
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.layers.layout import Layout, programs

Reals = NDArray[np.floating]


class StepGiven(NamedTuple):
    """What a step begins with; all arrays contiguous and of one precision.

    Attributes:
        z: `(batch, columns)`, the projections.
        y: `(batch, units)`, the output of the step before.
        memory: `(batch, memory)`, the states of the step before that are not simply the output.
        params: `(params,)`.
    """

    z: Reals
    y: Reals
    memory: Reals
    params: Reals


class CellSteps:
    """Steps of a layer's cells, in one precision. It may be used in many threads.

    Args:
        layout: The layer, and where everything stands.
        dtype: float32, or float64 for checks of gradients.
    """

    def __init__(self, layout: Layout, dtype: Precision) -> None:
        self._layout = layout
        self._dtype = dtype
        self._forward, self._reverse = programs(layout, False, dtype)
        self._unread = [
            layout.memory(number, name)
            for number, group in enumerate(layout.layer.groups)
            for name in group.cell.own_states()
            if name not in {leaf.value for leaf in group.cell.leaves("state")}
        ]

    def forward(self, given: StepGiven) -> tuple[Reals, Reals]:
        """Return the outputs, and the memory after the step."""
        z, y, memory, params = given
        assert z.shape == (len(y), self._layout.n_columns)
        y_after, memory_after = np.empty_like(y), np.empty_like(memory)
        arrays = {
            Array.PARAMS: params,
            Array.PROJECTIONS: z,
            Array.MEMORY: memory,
            Array.OUTPUT_BEFORE: y,
            Array.NEXT_MEMORY: memory_after,
            Array.OUTPUT: y_after,
        }
        self._run(self._forward, arrays, len(y))
        return y_after, memory_after

    def backward(self, given: StepGiven, dy: Reals, d_memory: Reals) -> StepGiven:
        """Return the gradient by what was given.

        Args:
            given: What the step began with.
            dy: `(batch, units)`, the gradient by the outputs.
            d_memory: `(batch, memory)`, the gradient by the memory after the step.
        """
        z, y, memory, params = given
        gradient = StepGiven(
            np.empty_like(z), np.zeros_like(y), d_memory.copy(), np.zeros_like(params)
        )
        arrays = {
            Array.PARAMS: params,
            Array.PROJECTIONS: z,
            Array.MEMORY: memory,
            Array.OUTPUT_BEFORE: y,
            Array.D_PARAMS: gradient.params,
            Array.D_PROJECTIONS: gradient.z,
            Array.D_MEMORY: gradient.memory,
            Array.D_OUTPUT: dy,
            Array.D_SEEN_OUTPUT: np.zeros_like(y),  # it flows through the projections instead
            Array.D_OUTPUT_BEFORE: gradient.y,
        }
        self._run(self._reverse, arrays, len(y))
        for place in self._unread:  # its gradient is not replaced
            gradient.memory[:, place] = 0.0
        return gradient

    def _run(self, program: Program, arrays: Mapping[Array, Reals], batch: int) -> None:
        addresses = np.zeros((1, len(Array)), np.int64)
        strides = np.zeros(len(Array), np.int64)
        for array, numbers in arrays.items():
            assert numbers.dtype == self._dtype
            assert numbers.flags.c_contiguous
            addresses[0, array] = numbers.ctypes.data
            strides[array] = numbers.shape[1] if numbers.ndim > 1 else 0
        chunks.kernels(self._dtype).run(
            program.instructions, program.groups, program.constants, program.registers(),
            addresses, strides, batch, 0,
        )  # fmt: skip
