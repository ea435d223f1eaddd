"""A dense layer's windows on a GPU as a function whose gradient torch asks for."""

# pyright: reportMissingImports=false

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from cellcolony.layers.cuda import Given, GpuWindows
from cellcolony.layers.cuda_graph import RecordedWindow, Recorder, record
from cellcolony.layers.layout import Layout
from cellcolony.layers.on_gpu import OnGpu

MOST_RECORDED = 6
"""Shapes of windows that are kept recorded; each holds the memory of a window."""


class GpuLayer:
    """Windows of a layer on a GPU; those whose shapes repeat are recorded and replayed.

    Args:
        layout: The layer, and where everything stands.
        settings: How it computes.
        recorder: What records.

    Raises:
        ConfigError: Triton is not installed.
    """

    def __init__(self, layout: Layout, settings: OnGpu, recorder: Recorder = record) -> None:
        self._windows = GpuWindows(layout, settings)
        self._recorder = recorder
        # By shape, the one used last at the end; None where it was met once.
        self._recorded: dict[Hashable, RecordedWindow | None] = {}

    def __reduce__(self) -> tuple[type[GpuLayer], tuple[Any, ...]]:
        # A copy of the layer records anew: graphs work on memory of their own.
        return GpuLayer, (self._windows.layout, self._windows.settings, self._recorder)

    def window(self, given: Given) -> tuple[Tensor, Tensor, Tensor]:
        """Compute a window; returns the outputs of all steps, the last one's, and the memory."""
        trained = (part for part in given if part is not None and part.requires_grad)
        wants_gradient = torch.is_grad_enabled() and any(True for _ in trained)
        return _Window.apply(self, wants_gradient, *given)

    def computing(
        self, given: Given, wants_gradient: bool, wants_dx: bool
    ) -> GpuWindows | RecordedWindow:
        """Return what computes windows of these shapes."""
        x = given.x
        recording = x.is_cuda and torch.cuda.is_current_stream_capturing()
        if recording or not self._windows.settings.graphs:
            return self._windows
        modes = wants_gradient, wants_dx, torch.is_inference_mode_enabled()
        key = x.shape, x.dtype, x.device, given.mask is None, modes
        if key not in self._recorded:
            found = None
        else:
            found = self._recorded.pop(key) or RecordedWindow(
                self._windows, given, wants_gradient, wants_dx, self._recorder
            )
        self._recorded[key] = found  # at the end
        while len(self._recorded) > MOST_RECORDED:
            del self._recorded[next(iter(self._recorded))]
        return found or self._windows


class _Window(torch.autograd.Function):
    @staticmethod
    def forward(
        ctx: Any, layer: GpuLayer, wants_gradient: bool, *given: Tensor | None
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(*given)
        contiguous = _contiguous(given)
        with torch.cuda.device_of(contiguous.x):
            ctx.computing = layer.computing(contiguous, wants_gradient, ctx.needs_input_grad[2])
            ctx.tape = tape = ctx.computing.forward(contiguous)
            # Copies: a tape may be used again, and what is returned be changed.
            outputs = tape.ys[1:].clone()
            after = outputs[-1].clone(), tape.memories[-1].clone()
        ctx.mark_non_differentiable(*after)
        return outputs, *after

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *gradients: Tensor
    ) -> tuple[Tensor | None, ...]:
        given = ctx.saved_tensors  # torch raises an error here if one of them was changed
        computing, tape, ctx.tape = ctx.computing, ctx.tape, None
        with torch.cuda.device_of(gradients[0]):
            # A second time, where the graph was retained, or recorded memory that is used again.
            if tape is None or not computing.holds(tape):
                tape = computing.forward(_contiguous(given))
            wants_dx = ctx.needs_input_grad[2]
            gradient = computing.backward(tape, gradients[0].contiguous(), wants_dx)
        return None, None, *gradient, None, None, None


def _contiguous(given: tuple[Tensor | None, ...]) -> Given:
    parts = (None if part is None else part.detach().contiguous() for part in given)
    return Given._make(parts)
