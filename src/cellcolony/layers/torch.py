"""A dense layer as a `torch.nn.Module`: on the CPU by `window.py`, on a GPU by `cuda.py`."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch
from torch import Tensor, nn
from torch.autograd.function import once_differentiable

from cellcolony.errors import ConfigError
from cellcolony.layers.initial import draw_weights
from cellcolony.layers.layer import Layer
from cellcolony.layers.layout import lay_out
from cellcolony.layers.on_gpu import OnGpu
from cellcolony.layers.window import State, Weights, Windows

if TYPE_CHECKING:
    from cellcolony.layers.cuda_gradient import GpuLayer

PRECISIONS = {torch.float32: np.float32, torch.float64: np.float64}
DEVICES = "cpu", "cuda"


class Carried(NamedTuple):
    """What a layer carries from one window to the next; no gradient flows through it.

    Attributes:
        y: `(batch, units)`, the output.
        memory: `(batch, memory)`, the states that are not simply the output.
    """

    y: Tensor
    memory: Tensor


class RecurrentLayer(nn.Module):
    """Groups of units of any cells, as a layer of a torch model on the CPU or on a GPU.

    Args:
        layer: The groups.
        n_inputs: Numbers of the input in each step.
        rng: Draws the first weights.
        bound: They come from U(-bound, bound); 1 / sqrt(units) if not given.
        on_gpu: How it computes on a GPU; it may be changed at any time.

    Attributes:
        weights_x: `(projections of the input, inputs)`.
        weights_h: `(projections of the output, units)`.
        params: `(params,)`; `layout` says where each stands.
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
        self._windows: dict[torch.dtype, Windows] = {}
        self._gpu_layers: dict[OnGpu, GpuLayer] = {}
        first = draw_weights(self.layout, n_inputs, rng, bound)
        dtype = torch.get_default_dtype()
        self.weights_x, self.weights_h, self.params = (
            nn.Parameter(torch.tensor(part, dtype=dtype)) for part in first
        )

    def zeros(self, batch: int) -> Carried:
        """Return the state before a text's first step."""
        zeros = self.weights_x.new_zeros
        return Carried(zeros(batch, self.layer.n_units), zeros(batch, self.layout.n_memory))

    def forward(
        self, x: Tensor, state: Carried | None = None, mask: Tensor | None = None,
        weight_mask: Tensor | None = None,
    ) -> tuple[Tensor, Carried]:  # fmt: skip
        """Compute a window of time.

        Args:
            x: `(time, batch, inputs)`.
            state: What the window before returned; zeros if not given.
            mask: `(batch, units)`: recurrent projections see the output times the mask, the same
                in every step, as variational dropout has it (Gal & Ghahramani 2016).
            weight_mask: `(1, projections of the output, units)`: the recurrent weights are those
                times the mask in this window (Merity et al. 2017).

        Returns:
            The outputs, `(time, batch, units)`, and what the next window needs.

        Raises:
            ConfigError: A shape, type or device does not fit the layer; or it is on a GPU, and
                Triton is missing or the GPU cannot do what `on_gpu` says.
        """
        state = self.zeros(x.shape[1]) if state is None and x.ndim == 3 else state
        check_given(self, x, state, mask)
        assert state is not None
        weights_h = self.weights_h if weight_mask is None else self.weights_h * weight_mask[0]
        given = x, self.weights_x, weights_h, self.params, *state, mask
        if x.device.type == "cpu":
            y, *after = _Window.apply(self._windows_of(x.dtype), *given)
        else:
            y, *after = self._window_on_gpu(*given)
        return y, Carried(*after)

    def _windows_of(self, dtype: torch.dtype) -> Windows:
        if dtype not in self._windows:
            self._windows[dtype] = Windows(self.layout, PRECISIONS[dtype])
        return self._windows[dtype]

    def _window_on_gpu(self, *given: Any) -> tuple[Tensor, ...]:
        from cellcolony.layers.cuda import Given
        from cellcolony.layers.cuda_gradient import GpuLayer

        if self.on_gpu not in self._gpu_layers:
            self._gpu_layers = {self.on_gpu: GpuLayer(self.layout, self.on_gpu)}
        return self._gpu_layers[self.on_gpu].window(Given._make(given))


