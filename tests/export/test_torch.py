"""The PyTorch module gives what this program predicts, and can be trained on."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.runs.live import LiveStepper
from tests.export.cases import HOSTILE, Case, assert_close, case, case_of_cell, load, random_case

torch = pytest.importorskip("torch")


def exported(it: Case, path):
    source, tensors = it.write("torch", path)
    assert tensors == source.with_suffix(".safetensors")
    module = load(source)
    return module, module.load()


def batch(it: Case, module, n_rows: int, n_series: int = 2):
    """Return a batch `(series, time, columns)`, and what this program predicts for it."""
    frames = [it.rows(n_rows, seed) for seed in range(n_series)]
    rows = np.stack([frame[module.COLUMNS].to_numpy() for frame in frames])
    return torch.tensor(rows), np.stack([it.expected(frame) for frame in frames])


@pytest.mark.parametrize("seed", range(15))
def test_a_random_network_gives_what_this_program_predicts_on_series_of_any_length(seed, tmp_path):
    it = random_case(seed)
    module, model = exported(it, tmp_path)
    for n_rows in (1, 3, 60):
        rows, expected = batch(it, module, n_rows)
        assert_close(model(rows).detach().numpy(), expected)


@pytest.mark.parametrize("name", cells.names())
def test_every_cell_gives_what_this_program_predicts(name, tmp_path):
    it = case_of_cell(name)
    module, model = exported(it, tmp_path)
    rows, expected = batch(it, module, 40)
    assert_close(model(rows).detach().numpy(), expected)


@pytest.mark.parametrize("seed", range(4))
def test_row_by_row_it_gives_what_this_program_predicts_across_a_restart(seed, tmp_path):
    it = random_case(seed)
    module, _ = exported(it, tmp_path)
    rows = it.rows(60, seed)
    by_name = [
        dict(zip(module.COLUMNS, row, strict=True)) for row in rows[module.COLUMNS].to_numpy()
    ]
    first, second = module.Stepper(), module.Stepper()
    found = [first.step(row) for row in rows[module.COLUMNS].to_numpy()[:30]]
    own = LiveStepper(it.network, it.transform, it.residual)
    own.load(first.state())  # the same arrays everywhere
    second.load(own.state())
    found += [second.step(row) for row in by_name[30:]]
    assert_close(np.array(found), it.expected(rows))
    with pytest.raises(ValueError, match="A row must be"):
        second.step([np.nan] * len(module.COLUMNS))
    with pytest.raises(ValueError, match="outputs must be"):
        second.load({**first.state(), "outputs": np.zeros(3)})


@pytest.mark.parametrize("seed", range(4))
def test_its_parameters_are_the_weights_that_count(seed, tmp_path):
    it = random_case(seed)
    _, model = exported(it, tmp_path)
    assert sum(p.numel() for p in model.parameters()) == it.network.n_weights
    assert all(p.dtype == torch.float32 for p in model.parameters())
    buffers = dict(model.named_buffers())
    np.testing.assert_array_equal(buffers["input_width"], it.transform.input_scaling.width)
    np.testing.assert_array_equal(buffers["target_offset"], it.transform.target_scaling.offset)


@pytest.mark.parametrize("seed", [4, 9])
def test_its_gradients_are_those_of_finite_differences(seed, tmp_path):
    it = random_case(seed)
    module, model = exported(it, tmp_path)
    model.double()
    rows, _ = batch(it, module, 5)
    names, values = zip(*model.named_parameters(), strict=True)

    def run(*values):
        return torch.func.functional_call(model, dict(zip(names, values, strict=True)), (rows,))

    values = tuple(value.detach().requires_grad_() for value in values)
    # In a random direction, which no number of the gradient is left out of.
    assert torch.autograd.gradcheck(run, values, atol=1e-4, fast_mode=True)


def test_training_it_lowers_the_loss_and_what_was_learnt_can_be_saved(tmp_path):
    it = random_case(5)
    module, model = exported(it, tmp_path)
    rows, _ = batch(it, module, 30)
    rows = rows.float()
    wanted = rows[..., :1] + 1.0
    optimizer = torch.optim.Adam(model.parameters(), 0.01)
    losses = []
    for _ in range(15):
        loss = (model(rows)[..., :1] - wanted).square().mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    fresh = module.Forecaster()
    fresh.load_state_dict(model.state_dict())
    torch.testing.assert_close(fresh(rows), model(rows))


def test_forecasts_have_the_type_of_the_rows(tmp_path):
    it = random_case(6)
    module, model = exported(it, tmp_path)
    rows, _ = batch(it, module, 4)
    assert model(rows).dtype == torch.float64
    assert model(rows.float()).dtype == torch.float32


def test_it_moves_to_another_device_as_a_whole(tmp_path):
    it = random_case(6)
    module, model = exported(it, tmp_path)
    rows, expected = batch(it, module, 4)
    assert model.to("meta")(rows.to("meta")).shape == expected.shape


def test_large_offsets_lose_no_digits(tmp_path):
    network = fixed_network(["gru"], 1, 1, output_cell="linear")
    it = case(draw_weights(network, np.random.default_rng(0)), False)
    it.transform.input_scaling.offset[:] = 1e9
    module, model = exported(it, tmp_path)
    rows = it.rows(10)
    rows["column 0"] += 1e9
    forecasts = model(torch.tensor(rows[module.COLUMNS].to_numpy())[None]).detach().numpy()
    assert_close(forecasts[0], it.expected(rows))


def test_hostile_names_of_columns_survive_and_do_no_harm(tmp_path):
    network = fixed_network(["mgu"], len(HOSTILE), 1)
    it = case(draw_weights(network, np.random.default_rng(0)), True, HOSTILE)
    module, model = exported(it, tmp_path)
    assert tuple(module.COLUMNS) == HOSTILE
    rows, expected = batch(it, module, 5)
    assert_close(model(rows).detach().numpy(), expected)
