"""Where the numbers of a group of nodes lie: what a compiled cell is called with.

A call brings a frame's address and two or three numbers, which registers hold. A dozen arguments
would go over the stack, which takes as long as a cell.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray


class Frame(NamedTuple):
    """The numbers of a group; for arrays, the address of the group's first number.

    Attributes:
        width: Numbers of the group in a row: nodes times lanes, in whole vectors.
        stride: Numbers in a row of `s`, `y`, `dy` and `ds`.
        tape_stride: Numbers in a row of the tape; 0 where nothing is kept.
        weights: `(n_weights, width)`.
        s: The summed inputs of step 0.
        y: The outputs of step 0; those of the step before lie a row ahead.
        states: `(n_states, width)`: the memories after the last step.
        tape: What is kept of step 0, `(n_tape, width)`.
        dy, ds: The loss's gradient by `y` and by `s`, at the first step of a block.
        carries: `(n_carries, width)`: the gradient that flows back to the step before.
        dweights: `(n_weights, width)`: the gradient by the weights, added to.
    """

    width: int
    stride: int
    tape_stride: int
    weights: int
    s: int
    y: int
    states: int
    tape: int
    dy: int = 0
    ds: int = 0
    carries: int = 0
    dweights: int = 0


N_FIELDS = len(Frame._fields)


def as_array(frames: Sequence[Frame]) -> NDArray[np.int64]:
    """Return frames as compiled code reads them, `(n_frames, N_FIELDS)`."""
    return np.array(frames, np.int64).reshape(-1, N_FIELDS)
