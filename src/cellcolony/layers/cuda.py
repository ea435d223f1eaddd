"""A window of time through a dense layer, forward and back, on tensors of a GPU.

As in `window.py` the input's projections of all steps are one product of matrices, and so is each
gradient by the weights; a step is one product for the recurrent projections, and one kernel for
each group of cells (`cells.lower.cuda`). All but the recording of graphs also runs on tensors of
the CPU, under Triton's interpreter.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from functools import cache
from itertools import cycle
from typing import NamedTuple

import torch
from torch import Tensor

from cellcolony.cells.lower import cuda
from cellcolony.cells.lower.instructions import Array
from cellcolony.errors import ConfigError
from cellcolony.layers.layout import Layout
from cellcolony.layers.on_gpu import OnGpu


class Given(NamedTuple):
    """What a window begins with; shapes as in `window.py`, all of one type on one device."""

    x: Tensor
    weights_x: Tensor
    weights_h: Tensor
    params: Tensor
    y: Tensor
    memory: Tensor
    mask: Tensor | None


class Gradient(NamedTuple):
    """The gradient by what was given; by x it is None where nobody wants it."""

    x: Tensor | None
    weights_x: Tensor
    weights_h: Tensor
    params: Tensor


@dataclass(frozen=True, eq=False)
class Tape:
    """What a window leaves for its gradient; it can be used many times.

    Attributes:
        given: What it began with. Factors of products are of the type that products have.
        z: `(time, batch, columns)`, the projections, likewise.
        ys: `(1 + time, batch, units)`, the output, and in front that before the first step.
        seen: The same times the mask, likewise.
        memories: `(1 + time, batch, memory)`, the states that are not simply the output.
    """

    given: Given
    z: Tensor
    ys: Tensor
    seen: Tensor
    memories: Tensor


class GpuWindows:
    """A layer's windows on a GPU. It holds no weights, and may be used in many threads.

    Args:
        layout: The layer, and where everything stands.
        settings: How products are computed.

    Raises:
        ConfigError: Triton is not installed.
    """

    def __init__(self, layout: Layout, settings: OnGpu) -> None:
        self.layout = layout
        self.settings = settings
        groups = layout.layer.groups
        self._kernels = {
            masked: [cuda.kernels(group.cell, masked) for group in groups]
            for masked in (False, True)
        }
        self._places = [
            cuda.in_order(group.cell, places)
            for group, places in zip(groups, layout.places, strict=True)
        ]

    def forward(self, given: Given) -> Tape:
        """Compute all steps of a window; all of `given` is contiguous.

        Raises:
            ConfigError: The GPU cannot compute products as they are set.
        """
        layout, given = self.layout, self._prepared(given)
        n_steps, batch, n_inputs = given.x.shape
        inner, n_of_input = layout.of_output, layout.n_of_input
        ys = _after(given.y, n_steps)
        memories = _after(given.memory, n_steps)
        seen = ys
        if given.mask is not None:
            seen = _after(given.y * given.mask, n_steps, given.x.dtype)
        z = given.x.new_empty(n_steps, batch, layout.n_columns)
        with self._products(given.x):
            columns = z.view(-1, layout.n_columns)
            if n_of_input:
                by_x = given.x.view(-1, n_inputs), given.weights_x.t()
                torch.mm(*by_x, out=columns[:, :n_of_input])
            columns[:, n_of_input:].zero_()  # what only the output is projected to
            for t in range(n_steps):
                if layout.n_of_output:
                    z[t, :, inner].addmm_(seen[t], given.weights_h.t())
                arrays = {
                    Array.PARAMS: given.params,
                    Array.PROJECTIONS: z[t],
                    Array.MEMORY: memories[t],
                    Array.OUTPUT_BEFORE: ys[t],
                    Array.NEXT_MEMORY: memories[t + 1],
                    Array.OUTPUT: ys[t + 1],
                }
                if given.mask is not None:
                    arrays |= {Array.MASK: given.mask, Array.SEEN_OUTPUT: seen[t + 1]}
                self._run("forward", batch, arrays, arrays)
        return Tape(given, z, ys, seen, memories)

    def backward(self, tape: Tape, dy: Tensor, wants_dx: bool = True) -> Gradient:
        """Take a window's gradient back; none flows into the state that it began with.

        Args:
            tape: What `forward` returned.
            dy: `(time, batch, units)`, the gradient by the output of every step; contiguous.
            wants_dx: Whether the gradient by the input is needed.
        """
        layout, given, n_steps = self.layout, tape.given, len(dy)
        batch, n_units = dy.shape[1:]
        dz = torch.empty_like(tape.z)
        d_seen = dz.new_zeros(batch, n_units)
        # What the step after left, and what is left for the step before, in turns.
        d_before = dy.new_zeros(2, batch, n_units)
        d_memory = dy.new_zeros(2, batch, layout.n_memory)
        d_params = dy.new_zeros(batch, layout.n_params)
        inner, outer = layout.of_output, layout.of_input
        with self._products(given.x):
            for t in range(n_steps - 1, -1, -1):
                arrays = {
                    Array.PARAMS: given.params,
                    Array.PROJECTIONS: tape.z[t],
                    Array.MEMORY: tape.memories[t],
                    Array.OUTPUT_BEFORE: tape.ys[t],
                    Array.D_PARAMS: d_params,
                    Array.D_PROJECTIONS: dz[t],
                    Array.D_MEMORY: d_memory[t % 2],
                    Array.D_OUTPUT: dy[t],
                    Array.D_SEEN_OUTPUT: d_seen,
                    Array.D_OUTPUT_BEFORE: d_before[t % 2],
                }
                if given.mask is not None:
                    arrays[Array.MASK] = given.mask
                targets = {
                    Array.D_MEMORY: d_memory[1 - t % 2],
                    Array.D_OUTPUT_BEFORE: d_before[1 - t % 2],
                }
                self._run("reverse", batch, arrays, targets)
                if layout.n_of_output and t > 0:
                    torch.mm(dz[t, :, inner], given.weights_h, out=d_seen)
            rows = dz.view(-1, layout.n_columns)
            x, seen = given.x.view(len(rows), -1), tape.seen[:-1].view(len(rows), -1)
            dx = torch.mm(rows[:, outer], given.weights_x).view_as(given.x) if wants_dx else None
            by_x, by_h = torch.mm(rows[:, outer].t(), x), torch.mm(rows[:, inner].t(), seen)
        dx = None if dx is None else dx.to(dy.dtype)
        return Gradient(dx, by_x.to(dy.dtype), by_h.to(dy.dtype), d_params.sum(0))

    def step(self, z: Tensor, y: Tensor, memory: Tensor, params: Tensor) -> tuple[Tensor, ...]:
        """Compute one step of the cells alone: see `cell_step.CellSteps.forward`."""
        y_after, memory_after = torch.empty_like(y), torch.empty_like(memory)
        arrays = {
            Array.PARAMS: params,
            Array.PROJECTIONS: z,
            Array.MEMORY: memory,
            Array.OUTPUT_BEFORE: y,
            Array.NEXT_MEMORY: memory_after,
            Array.OUTPUT: y_after,
        }
        with torch.cuda.device_of(z):
            self._run("forward", len(y), arrays, arrays)
        return y_after, memory_after

    def step_back(
        self, given: tuple[Tensor, ...], dy: Tensor, d_memory: Tensor
    ) -> tuple[Tensor, ...]:
        """Take one step of the cells back: see `cell_step.CellSteps.backward`."""
        z, y, memory, params = given
        d_before, d_memory_before = torch.zeros_like(y), torch.zeros_like(d_memory)
        dz, d_params = torch.empty_like(z), params.new_zeros(len(y), len(params))
        arrays = {
            Array.PARAMS: params,
            Array.PROJECTIONS: z,
            Array.MEMORY: memory,
            Array.OUTPUT_BEFORE: y,
            Array.D_PARAMS: d_params,
            Array.D_PROJECTIONS: dz,
            Array.D_MEMORY: d_memory,
            Array.D_OUTPUT: dy,
            Array.D_SEEN_OUTPUT: torch.zeros_like(y),
            Array.D_OUTPUT_BEFORE: torch.zeros_like(y),
        }
        targets = {Array.D_MEMORY: d_memory_before, Array.D_OUTPUT_BEFORE: d_before}
        with torch.cuda.device_of(z):
            self._run("reverse", len(y), arrays, targets)
        return dz, d_before, d_memory_before, d_params.sum(0)

    def holds(self, tape: Tape) -> bool:
        """Say whether a tape still is what `forward` made: here always."""
        return True

    def _prepared(self, given: Given) -> Given:
        """Check the GPU, and give factors of products their type."""
        products = self.settings.products if given.x.dtype == torch.float32 else None
        if products and given.x.is_cuda and torch.cuda.get_device_capability(given.x.device) < (8,):
            raise ConfigError(
                f"`products` = {products!r} needs a GPU of compute capability 8.0 or later. Got "
                f"{torch.cuda.get_device_name(given.x.device)}; set it to None."
            )
        if products != "bfloat16":
            return given
        names = "x", "weights_x", "weights_h"
        factors = {name: getattr(given, name).to(torch.bfloat16) for name in names}
        # Through a mask the output is seen in another type.
        mask = torch.ones_like(given.y) if given.mask is None else given.mask
        return given._replace(mask=mask, **factors)

    def _run(
        self,
        direction: str,
        batch: int,
        arrays: Mapping[Array, Tensor],
        targets: Mapping[Array, Tensor],
    ) -> None:
        """Run one step of all groups; of `cuda.CARRIED`, `targets` says what is written."""
        layout = self.layout
        rows = layout.layer.n_units, layout.n_columns, layout.n_memory, layout.n_params
        groups = layout.layer.groups
        parts = zip(
            groups,
            self._kernels[Array.MASK in arrays],
            self._places,
            strict=True,
        )
        with _side_by_side(len(groups), arrays[Array.PARAMS]) as streams:
            for stream, (group, cell, places) in zip(cycle(streams), parts, strict=False):
                kernel: cuda.Kernel = getattr(cell, direction)
                tensors = []
                for array in kernel.arrays:
                    tensors.append(arrays[array])
                    if array in cuda.CARRIED:
                        tensors.append(targets[array])
                n = batch * group.n_units
                blocks = -(-n // cuda.BLOCK)
                numbers = n, group.n_units, *rows, *places
                with torch.cuda.stream(stream):
                    kernel.run[(blocks,)](*tensors, *numbers, BLOCK=cuda.BLOCK)

    @contextmanager
    def _products(self, x: Tensor) -> Iterator[None]:
        """Compute on the device of x, and products as they are set."""
        with torch.cuda.device(x.device) if x.is_cuda else nullcontext():
            if self.settings.products != "tf32":
                yield
                return
            matmul = torch.backends.cuda.matmul
            # Torch 2.9 and later refuse to read the older setting where the newer one was used.
            new = hasattr(matmul, "fp32_precision")
            name, tf32 = ("fp32_precision", "tf32") if new else ("allow_tf32", True)
            before = getattr(matmul, name)
            setattr(matmul, name, tf32)
            try:
                yield
            finally:
                setattr(matmul, name, before)


MOST_BESIDE = 32
"""Streams that the groups of a recorded step take turns on."""


@contextmanager
def _side_by_side(n: int, tensor: Tensor) -> Iterator[Sequence[torch.cuda.Stream | None]]:
    """Let n kernels that write to different places run at once, where they are being recorded.

    Yields:
        The streams to start them on, in turns; None for the current one. What is started after this
        context waits for them.
    """
    if n == 1 or not (tensor.is_cuda and torch.cuda.is_current_stream_capturing()):
        yield [None]
        return
    here, streams = torch.cuda.current_stream(), _streams(tensor.device)[:n]
    for stream in streams:
        stream.wait_stream(here)
    yield streams
    for stream in streams:
        here.wait_stream(stream)


@cache
def _streams(device: torch.device) -> list[torch.cuda.Stream]:
    return [torch.cuda.Stream(device) for _ in range(MOST_BESIDE)]


def _after(first: Tensor, n_steps: int, dtype: torch.dtype | None = None) -> Tensor:
    """Return room for what follows on `first`, which stands in front: (1 + steps, ...)."""
    rows = torch.empty(n_steps + 1, *first.shape, dtype=dtype or first.dtype, device=first.device)
    rows[0] = first
    return rows