class _Window(torch.autograd.Function):
    """A window of time as a function whose gradient torch asks for."""

    @staticmethod
    def forward(
        ctx: Any,
        windows: Windows,
        x: Tensor,
        weights_x: Tensor,
        weights_h: Tensor,
        params: Tensor,
        y: Tensor,
        memory: Tensor,
        mask: Tensor | None,
    ) -> tuple[Tensor, ...]:
        weights = Weights(_array(weights_x), _array(weights_h), _array(params))
        state = State(_array(y), _array(memory))
        given = _array(x), weights, state, None if mask is None else _array(mask)
        tape = windows.forward(*given)
        ctx.windows, ctx.given, ctx.tape = windows, given, tape
        outputs = torch.from_numpy(tape.y)
        # Saved only so that torch notices when one of them was changed before the gradient.
        ctx.save_for_backward(x, weights_x, weights_h, params, mask, outputs)
        after = [torch.from_numpy(part) for part in tape.state]
        ctx.mark_non_differentiable(*after)
        return outputs, *after

    @staticmethod
    @once_differentiable
    def backward(  # pyright: ignore[reportIncompatibleMethodOverride]
        ctx: Any, *gradients: Tensor
    ) -> tuple[Tensor | None, ...]:
        _ = ctx.saved_tensors  # torch raises its error here
        windows, tape, ctx.tape = ctx.windows, ctx.tape, None
        if tape is None:  # a second time, where the graph was retained
            tape = windows.forward(*ctx.given)
        wants_dx = ctx.needs_input_grad[1]
        gradient, dx = windows.backward(tape, _array(gradients[0]), wants_dx)
        by_weights = (torch.from_numpy(part) for part in gradient)
        return None, torch.from_numpy(dx) if wants_dx else None, *by_weights, None, None, None


def check_given(layer: Any, x: Tensor, state: Carried | None, mask: Tensor | None) -> None:
    """Check what a layer is given for a window.

    Raises:
        ConfigError: A shape, type or device does not fit.
    """
    if x.ndim != 3 or not len(x) or x.shape[2] != layer.n_inputs:
        raise ConfigError(
            f"`x` must be (time, batch, inputs) with at least 1 step and {layer.n_inputs} "
            f"inputs. Got {tuple(x.shape)}."
        )
    batch, n_units = x.shape[1], layer.layer.n_units
    wanted = {"mask": (mask, (batch, n_units))}
    if state is not None:
        wanted["state.y"] = state.y, (batch, n_units)
        wanted["state.memory"] = state.memory, (batch, layer.layout.n_memory)
    for name, (tensor, shape) in wanted.items():
        if tensor is not None and tuple(tensor.shape) != shape:
            raise ConfigError(f"`{name}` must be {shape}. Got {tuple(tensor.shape)}.")
    dtype, device = layer.weights_x.dtype, layer.weights_x.device
    tensors = {"x": x, "weights_x": layer.weights_x}
    tensors |= {name: tensor for name, (tensor, _) in wanted.items() if tensor is not None}
    for name, tensor in tensors.items():
        fits = dtype in PRECISIONS and device.type in DEVICES
        if not fits or tensor.dtype != dtype or tensor.device != device:
            raise ConfigError(
                f"`{name}` must be float32 or float64 as the layer's weights are, and on the "
                f"same device, the CPU or a GPU. Got {tensor.dtype} on {tensor.device}; the "
                f"weights are {dtype} on {device}."
            )


def _array(tensor: Tensor) -> np.ndarray:
    return tensor.detach().contiguous().numpy()
