"""Conformance of every cell in the registry, whatever is added to it."""

from __future__ import annotations

import ctypes

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.lower.frame import Frame, as_array
from cellcolony.cells.lower.kernel_code import compile_cell
from cellcolony.cells.lower.numpy import step
from cellcolony.cells.lower.simd import VECTOR
from cellcolony.cells.program import Cell, Expression, h, param, relu, sigmoid, state, tanh, x
from cellcolony.errors import ConfigError, GenomeError


@pytest.mark.parametrize(
    ("name", "n_weights"),
    [
        ("simple", 1),
        ("linear", 1),
        ("delta", 6),
        ("ugrnn", 6),
        ("mgu", 6),
        ("gru", 9),
        ("lstm_peephole", 11),
        ("lstm", 12),
        ("nascell", 16),
    ],
)
def test_a_cell_has_as_many_weights_as_published(name, n_weights):
    assert len(cells.get(name).weights()) == n_weights


@pytest.mark.parametrize("name", cells.names())
def test_a_cell_survives_the_round_trip_through_plain_values(name):
    cell = cells.get(name)
    again = Cell.from_dict(cell.to_dict())
    assert again == cell
    assert again.weights() == cell.weights()


def run_compiled(cell: Cell, dtype, weights, s):
    """Run the compiled forward loop: weights `(n, width)`, s `(time, width)`; returns y."""
    compiled = compile_cell(cell, dtype)
    n_steps, width = s.shape
    forward = ctypes.CFUNCTYPE(None, *[ctypes.c_ssize_t] * 4)(compiled.forward)
    y = np.zeros((n_steps + 1, width), dtype)
    states = np.zeros(max(1, compiled.n_states) * width, dtype)
    tape = np.zeros(max(1, compiled.n_tape) * width * n_steps, dtype)
    arrays = np.ascontiguousarray(weights, dtype), np.ascontiguousarray(s, dtype)
    addresses = [array.ctypes.data for array in (*arrays, y[1:], states, tape)]
    frame = as_array([Frame(width, width, compiled.n_tape * width, *addresses)])
    forward(frame.ctypes.data, n_steps, 0, 0)
    return y[1:]


def run_oracle(cell: Cell, weights, s):
    y = np.zeros(s.shape[1])
    states = {name: np.zeros(s.shape[1]) for name in cell.states}
    ys = []
    for row in s:
        y, states = step(cell, weights, row, y, states)
        ys.append(y)
    return np.array(ys)


def everything() -> Cell:
    """A cell with every leaf and every operation."""
    c = relu(x(0) + h(0)) * 0.5 + state("c") * sigmoid(param("f", 1.0)) - x() * state("c")
    y = 1.0 - tanh(c) * param("scale")
    return Cell(y=y, states={"c": tanh(c), "d": state("c"), "y": y}, name="everything")


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-13), (np.float32, 5e-5)])
@pytest.mark.parametrize(
    "cell", [*map(cells.get, cells.names()), everything()], ids=lambda c: c.name
)
def test_compiled_loops_agree_with_plain_numpy(cell, dtype, tolerance):
    rng = np.random.default_rng(1)
    width = 2 * VECTOR
    weights = rng.normal(0, 0.5, (len(cell.weights()), width))
    s = rng.normal(0, 2, (40, width))
    expected = run_oracle(cell, weights, s)
    np.testing.assert_allclose(run_compiled(cell, dtype, weights, s), expected, atol=tolerance)


def test_float32_tanh_and_sigmoid_stay_within_a_millionth_over_their_whole_range():
    s = np.concatenate([np.linspace(-30, 30, 8 * VECTOR * 100), np.zeros(VECTOR)])
    s = s.reshape(-1, VECTOR)
    no_weights = np.zeros((1, VECTOR))
    for name, cell in (("tanh", tanh(x())), ("sigmoid", sigmoid(x()))):
        y = run_compiled(Cell(y=cell, name=name), np.float32, no_weights, s)
        s32 = s.astype(np.float32).astype(float)
        exact = np.tanh(s32) if name == "tanh" else 0.5 * np.tanh(0.5 * s32) + 0.5
        assert np.abs(y - exact).max() < 1e-6


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("name", ["simple", "gru", "lstm_peephole"])
def test_what_is_not_a_number_stays_so_and_infinity_saturates(name, value):
    cell = cells.get(name)
    s = np.zeros((3, VECTOR))
    s[1] = value
    y = run_compiled(cell, np.float32, np.full((len(cell.weights()), VECTOR), 0.5), s)
    assert np.isfinite(y[0]).all()
    assert np.isnan(y[1]).all() == np.isnan(value)


def test_an_unknown_cell_is_answered_with_the_nearest_one():
    with pytest.raises(ConfigError, match="Did you mean 'lstm_peephole'"):
        cells.get("lstm_peephol")


def test_a_state_that_is_read_and_never_set_is_refused():
    with pytest.raises(GenomeError, match="reads state 'c' and never sets it"):
        Cell(y=state("c") + x())


def test_an_unknown_operation_is_refused():
    with pytest.raises(GenomeError, match="Got 'cosh'"):
        Expression("cosh", (x(),))


def test_equal_values_are_computed_once():
    shared = tanh(x(0)) * tanh(x(0))
    assert [e.op for e in Cell(y=shared).order()] == ["x", "tanh", "mul"]


def test_the_textbook_lstm_is_that_of_torch():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    reference = torch.nn.LSTM(1, 1).double()
    cell = cells.get("lstm")
    values = {}
    for letter, k in (("i", 0), ("f", 1), ("g", 2), ("o", 3)):
        leaf = {"i": 0, "f": 1, "g": 2, "o": 3}[letter]
        values[f"w{leaf}"] = reference.weight_ih_l0[k, 0].item()
        values[f"u{leaf}"] = reference.weight_hh_l0[k, 0].item()
        values[f"b_{letter}"] = (reference.bias_ih_l0[k] + reference.bias_hh_l0[k]).item()
    weights = np.array([[values[w.name]] for w in cell.weights()])
    s = rng.normal(size=(20, 1))
    expected = reference(torch.tensor(s)[:, None, :])[0].detach().numpy()[:, 0]
    np.testing.assert_allclose(run_oracle(cell, weights, s), expected, atol=1e-12)


def test_nascell_is_that_of_zoph_and_le():
    rng = np.random.default_rng(0)
    w, u = weights = rng.normal(size=(2, 8, 5))
    s, y, c = rng.normal(size=(3, 5))
    x, m = w * s, u * y
    sig = lambda v: 1 / (1 + np.exp(-v))  # noqa: E731
    l0, l1 = sig(x[0] + m[0]), np.maximum(x[1] + m[1], 0)
    l2, l3 = sig(x[2] + m[2]), np.maximum(x[3] * m[3], 0)
    l4, l5 = np.tanh(x[4] + m[4]), sig(x[5] + m[5])
    l6, l7 = np.tanh(x[6] + m[6]), sig(x[7] + m[7])
    p0, p1, p2, p3 = np.tanh(l0 * l1), np.tanh(l2 + l3), np.tanh(l4 * l5), sig(l6 + l7)
    c_next = np.tanh(p0 + c) * p1
    y_next, states = step(cells.get("nascell"), weights.reshape(16, 5), s, y, {"c": c})
    np.testing.assert_allclose(states["c"], c_next, rtol=1e-13)
    np.testing.assert_allclose(y_next, np.tanh(c_next * np.tanh(p2 + p3)), rtol=1e-13)
