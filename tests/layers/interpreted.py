"""What runs in a process of its own under Triton's interpreter, on tensors of the CPU.

Triton looks at its environment when it is imported; other tests use its compiler.
"""

from __future__ import annotations

import os
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import NamedTuple

import numpy as np

from cellcolony.cells.program import Cell, relu, sigmoid, tanh, x
from cellcolony.layers.cell_step import StepGiven
from cellcolony.layers.layer import Layer, layer_of
from cellcolony.layers.on_gpu import OnGpu
from tests.layers.oracle import CELLS, Case, mixture

FUNCTIONS = {"tanh": tanh, "sigmoid": sigmoid, "relu": relu}


def process() -> ProcessPoolExecutor:
    """Return a process to which functions of this module can be submitted."""
    return ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)


def _begin() -> None:
    os.environ["TRITON_INTERPRET"] = "1"


class Result(NamedTuple):
    """What a window gives: outputs, last memory, and the gradient by x and all weights."""

    y: np.ndarray
    memory: np.ndarray
    gradient: tuple[np.ndarray, ...]


def case_of(name: str, dtype: str, masked: bool) -> Case:
    """Return a case by the name of its cell, or of "mixture"; its lanes fill several blocks."""
    layer: Layer
    if name == "mixture":
        layer = mixture(4, 1, 21, 7, 8)
    else:
        layer = layer_of(next(cell for cell in CELLS if cell.name == name), 21)
    return Case(layer, np.dtype(dtype).type, masked, sizes=(3, 7, 3))


def window(name: str, dtype: str, masked: bool, products=None) -> Result:
    """Take a window forward and back, as it would be on a GPU."""
    import torch

    from cellcolony.layers.cuda import GpuWindows

    case = case_of(name, dtype, masked)
    windows = GpuWindows(case.layout, OnGpu(products, graphs=False))
    tape = windows.forward(given_of(case))
    gradient = windows.backward(tape, torch.from_numpy(case.dy))
    parts = tuple(part.numpy() for part in gradient if part is not None)
    return Result(tape.ys[1:].numpy(), tape.memories[-1].numpy(), parts)


def step_of(case: Case) -> tuple[StepGiven, np.ndarray, np.ndarray]:
    """Return what one step of a case's cells begins with, and a gradient by what it gives."""
    rng = np.random.default_rng(1)
    z = rng.normal(0, 0.5, (len(case.state.y), case.layout.n_columns)).astype(case.x.dtype)
    return StepGiven(z, *case.state, case.weights.params), case.dy[0], 0.5 * case.state.memory


def step(name: str, dtype: str) -> list[np.ndarray]:
    """Take one step of a layer's cells forward and back, as it would be on a GPU."""
    import torch

    from cellcolony.layers.cuda import GpuWindows

    case = case_of(name, dtype, False)
    given, dy, d_memory = step_of(case)
    windows, tensors = GpuWindows(case.layout, OnGpu()), tuple(map(torch.from_numpy, given))
    there = windows.step(*tensors)
    back = windows.step_back(tensors, torch.from_numpy(dy), torch.from_numpy(d_memory))
    return [part.numpy() for part in (*there, *back)]


def tf32_before_and_after() -> tuple:
    """Return what torch is set to before and after a window whose products are of tf32."""
    import torch

    before = torch.backends.cuda.matmul.fp32_precision
    window("lstm", "float32", False, "tf32")
    return before, torch.backends.cuda.matmul.fp32_precision


def given_of(case: Case):
    """Return what a case's window begins with, as tensors."""
    import torch

    from cellcolony.layers.cuda import Given

    parts = case.x, *case.weights, *case.state, case.mask
    return Given._make(None if part is None else torch.from_numpy(part) for part in parts)


def function_values(name: str, dtype: str, numbers: np.ndarray) -> np.ndarray:
    """Return what a kernel makes of numbers by tanh, sigmoid or relu."""
    import torch

    from cellcolony.layers.cuda import Given, GpuWindows
    from cellcolony.layers.layout import lay_out

    cell = Cell(y=FUNCTIONS[name](x()), name=name)
    layout = lay_out(layer_of(cell, 1))
    inputs = torch.from_numpy(numbers.astype(dtype))[None, :, None]
    one, none = inputs.new_ones(1, 1), inputs.new_empty(0)
    n = len(numbers)
    state = inputs.new_zeros(n, 1), inputs.new_zeros(n, 0)
    given = Given(inputs, one, one[:0], none, *state, None)
    return GpuWindows(layout, OnGpu()).forward(given).ys[1, :, 0].numpy()


