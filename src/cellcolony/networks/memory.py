"""The memory that a network's computation works in; allocated once, before the loops."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower import aligned
from cellcolony.cells.lower.frame import N_FIELDS, Frame, as_array
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.networks.layout import Layout

Numbers = NDArray[np.floating]


class Memory(NamedTuple):
    """Flat arrays; rows are `Layout.stride` numbers long, those of the tape `tape_stride`.

    Attributes:
        y: Outputs of all nodes: `history` rows of the window before, then one row a step.
        s: Summed inputs, one row a step.
        tape: What the cells keep of the forward pass for the gradient.
        tape_stride: `Layout.tape_stride`, or 0 where nothing is kept.
        dy: The loss's gradient by y, one row for each step of a block.
        ds: The same by s, and `history` rows of the block after it.
        states: The cells' memories after the last step.
        carries: The gradient that flows back to the step before.
        weights, dweights: The cells' weights, spread over lanes, and their gradient.
        term_weights, dterm_weights: The weights of `Layout.terms`, and their gradient.
        pull_weights: The weights of `Layout.pulls`.
        frames: `(n_groups, N_FIELDS)`: where each group's numbers lie, see `cells.lower.frame`.
        backward: Whether gradients can be computed: 1 or 0.
    """

    y: Numbers
    s: Numbers
    tape: Numbers
    tape_stride: int
    dy: Numbers
    ds: Numbers
    states: Numbers
    carries: Numbers
    weights: Numbers
    dweights: Numbers
    term_weights: Numbers
    dterm_weights: Numbers
    pull_weights: Numbers
    frames: NDArray[np.int64]
    backward: int


def allocate(
    layout: Layout, n_steps: int, *, backward: bool, dtype: Precision = np.float32
) -> Memory:
    """Allocate the memory for windows of up to `n_steps` steps, zeroed.

    Args:
        layout: Where things lie.
        n_steps: The longest window.
        backward: Whether gradients will be computed.
        dtype: float32 or float64.
    """

    def zeros(n: int) -> Numbers:
        return aligned.zeros((n,), dtype)

    row, back = layout.stride, int(backward)
    memory = Memory(
        y=zeros((layout.history + n_steps) * row),
        s=zeros(n_steps * row),
        tape=zeros((n_steps if backward else 1) * layout.tape_stride),
        tape_stride=layout.tape_stride * back,
        dy=zeros(layout.block * row * back),
        ds=zeros((layout.block + layout.history) * row * back),
        states=zeros(layout.n_state_numbers),
        carries=zeros(layout.n_carry_numbers * back),
        weights=zeros(layout.n_cell_numbers),
        dweights=zeros(layout.n_cell_numbers * back),
        term_weights=zeros(layout.n_term_numbers),
        dterm_weights=zeros(layout.n_term_numbers * back),
        pull_weights=zeros(layout.n_pull_numbers * back),
        frames=np.zeros((0, N_FIELDS), np.int64),
        backward=back,
    )
    return memory._replace(frames=as_array([*_frames(layout, memory)]))


def _frames(layout: Layout, memory: Memory) -> Iterator[Frame]:
    def address(numbers: Numbers, place: int) -> int:
        return numbers.ctypes.data + place * numbers.itemsize

    first = layout.history * layout.stride  # where the row of the first step begins in y
    for slot, width, tape, weights, states, carries in layout.groups.tolist():
        yield Frame(
            width=width,
            stride=layout.stride,
            tape_stride=memory.tape_stride,
            weights=address(memory.weights, weights),
            s=address(memory.s, slot),
            y=address(memory.y, first + slot),
            states=address(memory.states, states),
            tape=address(memory.tape, tape),
            dy=address(memory.dy, slot),
            ds=address(memory.ds, slot),
            carries=address(memory.carries, carries),
            dweights=address(memory.dweights, weights),
        )
