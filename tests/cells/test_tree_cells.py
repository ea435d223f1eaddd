"""Trees as cells: every lowering takes them, and their gradients are right."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.lower.latex import as_latex
from cellcolony.cells.lower.numpy import step
from cellcolony.cells.program import Cell
from cellcolony.cells.tree import Tree
from cellcolony.layers.layer import layer_of
from cellcolony.networks import batches as batching
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.search.nodes import NodeEvolution
from cellcolony.search.nodes.start import start_tree
from cellcolony.search.nodes.variation import mutated_once
from tests.cells.trees import LSTM, TWO_MEMORIES, random_tree, tree
from tests.layers.oracle import Case
from tests.layers.test_windows import assert_gradient_is_that_of_finite_differences
from tests.networks.test_gradients import assert_gradients_match, some_series


def evolved(seed: int, n_mutations: int = 60, bias: bool = False) -> Tree:
    """Mutate a simple tree so often, with ties wherever there may be some."""
    rng = np.random.default_rng(seed)
    settings = NodeEvolution(modi_rate=1.0, bias=bias)
    one = start_tree(rng, with_memory=True, bias=bias)
    for _ in range(n_mutations):
        one, _ = mutated_once(one, settings, rng)
    return one


TREES = [
    tree(LSTM, bias=True),
    tree(TWO_MEMORIES),
    tree("z0"),
    tree("add(mul(c, z0), z1)"),
    *(evolved(seed, bias=seed % 2 == 1) for seed in range(4)),
    *(random_tree(seed) for seed in range(4)),
]


def test_evolved_trees_use_both_memories_and_many_elements():
    several = [evolved(seed) for seed in range(4)]
    assert max(one.n_elements for one in several) > 40
    assert any(one.tied_to("c") and one.tied_to("d") for one in several)


def test_the_tree_of_the_lstm_is_the_lstm():
    rng = np.random.default_rng(0)
    expected, cell = cells.get("lstm"), tree(LSTM, bias=True).to_cell("lstm")
    own = dict(zip((w.name for w in cell.weights()), rng.normal(size=(12, 5)), strict=True))
    gates = {"b_i": "b0", "b_f": "b1", "b_g": "b2", "b_o": "b3"}
    weights = [own[gates.get(w.name, w.name)] for w in expected.weights()]
    s, y, c = rng.normal(size=(3, 5))
    found = step(cell, np.array(list(own.values())), s, y, {"c": c})
    wanted = step(expected, np.array(weights), s, y, {"c": c})
    np.testing.assert_allclose(found[0], wanted[0], rtol=1e-14)
    np.testing.assert_allclose(found[1]["c"], wanted[1]["c"], rtol=1e-14)


def test_several_outputs_of_one_memory_are_summed():
    cell = tree("mul(add(c, z0)>c, tanh(add(c, z1))>c)").to_cell()
    weights = np.array([2.0, 3.0, 0.5, 0.25])  # w0, w1, u0, u1
    s, y, c = np.float64(0.7), np.float64(-0.2), np.float64(0.3)
    first, second = c + 2.0 * s + 0.5 * y, np.tanh(c + 3.0 * s + 0.25 * y)
    found, states = step(cell, weights, s, y, {"c": c})
    assert found == pytest.approx(first * second)
    assert states["c"] == pytest.approx(first + second)


def test_a_memory_without_an_output_reads_zero():
    cell = tree("add(z0, mul(d, z1))").to_cell()
    assert cell.states == {}
    assert step(cell, np.array([2.0, 5.0, 0.0, 0.0]), np.float64(1), np.float64(0), {})[0] == 2.0


def test_a_memory_that_no_leaf_reads_is_left_out_of_the_cell():
    cell = tree("mul(add(c, z0)>c, add(c, z1)>d)").to_cell()
    assert set(cell.states) == {"c"}


@pytest.mark.parametrize("bias", [False, True])
def test_every_base_input_has_its_own_weights(bias):
    cell = tree("add(z1, mul(z1, z6))", bias).to_cell("x")
    names = ["w1", "w6", "u1", "u6"] + (["b1", "b6"] if bias else [])
    assert [weight.name for weight in cell.weights()] == names
    assert cell.name == "x"


@pytest.mark.parametrize("one", TREES, ids=lambda one: one.text[:30])
def test_a_trees_cell_survives_the_round_trip_and_has_equations(one):
    cell = one.to_cell("node")
    assert Cell.from_dict(cell.to_dict()) == cell
    assert "y_{t} &=" in as_latex(cell)


@pytest.mark.parametrize("one", TREES, ids=lambda one: one.text[:30])
def test_a_dense_layer_of_a_tree_computes_and_learns(one):
    case = Case(layer_of(one.to_cell(), 11))
    tape = case.windows.forward(case.x, case.weights, case.state)
    expected, _ = case.expected()
    np.testing.assert_allclose(tape.y, expected, atol=1e-12 * max(1.0, np.abs(expected).max()))
    assert_gradient_is_that_of_finite_differences(case)


@pytest.mark.parametrize("one", [TREES[1], TREES[4]], ids=lambda one: one.text[:30])
def test_a_sparse_network_of_trees_learns(one, monkeypatch):
    known = cells.get
    cell = replace(one.to_cell(), name="evolved")
    monkeypatch.setattr(cells, "get", lambda name: cell if name == "evolved" else known(name))
    rng = np.random.default_rng(3)
    network = fixed_network(["evolved"], 3, 2, width=3, output_cell="linear", time_skips=(1,))
    network = draw_weights(network, rng)
    assert_gradients_match(network, batching.whole_series(some_series(rng, [9]), np.float64))
