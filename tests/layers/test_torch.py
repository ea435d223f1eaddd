"""Dense layers as torch modules, against torch's own."""

from __future__ import annotations

import copy
import subprocess
import sys

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.program import h, x
from cellcolony.errors import ConfigError
from cellcolony.layers.layer import Layer, layer_of
from tests.layers.oracle import CELLS, mixture

torch = pytest.importorskip("torch")

N_STEPS, BATCH, N_INPUTS, N_UNITS = 7, 3, 5, 21


def module_of(layer: Layer, n_inputs: int = N_INPUTS):
    from cellcolony.layers.torch import RecurrentLayer

    return RecurrentLayer(layer, n_inputs, np.random.default_rng(0))


def take_weights(module, reference, gates: dict[str, int]) -> None:
    """Give the module a torch layer's weights; gates: the params in torch's order, and their k."""
    layout, n = module.layout, module.layer.n_units
    with torch.no_grad():
        for i, (param, k) in enumerate(gates.items()):
            theirs = slice(i * n, (i + 1) * n)
            module.weights_x[layout.rows("input", 0, x(k))] = reference.weight_ih_l0[theirs]
            module.weights_h[layout.rows("output", 0, h(k))] = reference.weight_hh_l0[theirs]
            both = reference.bias_ih_l0[theirs] + reference.bias_hh_l0[theirs]
            module.params[layout.params(0, param)] = both


LSTM_GATES = {"b_i": 0, "b_f": 1, "b_g": 2, "b_o": 3}
GRU_GATES = {"b_r": 1, "b_z": 0, "b_h": 2}


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize(("name", "gates"), [("lstm", LSTM_GATES), ("gru", GRU_GATES)])
def test_lstm_and_gru_compute_and_learn_as_those_of_torch(name, gates, dtype):
    torch.manual_seed(0)
    reference = getattr(torch.nn, name.upper())(N_INPUTS, N_UNITS).to(dtype)
    if name == "gru":  # there the candidate has a second bias, inside of r * (U h + b)
        with torch.no_grad():
            reference.bias_hh_l0[2 * N_UNITS :] = 0.0
    module = module_of(layer_of(cells.get(name), N_UNITS)).to(dtype)
    take_weights(module, reference, gates)
    inputs = torch.randn(N_STEPS, BATCH, N_INPUTS, dtype=dtype)
    wanted = torch.randn(N_STEPS, BATCH, N_UNITS, dtype=dtype)
    results = []
    for layer in (module, reference):
        given = inputs.clone().requires_grad_()
        y = layer(given)[0]
        (y * wanted).sum().backward()
        results.append((y, given.grad))
    tolerance = {"rtol": 1e-4, "atol": 1e-5} if dtype == torch.float32 else {}
    for mine, theirs in zip(*results, strict=True):
        torch.testing.assert_close(mine, theirs, **tolerance)
    layout = module.layout
    for i, (param, k) in enumerate(gates.items()):
        theirs = slice(i * N_UNITS, (i + 1) * N_UNITS)
        for mine, rows, other in (
            (module.weights_x, layout.rows("input", 0, x(k)), reference.weight_ih_l0),
            (module.weights_h, layout.rows("output", 0, h(k)), reference.weight_hh_l0),
            (module.params, layout.params(0, param), reference.bias_ih_l0),
        ):
            assert mine.grad is not None
            torch.testing.assert_close(mine.grad[rows], other.grad[theirs], **tolerance)


MIXTURE = mixture(2, 2, 1, 2, 2)


@pytest.mark.parametrize(
    ("layer", "masked"),
    [*((layer_of(cell, 2), True) for cell in CELLS), (MIXTURE, True), (MIXTURE, False)],
    ids=lambda it: str(it) if isinstance(it, bool) else "+".join(g.cell.name for g in it.groups),
)
def test_torch_finds_the_gradient_right(layer, masked):
    module = module_of(layer, 2).double()
    torch.manual_seed(0)
    inputs = torch.randn(3, 2, 2, dtype=torch.float64, requires_grad=True)
    state = module.zeros(2)._replace(y=torch.randn(2, layer.n_units, dtype=torch.float64))
    mask = torch.rand(2, layer.n_units, dtype=torch.float64) if masked else None
    trained = {name: part for name, part in module.named_parameters() if part.numel()}
    names, values = zip(*trained.items(), strict=True)

    def run(inputs, *values):
        parameters = dict(zip(names, values, strict=True))
        return torch.func.functional_call(module, parameters, (inputs, state, mask))[0]

    assert torch.autograd.gradcheck(run, (inputs, *values))


