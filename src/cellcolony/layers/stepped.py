"""A dense layer that is computed step by step: a deep recurrence, a mogrifier, or both.

In a plain layer (`torch.py`) the input's projections of a whole window are one product. Here the
previous output scales the input (Melis et al. 2020), or a step goes through several recurrent
matrices (Zilly et al. 2017). What surrounds the cells is left to torch, its gradient as well; the
cells run on the kernels that plain layers have.
"""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from cellcolony.layers.cell_step import CellSteps, StepGiven
from cellcolony.layers.initial import draw_weights
from cellcolony.layers.layer import Layer
from cellcolony.layers.layout import lay_out
from cellcolony.layers.on_gpu import OnGpu
from cellcolony.layers.torch import PRECISIONS, Carried, check_given

if TYPE_CHECKING:
    from cellcolony.layers.cuda import GpuWindows


class SteppedLayer(nn.Module):
    """Groups of units of any cells whose step is more than products and cells, as a torch module.

    Args:
        layer: The groups, the depth of the recurrence and the mogrifier.
        n_inputs: Numbers of the input in each step.
        rng: Draws the first weights.
        bound: They come from U(-bound, bound); 1 / sqrt(units) if not given.
        on_gpu: How it computes on a GPU; products are torch's own, and nothing is recorded.

    Attributes:
        weights_x: `(projections of the input, inputs)`.
        weights_h: `(projections of the output, units)`.
        params: `(params,)`; `layout` says where each stands.
        deeper_h: `(depth - 1, projections of the output, units)`; None of a layer of depth 1.
        deeper_params: `(depth - 1, params)`; likewise.
        gates: The matrices of the mogrifier's rounds: see `Mogrifier.gates`.
    """

    def __init__(
        self,
        layer: Layer,
        n_inputs: int,
        rng: np.random.Generator,
        bound: float | None = None,
        on_gpu: OnGpu = OnGpu(),  # noqa: B008
    ) -> None:
        super().__init__()
        self.layer = layer
        self.n_inputs = n_inputs
        self.layout = lay_out(layer)
        self.on_gpu = on_gpu
        self._steps: dict[Any, Any] = {}
        bound = 1 / math.sqrt(layer.n_units) if bound is None else bound
        first = draw_weights(self.layout, n_inputs, rng, bound)
        self.weights_x, self.weights_h, self.params = (_parameter(part) for part in first)
        self.deeper_h = self.deeper_params = None
        if layer.depth > 1:
            deeper = [draw_weights(self.layout, 0, rng, bound) for _ in range(layer.depth - 1)]
            self.deeper_h = _parameter(np.array([one.h for one in deeper]))
            self.deeper_params = _parameter(np.array([one.params for one in deeper]))
        self._rounds = () if layer.mogrifier is None else layer.mogrifier.gates(
            n_inputs, layer.n_units
        )  # fmt: skip
        shapes = [shape for gate in self._rounds for shape in gate.shapes]
        self.gates = nn.ParameterList(
            _parameter(rng.uniform(-bound, bound, shape)) for shape in shapes
        )

    def zeros(self, batch: int) -> Carried:
        """Return the state before a text's first step."""
        zeros = self.weights_x.new_zeros
        return Carried(zeros(batch, self.layer.n_units), zeros(batch, self.layout.n_memory))

    def forward(
        self, x: Tensor, state: Carried | None = None, mask: Tensor | None = None,
        weight_mask: Tensor | None = None,
    ) -> tuple[Tensor, Carried]:  # fmt: skip
        """Compute a window of time: see `RecurrentLayer.forward`.

        Args:
            x: `(time, batch, inputs)`.
            state: What the window before returned; zeros if not given.
            mask: `(batch, units)`: recurrent projections and the mogrifier see the output times the
                mask, the same in every step and at every depth.
            weight_mask: `(depth, projections of the output, units)`: the recurrent weights are
                those times the mask in this window.

        Returns:
            The outputs, `(time, batch, units)`, and what the next window needs.

        Raises:
            ConfigError: A shape, type or device does not fit the layer; or it is on a GPU, and
                Triton is missing.
        """
        state = self.zeros(x.shape[1]) if state is None and x.ndim == 3 else state
        check_given(self, x, state, mask)
        assert state is not None
        weights_h, params = self.weights_h[None], self.params[None]
        if self.deeper_h is not None and self.deeper_params is not None:
            weights_h = torch.cat((weights_h, self.deeper_h))
            params = torch.cat((params, self.deeper_params))
        if weight_mask is not None:
            weights_h = weights_h * weight_mask
        steps, layout = self._steps_on(x), self.layout
        n_after, n_before = layout.n_columns - layout.n_of_input, layout.of_output.start
        y, memory = (part.detach() for part in state)
        outputs = []
        for x_t in x.unbind():
            for depth, (own_h, own_params) in enumerate(zip(weights_h, params, strict=True)):
                seen = y if mask is None else y * mask
                if depth == 0:
                    x_t, seen = self._mogrified(x_t, seen)
                z = nn.functional.pad(seen @ own_h.T, (n_before, 0))
                if depth == 0:
                    z = z + nn.functional.pad(x_t @ self.weights_x.T, (0, n_after))
                y, memory = _Step.apply(steps, z, y, memory, own_params)
            outputs.append(y)
        return torch.stack(outputs), Carried(y.detach(), memory.detach())

    def _mogrified(self, x: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
        """Let input and output scale each other, `(batch, inputs)` and `(batch, units)`."""
        matrices = iter(self.gates)
        for gate in self._rounds:
            scale = h if gate.of_input else x
            for _ in gate.shapes:
                scale = scale @ next(matrices).T
            scale = 2 * torch.sigmoid(scale)
            x, h = (x * scale, h) if gate.of_input else (x, h * scale)
        return x, h

    def _steps_on(self, x: Tensor) -> Any:
        """Return what computes steps of this precision on this device."""
        key = x.dtype, x.device.type
        if key not in self._steps:
            if x.device.type == "cpu":
                self._steps[key] = _OnCpu(CellSteps(self.layout, PRECISIONS[x.dtype]))
            else:
                from cellcolony.layers.cuda import GpuWindows

                self._steps[key] = _OnGpu(GpuWindows(self.layout, OnGpu(graphs=False)))
        return self._steps[key]


class _OnCpu:
    """Steps on tensors of the CPU."""

    def __init__(self, steps: CellSteps) -> None:
        self._steps = steps

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        return _tensors(self._steps.forward(StepGiven(*map(_array, given))))

    def backward(self, given: tuple[Tensor, ...], dy: Tensor, d_memory: Tensor):
        arrays = StepGiven(*map(_array, given))
        return _tensors(self._steps.backward(arrays, _array(dy), _array(d_memory)))


class _OnGpu:
    """Steps on tensors of a GPU."""

    def __init__(self, windows: GpuWindows) -> None:
        self._windows = windows

    def forward(self, *given: Tensor) -> tuple[Tensor, ...]:
        return self._windows.step(*(part.contiguous() for part in given))

    def backward(self, given: tuple[Tensor, ...], dy: Tensor, d_memory: Tensor):
        contiguous = tuple(part.contiguous() for part in given)
        return self._windows.step_back(contiguous, dy.contiguous(), d_memory.contiguous())


class _Step(torch.autograd.Function):
    """A step of cells as a function whose gradient torch asks for, the state's included."""

    @staticmethod
    def forward(
        ctx: Any, steps: Any, z: Tensor, y: Tensor, memory: Tensor, params: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.steps = steps
        ctx.save_for_backward(z, y, memory, params)
        return tuple(steps.forward(z, y, memory, params))

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, dy: Tensor, d_memory: Tensor
    ) -> tuple[Tensor | None, ...]:
        return None, *ctx.steps.backward(ctx.saved_tensors, dy, d_memory)


def _parameter(numbers: np.ndarray) -> nn.Parameter:
    return nn.Parameter(torch.tensor(numbers, dtype=torch.get_default_dtype()))


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().contiguous().numpy()


def _tensors(arrays: Any) -> tuple[Tensor, ...]:
    return tuple(map(torch.from_numpy, arrays))
