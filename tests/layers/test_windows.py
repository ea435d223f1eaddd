"""Windows of dense layers, against plain NumPy and finite differences."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.lower.simd import VECTOR
from cellcolony.layers.layer import Group, Layer, layer_of
from cellcolony.layers.window import State, Weights
from tests.layers.oracle import CELLS, Case, everything, mixture, random_cell

UNEVEN = VECTOR + 3


def assert_state_close(state: State, expected: State, tolerance: float):
    np.testing.assert_allclose(state.y, expected.y, atol=tolerance)
    np.testing.assert_allclose(state.memory, expected.memory, atol=tolerance)


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 3e-5)])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_a_layer_of_any_cell_computes_what_plain_numpy_computes(cell, dtype, tolerance, masked):
    case = Case(layer_of(cell, UNEVEN), dtype, masked)
    tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
    expected, state = case.expected()
    np.testing.assert_allclose(tape.y, expected, atol=tolerance)
    assert_state_close(tape.state, state, tolerance)


def assert_gradient_is_that_of_finite_differences(case: Case):
    """Compare the slope along random directions of all that is trained, one at a time."""
    tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
    gradient, dx = case.windows.backward(tape, case.dy)
    rng = np.random.default_rng(1)
    parts = {"x": case.x, **{f"weights.{k}": v for k, v in case.weights._asdict().items()}}
    slopes = {"x": dx, **{f"weights.{k}": v for k, v in gradient._asdict().items()}}
    for name, numbers in parts.items():
        direction = rng.normal(size=numbers.shape)
        losses = []
        for step in (1e-6, -1e-6):
            moved = parts | {name: numbers + step * direction}
            weights = Weights(*(moved[f"weights.{k}"] for k in Weights._fields))
            y = case.windows.forward(moved["x"], weights, case.state, case.mask).y
            losses.append((y * case.dy).sum())
        expected = (losses[0] - losses[1]) / 2e-6
        found = (slopes[name] * direction).sum()
        scale = max(1.0, np.abs(slopes[name] * direction).sum())
        assert abs(found - expected) < 1e-7 * scale, name


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("cell", CELLS, ids=lambda cell: cell.name)
def test_the_gradient_of_a_layer_of_any_cell_is_that_of_finite_differences(cell, masked):
    assert_gradient_is_that_of_finite_differences(Case(layer_of(cell, UNEVEN), masked=masked))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("sizes", [(7, 20, 3, 1, UNEVEN), (2 * VECTOR, 1, 1), (300, 5)])
def test_groups_of_any_sizes_compute_and_learn_together(sizes, masked):
    case = Case(mixture(*sizes), masked=masked)
    tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
    expected, state = case.expected()
    np.testing.assert_allclose(tape.y, expected, atol=1e-12)
    assert_state_close(tape.state, state, 1e-12)
    assert_gradient_is_that_of_finite_differences(case)


@pytest.mark.parametrize("batch", [1, 2, 11, 20, 32])
@pytest.mark.parametrize("n_units", [1, VECTOR, 70])
def test_batches_and_layers_of_any_size(batch, n_units):
    case = Case(layer_of(everything(), n_units), masked=True, sizes=(3, batch, 9))
    tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
    np.testing.assert_allclose(tape.y, case.expected()[0], atol=1e-12)
    assert_gradient_is_that_of_finite_differences(case)


def test_a_cell_of_hundreds_of_operations():
    case = Case(layer_of(random_cell(7, 400), UNEVEN))
    tape = case.windows.forward(case.x, case.weights, case.state)
    np.testing.assert_allclose(tape.y, case.expected()[0], atol=1e-12)
    assert_gradient_is_that_of_finite_differences(case)


@pytest.mark.parametrize("layer", [layer_of(cells.get("lstm"), 9), mixture(4, 5, 6, 7, 8)])
def test_two_windows_with_the_state_carried_over_are_one_long_window(layer):
    case = Case(layer, np.float32, masked=True, sizes=(8, 3, 4))
    whole = case.windows.forward(case.x, case.weights, case.state, case.mask)
    first = case.windows.forward(case.x[:3], case.weights, case.state, case.mask)
    second = case.windows.forward(case.x[3:], case.weights, first.state, case.mask)
    np.testing.assert_array_equal(np.concatenate([first.y, second.y]), whole.y)
    np.testing.assert_array_equal(second.state.y, whole.state.y)
    np.testing.assert_array_equal(second.state.memory, whole.state.memory)


def test_groups_that_do_not_see_each_other_are_separate_layers():
    layer = mixture(4, 5, 6, 7, 8)
    case = Case(layer)
    layout, batch = case.layout, case.x.shape[1]
    alone = [Case(Layer((group,)), seed=1) for group in layer.groups]
    weights = Weights(*(np.zeros_like(part) for part in case.weights))
    state = State(*(np.zeros_like(part) for part in case.state))
    for g, it in enumerate(alone):
        cell = layer.groups[g].cell
        for leaf in (*cell.leaves("x"), *cell.leaves("x_sum")):
            rows = it.weights.x[it.layout.rows("input", 0, leaf)]
            weights.x[layout.rows("input", g, leaf)] = rows
        for leaf in cell.leaves("h"):
            rows = it.weights.h[it.layout.rows("output", 0, leaf)]
            weights.h[layout.rows("output", g, leaf), layout.outputs(g)] = rows
        for leaf in cell.leaves("param"):
            name = str(leaf.value)
            weights.params[layout.params(g, name)] = it.weights.params[it.layout.params(0, name)]
        state.y[:, layout.outputs(g)] = it.state.y
        for name in cell.own_states():
            numbers = it.state.memory[:, it.layout.memory(0, name)]
            state.memory[:, layout.memory(g, name)] = numbers
    together = case.windows.forward(case.x, weights, state)
    separate = [it.windows.forward(case.x, it.weights, it.state).y for it in alone]
    assert state.y.shape == (batch, layer.n_units)
    np.testing.assert_allclose(together.y, np.concatenate(separate, axis=2), atol=1e-13)


def test_the_mask_is_the_same_in_every_step_and_hides_the_output_from_projections_alone():
    case = Case(layer_of(cells.get("gru"), 6), masked=True)
    case.mask = np.zeros_like(case.state.y)
    cut = case.weights._replace(h=np.zeros_like(case.weights.h))
    masked = case.windows.forward(case.x, case.weights, case.state, case.mask)
    without = case.windows.forward(case.x, cut, case.state)
    np.testing.assert_array_equal(masked.y, without.y)


def test_the_same_numbers_give_the_same_bits():
    runs = []
    for _ in range(2):
        case = Case(mixture(7, 20, 3, 1, 19), np.float32, masked=True)
        tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
        gradient, dx = case.windows.backward(tape, case.dy)
        runs.append([tape.y, dx, *gradient])
    for first, second in zip(*runs, strict=True):
        np.testing.assert_array_equal(first, second)


def test_the_gradient_by_the_input_is_left_out_where_nobody_wants_it():
    case = Case(layer_of(cells.get("lstm"), 6))
    tape = case.windows.forward(case.x, case.weights, case.state)
    gradient, _ = case.windows.backward(tape, case.dy)
    tape = case.windows.forward(case.x, case.weights, case.state)
    again, dx = case.windows.backward(tape, case.dy, wants_dx=False)
    assert dx.size == 0
    for one, other in zip(gradient, again, strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_what_is_not_a_number_stays_so_and_infinity_saturates(value):
    case = Case(layer_of(cells.get("lstm"), UNEVEN), np.float32)
    case.x[1, 0, 0] = value
    tape = case.windows.forward(case.x, positive(case.weights), case.state)
    assert np.isfinite(tape.y[0]).all()
    assert np.isfinite(tape.y[:, 1:]).all()
    assert np.isnan(tape.y[1, 0]).all() == np.isnan(value)


def positive(weights: Weights) -> Weights:
    return Weights(*(np.abs(part) for part in weights))


def test_a_layer_needs_groups_and_a_group_needs_units():
    with pytest.raises(ValueError, match="at least one group"):
        Layer(())
    with pytest.raises(ValueError, match=r"at least 1 unit\. Got 0"):
        Group(cells.get("lstm"), 0)