def gradients_of_a_module(recorded: bool, masked: bool, products=None) -> list[list[np.ndarray]]:
    """Train through two windows at once, three times; return all that comes out, by turns."""
    import torch

    from cellcolony.layers.cuda import Given
    from cellcolony.layers.cuda_gradient import GpuLayer

    torch.manual_seed(0)
    module, inputs, wanted, mask = _module(masked)
    if products is not None:
        module, inputs, wanted = module.float(), inputs.float(), wanted.float()
        mask = None if mask is None else mask.float()
    on_gpu = OnGpu(products, graphs=recorded)
    layer = GpuLayer(module.layout, on_gpu, _pretended_record)
    weights = module.weights_x, module.weights_h, module.params
    turns = []
    for _ in range(3):
        state, loss, out = module.zeros(4), inputs.new_zeros(()), []
        given = inputs.clone().requires_grad_()
        for part, target in zip(given.chunk(2), wanted.chunk(2), strict=True):
            y, *state = layer.window(Given._make((part, *weights, *state, mask)))
            assert not any(carried.requires_grad for carried in state)
            loss = loss + (y * target).sum()
            out += [y.detach(), *state]
        trained = [given, *weights]
        first = torch.autograd.grad(loss, trained, retain_graph=True)
        again = torch.autograd.grad(loss, trained)
        for one, other in zip(first, again, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)
        turns.append([part.numpy() for part in (*out, *first)])
        with torch.no_grad():
            module.params.add_(0.1)  # a recording must not remember weights
    kept = sum(part is not None for part in layer._recorded.values())
    assert kept == (1 if recorded else 0)
    return turns


def gradients_on_the_cpu(masked: bool) -> list[list[np.ndarray]]:
    """Return the same of the layer on the CPU."""
    import torch

    from cellcolony.layers.torch import Carried

    torch.manual_seed(0)
    module, inputs, wanted, mask = _module(masked)
    turns = []
    for _ in range(3):
        state, loss, out = module.zeros(4), inputs.new_zeros(()), []
        given = inputs.clone().requires_grad_()
        for part, target in zip(given.chunk(2), wanted.chunk(2), strict=True):
            y, state = module(part, Carried(*state), mask)
            loss = loss + (y * target).sum()
            out += [y.detach(), *state]
        gradient = torch.autograd.grad(loss, [given, *module.parameters()])
        turns.append([part.numpy() for part in (*out, *gradient)])
        with torch.no_grad():
            module.params.add_(0.1)
    return turns


def _module(masked: bool):
    import torch

    from cellcolony.layers.torch import RecurrentLayer

    layer = mixture(3, 2)
    module = RecurrentLayer(layer, 5, np.random.default_rng(0)).double()
    inputs, wanted = torch.randn(4, 4, 5).double(), torch.randn(4, 4, layer.n_units).double()
    mask = torch.rand(4, layer.n_units).double() if masked else None
    return module, inputs, wanted, mask


def recorded_after_many_shapes() -> list[int]:
    """Run windows of many numbers of lanes, each twice; return those that are still recorded."""
    import torch

    from cellcolony.layers.cuda import Given
    from cellcolony.layers.cuda_gradient import GpuLayer

    module, inputs, _, _ = _module(False)
    layer = GpuLayer(module.layout, OnGpu(), _pretended_record)
    weights = module.weights_x, module.weights_h, module.params
    with torch.no_grad():
        for n_lanes in (*range(1, 5), 1, *range(5, 9)):
            part = inputs[:1, :1].expand(-1, n_lanes, -1).contiguous()
            given = Given._make((part, *weights, *module.zeros(n_lanes), None))
            first, again = layer.window(given), layer.window(given)
            torch.testing.assert_close(first, again, rtol=0, atol=0)
    return [recorded._given.x.shape[1] for recorded in layer._recorded.values() if recorded]


def module_window(recorded: bool) -> tuple[np.ndarray, np.ndarray]:
    """Run a layer module and a copy of it by the way it takes on a GPU."""
    import copy

    import torch

    torch.manual_seed(0)
    module, inputs, _, _ = _module(False)
    module.on_gpu = OnGpu(graphs=recorded)
    weights = module.weights_x, module.weights_h, module.params
    given = inputs, *weights, *module.zeros(4), None
    y = module._window_on_gpu(*given)[0]
    other = copy.deepcopy(module)
    return y.detach().numpy(), other._window_on_gpu(*given)[0].detach().numpy()


def _pretended_record(compute):
    """Do on the CPU what `cuda_graph.record` does: compute again into the same memory."""
    import torch

    result = compute()

    def tensors(found):
        if isinstance(found, torch.Tensor):
            yield found
        elif isinstance(found, tuple):
            for part in found:
                yield from tensors(part)
        elif found is not None:
            yield from (found.z, found.ys, found.seen, found.memories)
            yield from tensors(found.given)  # of bfloat16 it is made anew

    def replay() -> None:
        for mine, new in zip(tensors(result), tensors(compute()), strict=True):
            mine.copy_(new)

    for tensor in tensors(result):
        tensor.fill_(float("nan"))  # a recording computes nothing
    return result, replay