def test_the_state_carries_no_gradient_from_window_to_window():
    module = module_of(mixture(4, 5, 6))
    first = torch.randn(4, BATCH, N_INPUTS, requires_grad=True)
    y, state = module(first)
    torch.testing.assert_close(state.y, y[-1])
    again, _ = module(torch.randn(4, BATCH, N_INPUTS), state)
    assert not any(part.requires_grad for part in state)
    again.sum().backward()
    assert first.grad is None


def test_two_layers_with_dropout_learn_to_repeat_what_they_saw_before():
    torch.manual_seed(0)
    layers = torch.nn.ModuleList(
        [module_of(layer_of(cells.get("nascell"), 12), 4), module_of(mixture(6, 6, 6), 12)]
    )
    readout = torch.nn.Linear(18, 4)
    optimizer = torch.optim.Adam([*layers.parameters(), *readout.parameters()], 0.02)
    inputs = torch.nn.functional.one_hot(torch.randint(4, (20, 8)), 4).float()
    losses = []
    for _ in range(40):
        y = inputs
        for layer in layers:
            y, _ = layer(y, mask=(torch.rand(8, layer.layer.n_units) < 0.9) / 0.9)
        loss = torch.nn.functional.mse_loss(readout(y)[1:], inputs[:-1])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]


def test_params_begin_as_their_cell_says_and_weights_within_the_bound():
    from cellcolony.layers.torch import RecurrentLayer

    module = RecurrentLayer(mixture(3, 4), 5, np.random.default_rng(0), bound=0.05)
    assert all(abs(part).max() <= 0.05 for part in (module.weights_x, module.weights_h))
    assert (module.params[module.layout.params(1, "f")] == 1.0).all()
    again = RecurrentLayer(mixture(3, 4), 5, np.random.default_rng(0), bound=0.05)
    torch.testing.assert_close(module.state_dict(), again.state_dict(), rtol=0, atol=0)


def test_a_module_can_be_copied_and_its_weights_be_loaded():
    module = module_of(mixture(3, 4, 5))
    other = copy.deepcopy(module)
    with torch.no_grad():
        for part in other.parameters():
            part.zero_()
    other.load_state_dict(module.state_dict())
    inputs = torch.randn(N_STEPS, BATCH, N_INPUTS)
    torch.testing.assert_close(other(inputs)[0], module(inputs)[0], rtol=0, atol=0)


def test_inputs_in_any_order_of_memory_are_taken():
    module = module_of(mixture(3, 4))
    inputs = torch.randn(BATCH, N_STEPS, N_INPUTS).transpose(0, 1)
    torch.testing.assert_close(module(inputs)[0], module(inputs.contiguous())[0])


def test_an_output_that_was_changed_before_the_gradient_is_noticed():
    module = module_of(mixture(3, 4))
    y, _ = module(torch.randn(N_STEPS, BATCH, N_INPUTS))
    loss = y.sum()
    y.detach().mul_(0.5)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        loss.backward()


def test_a_retained_graph_gives_the_same_gradient_again():
    module = module_of(mixture(3, 4))
    inputs = torch.randn(N_STEPS, BATCH, N_INPUTS, requires_grad=True)
    loss = (module(inputs)[0] ** 2).sum()
    first = torch.autograd.grad(loss, [inputs, *module.parameters()], retain_graph=True)
    again = torch.autograd.grad(loss, [inputs, *module.parameters()])
    for one, other in zip(first, again, strict=True):
        torch.testing.assert_close(one, other, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda x, y, m: (x[0], None, None), "must be .time, batch, inputs."),
        (lambda x, y, m: (x[:0], None, None), "at least 1 step"),
        (lambda x, y, m: (x[..., 1:], None, None), "5 inputs. Got .7, 3, 4."),
        (lambda x, y, m: (x.double(), None, None), "Got torch.float64"),
        (lambda x, y, m: (x, (y[1:], m), None), "`state.y` must be .3, 7."),
        (lambda x, y, m: (x, (y, m[1:]), None), "`state.memory` must be"),
        (lambda x, y, m: (x, None, y[:, 1:]), "`mask` must be .3, 7.. Got .3, 6."),
        (lambda x, y, m: (x, None, y.half()), "`mask` must be float32"),
    ],
)
def test_what_does_not_fit_is_refused(change, message):
    from cellcolony.layers.torch import Carried

    module = module_of(mixture(3, 4))
    inputs, state, mask = change(torch.zeros(N_STEPS, BATCH, N_INPUTS), *module.zeros(BATCH))
    with pytest.raises(ConfigError, match=message):
        module(inputs, Carried(*state) if state else None, mask)


def test_the_engine_itself_does_without_torch():
    code = "import sys, cellcolony.layers.window; print('torch' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert done.stdout.strip() == "False", done.stderr
