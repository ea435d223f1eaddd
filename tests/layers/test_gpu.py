"""Dense layers on a GPU, where there is one, against the same layers on the CPU."""

from __future__ import annotations

import copy

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.layers.layer import layer_of
from cellcolony.layers.on_gpu import OnGpu
from tests.layers.oracle import CELLS, mixture

torch = pytest.importorskip("torch")
pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no GPU")

N_STEPS, BATCH, N_INPUTS = 6, 5, 7
LAYERS = [*(layer_of(cell, 33) for cell in CELLS), mixture(20, 3, 40, 1, 16)]
PRECISE = {torch.float64: 1e-10, torch.float32: 1e-4}


def module_of(layer, dtype=torch.float32, on_gpu=OnGpu()):  # noqa: B008
    from cellcolony.layers.torch import RecurrentLayer

    module = RecurrentLayer(layer, N_INPUTS, np.random.default_rng(0), on_gpu=on_gpu)
    return module.to(dtype)


def turns(module, masked: bool, n_windows: int = 4):
    """Train through windows, the state carried over; return what each gives, on the CPU.

    The gradient of two windows is taken at once: one recording must not spoil the other.
    """
    generator = torch.Generator().manual_seed(1)
    place, n_units = (
        {"device": module.params.device, "dtype": module.params.dtype},
        module.layer.n_units,
    )

    def draw(*shape):
        return torch.randn(*shape, generator=generator).to(**place)

    mask = draw(BATCH, n_units).abs() if masked else None
    state, found = None, []
    for _ in range(n_windows):
        inputs, loss = draw(2 * N_STEPS, BATCH, N_INPUTS).requires_grad_(), 0.0
        for part in inputs.chunk(2):
            y, state = module(part, state, mask)
            loss = loss + (y * draw(*y.shape)).sum()
            found += [y.detach().cpu(), *(part.cpu() for part in state)]
        gradient = torch.autograd.grad(loss, [inputs, *module.parameters()])
        found += [part.cpu() for part in gradient]
    return found


def assert_close(found, wanted, tolerance: float) -> None:
    for one, other in zip(found, wanted, strict=True):
        size = other.abs().max().item() if other.numel() else 1.0
        torch.testing.assert_close(one, other, rtol=0, atol=tolerance * max(1.0, size))


@pytest.mark.parametrize("graphs", [False, True])
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("dtype", [torch.float64, torch.float32])
@pytest.mark.parametrize("layer", LAYERS, ids=lambda layer: layer.groups[0].cell.name)
def test_a_layer_computes_and_learns_as_on_the_cpu(layer, dtype, masked, graphs):
    module = module_of(layer, dtype, OnGpu(graphs=graphs))
    wanted = turns(module, masked)
    assert_close(turns(module.cuda(), masked), wanted, PRECISE[dtype])


@pytest.mark.parametrize("graphs", [False, True])
@pytest.mark.parametrize("products", ["tf32", "bfloat16"])
@pytest.mark.parametrize("name", ["lstm", "gru", "mgu", "simple"])
def test_faster_products_round(name, products, graphs):
    module = module_of(layer_of(cells.get(name), 64))
    wanted = turns(module, False)
    module.on_gpu = OnGpu(products, graphs)
    assert_close(turns(module.cuda(), False), wanted, 0.05)


def test_a_recorded_window_gives_the_bits_of_one_that_is_not():
    module = module_of(mixture(20, 3, 40, 1, 16)).cuda()
    recorded = turns(module, True)
    module.on_gpu = OnGpu(graphs=False)
    for one, other in zip(recorded, turns(module, True), strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


def test_windows_of_changing_shapes_and_modes_take_turns():
    module = module_of(layer_of(cells.get("lstm"), 16))
    on_gpu = copy.deepcopy(module).cuda()
    generator = torch.Generator().manual_seed(0)
    for turn in range(30):
        inputs = torch.randn(1 + turn % 9, 1 + turn % 4, N_INPUTS, generator=generator)
        mode = [torch.enable_grad, torch.no_grad, torch.inference_mode][turn % 3]
        with mode():
            found, wanted = on_gpu(inputs.cuda())[0], module(inputs)[0]
        torch.testing.assert_close(found.cpu(), wanted, rtol=1e-4, atol=1e-5)


def test_a_trained_layer_learns_and_a_copy_of_it_goes_its_own_way():
    torch.manual_seed(0)
    module = module_of(layer_of(cells.get("nascell"), 24)).cuda()
    readout = torch.nn.Linear(24, N_INPUTS).cuda()
    optimizer = torch.optim.Adam([*module.parameters(), *readout.parameters()], 0.01)
    inputs = torch.nn.functional.one_hot(torch.randint(N_INPUTS, (30, 8)), N_INPUTS).float().cuda()
    losses = []
    for _ in range(60):
        loss = torch.nn.functional.mse_loss(readout(module(inputs)[0])[1:], inputs[:-1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    other = copy.deepcopy(module)
    before = other(inputs)[0]
    with torch.no_grad():
        module.params.add_(1.0)
    torch.testing.assert_close(other(inputs)[0], before, rtol=0, atol=0)


def test_windows_of_another_recording_are_left_out_of_it():
    module = module_of(layer_of(cells.get("gru"), 16)).cuda()
    inputs = torch.randn(N_STEPS, BATCH, N_INPUTS, device="cuda")
    with torch.no_grad():
        wanted = [module(inputs)[0] for _ in range(3)][-1]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            found = module(inputs)[0]
        graph.replay()
    torch.testing.assert_close(found, wanted, rtol=0, atol=0)
