"""A window that is recorded once on a GPU, forward and back, and then replayed as a whole.

Started step by step from Python, a window of 35 steps waits for Python most of the time. A CUDA
graph starts all its kernels at once, on the memory that they were recorded with: what is given is
copied there first.
"""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import torch
from torch import Tensor

from cellcolony.layers.cuda import Given, GpuWindows, Gradient, Tape

T = TypeVar("T")


def record(compute: Callable[[], T]) -> tuple[T, Callable[[], None]]:
    """Record what a function does on the current GPU.

    Args:
        compute: Works on tensors that stay where they are, and waits for nothing.

    Returns:
        What it returned; and a function that computes this anew, in the same memory. Before that is
        called for the first time, its numbers mean nothing.
    """
    here, side = torch.cuda.current_stream(), torch.cuda.Stream()
    side.wait_stream(here)
    with torch.cuda.stream(side):
        compute()  # compiles kernels and sets up libraries, which cannot be recorded
    here.wait_stream(side)
    graph = torch.cuda.CUDAGraph()
    # Other threads may go on working: those that load data, for instance.
    with torch.cuda.graph(graph, capture_error_mode="thread_local"):
        result = compute()
    return result, graph.replay


Recorder = Callable[[Callable[[], T]], tuple[T, Callable[[], None]]]


class RecordedWindow:
    """Windows of one shape.

    Args:
        windows: Computes them.
        given: What the first one begins with; others have the same shapes.
        wants_gradient: Whether `backward` will be called.
        wants_dx: Whether the gradient by the input is needed.
        recorder: What records.
    """

    def __init__(
        self,
        windows: GpuWindows,
        given: Given,
        wants_gradient: bool,
        wants_dx: bool,
        recorder: Recorder = record,
    ) -> None:
        self._given = Given._make(None if part is None else part.clone() for part in given)
        self._tape: Tape
        self._tape, self._replay = recorder(lambda: windows.forward(self._given))
        if wants_gradient:
            self._dy = torch.zeros_like(self._tape.ys[1:])
            self._gradient: Gradient
            self._gradient, self._replay_back = recorder(
                lambda: windows.backward(self._tape, self._dy, wants_dx)
            )

    def forward(self, given: Given) -> Tape:
        """Compute all steps of a window; the tape holds until the next call."""
        for mine, theirs in zip(self._given, given, strict=True):
            if mine is not None and theirs is not None:
                mine.copy_(theirs)
        self._replay()
        self._tape = replace(self._tape)  # the same tensors, another tape
        return self._tape

    def holds(self, tape: Tape) -> bool:
        """Say whether a tape still is what `forward` made."""
        return tape is self._tape

    def backward(self, tape: Tape, dy: Tensor, wants_dx: bool = True) -> Gradient:
        """Take a window's gradient back; `tape` must hold, and `wants_dx` be as it was recorded."""
        assert self.holds(tape)
        assert wants_dx == (self._gradient.x is not None)
        self._dy.copy_(dy)
        self._replay_back()
        return Gradient._make(None if part is None else part.clone() for part in self._gradient)
