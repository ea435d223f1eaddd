"""A window of time through a dense layer, forward and back, on NumPy arrays.

The input's projections of all steps are one product of matrices, and so is each gradient by the
weights. What is left in a step is one product for the recurrent projections, and the cells.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower import aligned, chunks, compiled, simd
from cellcolony.cells.lower.instructions import Array
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.layers import products
from cellcolony.layers.layout import Layout, programs

Reals = NDArray[np.floating]


class Weights(NamedTuple):
    """A layer's trainable numbers, or a gradient by them.

    Attributes:
        x: `(projections of the input, inputs)`.
        h: `(projections of the output, units)`.
        params: `(params,)`.
    """

    x: Reals
    h: Reals
    params: Reals


class State(NamedTuple):
    """What a layer carries from one window to the next.

    Attributes:
        y: `(batch, units)`, the output.
        memory: `(batch, memory)`, the states that are not simply the output.
    """

    y: Reals
    memory: Reals


@dataclass(frozen=True)
class Tape:
    """What a window leaves for its gradient.

    Attributes:
        x: `(time, batch, inputs)`, as it was given.
        weights: As they were given.
        mask: As it was given.
        z: `(time, batch, columns)`, the projections.
        ys: `(1 + time, batch, units)`, the output, and in front that before the first step.
        seen: The same times the mask.
        memories: `(1 + time, batch, memory)`, likewise.
    """

    x: Reals
    weights: Weights
    mask: Reals | None
    z: Reals
    ys: Reals
    seen: Reals
    memories: Reals

    @property
    def y(self) -> Reals:
        """The output of every step: `(time, batch, units)`."""
        return self.ys[1:]

    @property
    def state(self) -> State:
        """What is carried to the next window."""
        return State(self.ys[-1].copy(), self.memories[-1].copy())


class Windows:
    """A layer's windows, in one precision. It holds no weights, and may be used in many threads.

    Args:
        layout: The layer, and where everything stands.
        dtype: float32, or float64 for checks of gradients.
    """

    def __init__(self, layout: Layout, dtype: Precision = np.float32) -> None:
        self.layout = layout
        self.dtype = dtype
        self._programs = {masked: programs(layout, masked, dtype) for masked in (False, True)}

    def forward(self, x: Reals, weights: Weights, state: State, mask: Reals | None = None) -> Tape:
        """Compute all steps of a window.

        All arrays must be contiguous and of the precision; kernels do not look.

        Args:
            x: `(time, batch, inputs)`.
            weights: The weights.
            state: What the window before left.
            mask: `(batch, units)`, what h(k) sees of the output is multiplied by it in every step.
        """
        n_steps = len(x)
        self._check(x, weights, state, mask)
        ys, memories = _after(state.y, n_steps), _after(state.memory, n_steps)
        seen = ys if mask is None else _after(state.y * mask, n_steps)
        z = aligned.empty((*x.shape[:2], self.layout.n_columns), self.dtype)
        arrays = {
            Array.PARAMS: weights.params,
            Array.PROJECTIONS: z,
            Array.MEMORY: memories,
            Array.OUTPUT_BEFORE: ys,
            Array.NEXT_MEMORY: memories[1:],
            Array.OUTPUT: ys[1:],
        }
        if mask is not None:
            arrays |= {Array.MASK: mask, Array.SEEN_OUTPUT: seen[1:]}
        program = self._programs[mask is not None][0]
        _kernels(self.dtype).forward(
            self._sizes(x),
            (program.instructions, program.groups, program.constants),
            program.registers(),
            *_addresses(arrays, n_steps),
            (x, weights.x, weights.h, z, seen, *self._room(x)),
        )
        return Tape(x, weights, mask, z, ys, seen, memories)

    def backward(self, tape: Tape, dy: Reals, wants_dx: bool = True) -> tuple[Weights, Reals]:
        """Take a window's gradient back; none flows into the state that it began with.

        Args:
            tape: What `forward` returned. It can be used once: its projections are replaced by
                the gradient by them, which spares memory that would not fit into the cache.
            dy: `(time, batch, units)`, the gradient by the output of every step; contiguous.
            wants_dx: Whether the gradient by the input is needed.

        Returns:
            The gradient by the weights, and by the input; empty if it is not needed.
        """
        x, weights, mask = tape.x, tape.weights, tape.mask
        n_steps, batch, _ = x.shape
        n_units = self.layout.layer.n_units
        assert _is(dy, (n_steps, batch, n_units), self.dtype)
        gradient = Weights(
            aligned.empty(weights.x.shape, self.dtype),
            aligned.empty(weights.h.shape, self.dtype),
            aligned.zeros(weights.params.shape, self.dtype),
        )
        dx = aligned.empty(x.shape if wants_dx else (0,), self.dtype)
        d_seen, d_before = aligned.zeros((2, batch, n_units), self.dtype)
        d_memory = aligned.zeros((batch, self.layout.n_memory), self.dtype)
        arrays = {
            Array.PARAMS: weights.params,
            Array.PROJECTIONS: tape.z,
            Array.MEMORY: tape.memories,
            Array.OUTPUT_BEFORE: tape.ys,
            Array.D_PARAMS: gradient.params,
            Array.D_PROJECTIONS: tape.z,
            Array.D_MEMORY: d_memory,
            Array.D_OUTPUT: dy,
            Array.D_SEEN_OUTPUT: d_seen,
            Array.D_OUTPUT_BEFORE: d_before,
        }
        if mask is not None:
            arrays[Array.MASK] = mask
        program = self._programs[mask is not None][1]
        _kernels(self.dtype).backward(
            self._sizes(x),
            (program.instructions, program.groups, program.constants),
            program.registers(),
            *_addresses(arrays, n_steps),
            (x, weights.x, weights.h, tape.seen, *self._room(x)),
            (dx, gradient.x, gradient.h, tape.z, d_seen),
        )
        return gradient, dx

    def _check(self, x: Reals, weights: Weights, state: State, mask: Reals | None) -> None:
        layout, dtype = self.layout, self.dtype
        _, batch, n_inputs = x.shape
        n_units = layout.layer.n_units
        assert _is(x, x.shape, dtype)
        assert _is(weights.x, (layout.n_of_input, n_inputs), dtype)
        assert _is(weights.h, (layout.n_of_output, n_units), dtype)
        assert _is(weights.params, (layout.n_params,), dtype)
        assert _is(state.y, (batch, n_units), dtype)
        assert _is(state.memory, (batch, layout.n_memory), dtype)
        assert mask is None or _is(mask, (batch, n_units), dtype)

    def _sizes(self, x: Reals) -> tuple[int, ...]:
        """Return steps, batch, inputs, units, columns, columns of the input and of the output."""
        layout = self.layout
        of_both = layout.n_of_input, layout.n_of_output
        return (*x.shape, layout.layer.n_units, layout.n_columns, *of_both)

    def _room(self, x: Reals) -> tuple[Reals, Reals]:
        """Return memory for the packed factor and for the scratch of products."""
        n_steps, batch, n_inputs = x.shape
        layout, rows = self.layout, n_steps * batch
        sides = (n_inputs, layout.n_of_input), (layout.layer.n_units, layout.n_of_output)
        packed = max(
            products.packed_size(depth, n)
            for width, height in sides
            for depth, n in ((width, height), (height, width), (rows, width))
        )
        scratch = products.scratch_size(rows)
        return aligned.empty((packed,), self.dtype), aligned.empty((scratch,), self.dtype)


def _is(array: Reals, shape: tuple[int, ...], dtype: Precision) -> bool:
    return array.shape == shape and array.dtype == dtype and array.flags.c_contiguous


def _after(first: Reals, n_steps: int) -> Reals:
    """Return room for what follows on `first`, which stands in front: (1 + steps, ...)."""
    rows = aligned.empty((n_steps + 1, *first.shape), first.dtype.type)
    rows[0] = first
    return rows


def _addresses(
    arrays: Mapping[Array, Reals], n_steps: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return where each array's rows begin in each step, and how far apart they lie.

    Arrays are (time, batch, numbers); the same in all steps: (batch, numbers); or of all members of
    the batch: (numbers,).
    """
    addresses = np.zeros((n_steps, len(Array)), np.int64)
    strides = np.zeros(len(Array), np.int64)
    for array, numbers in arrays.items():
        a_step = numbers.strides[0] if numbers.ndim == 3 else 0
        addresses[:, array] = numbers.ctypes.data + a_step * np.arange(n_steps)
        strides[array] = numbers.shape[-1] if numbers.ndim > 1 else 0
    return addresses, strides


@cache
def _kernels(dtype: Precision) -> ModuleType:
    """Return what `window_kernels.py` defines, for one precision; it compiles when first used."""
    imports = {
        "cellcolony.cells.lower.chunk_kernels": chunks.kernels(dtype),
        "cellcolony.layers.products": products.products(dtype),
    }
    path = Path(__file__).with_name("window_kernels.py")
    return compiled.load_copy(path, dtype, [Path(simd.__file__)], imports)
