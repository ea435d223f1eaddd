"""The cells of the literature are trees of the grammar `gated`."""

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.known_trees import TEXTS, known_tree
from cellcolony.cells.lower.numpy import step
from cellcolony.cells.tree_value import digest_of, same_as
from tests.cells.trees import tree

BIASES = {
    "lstm": {"b_i": "b0", "b_f": "b1", "b_g": "b2", "b_o": "b3"},
    "gru": {"b_z": "b0", "b_r": "b1", "b_h": "b2"},
    "mgu": {"b_f": "b0", "b_h": "b1"},
    "ugrnn": {"b_c": "b0", "b_g": "b1"},
    "nascell": {},
}
"""What the library calls a bias, and the tree."""


@pytest.mark.parametrize("name", BIASES)
def test_a_known_tree_computes_what_the_cell_of_the_library_does(name):
    rng = np.random.default_rng(1)
    expected, cell = cells.get(name), known_tree(name).to_cell(name)
    assert len(cell.weights()) == len(expected.weights())
    own = {weight.name: rng.normal(size=5) for weight in cell.weights()}
    wanted = [own[BIASES[name].get(weight.name, weight.name)] for weight in expected.weights()]
    y, states, others = np.zeros(5), dict.fromkeys(cell.states, np.zeros(5)), {}
    others = dict.fromkeys(expected.states, np.zeros(5))
    before = y
    for s in rng.normal(size=(6, 5)):
        y, states = step(cell, np.array(list(own.values())), s, y, states)
        before, others = step(expected, np.array(wanted), s, before, others)
        np.testing.assert_allclose(y, before, rtol=1e-12)


def test_a_highway_network_of_depth_1_is_the_update_gate_network():
    assert known_tree("rhn").key == known_tree("ugrnn").key
    assert digest_of(known_tree("rhn")) == digest_of(known_tree("ugrnn"))


def test_every_known_tree_is_another_node():
    assert len({digest_of(known_tree(name, bias=True)) for name in TEXTS}) == len(TEXTS) - 1


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gate(z0, h, tanh(z1))", "gate(z3, tanh(z2), h)"),  # a free gate turned
        ("add(mul(z0, z1), mul(z0, z2))", "mul(z0, add(z1, z2))"),
        ("gate(z0, tanh(z1), tanh(z1))", "tanh(z0)"),
        ("tanh(add(x0, mul(u0, z1)))", "tanh(add(x3, mul(u2, z0)))"),  # x0 and u0 share no weights
    ],
)
def test_trees_that_compute_the_same_have_one_digest(one, other):
    assert digest_of(tree(one)) == digest_of(tree(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("gate(z0, tanh(add(x1, mul(sigmoid(z0), u1))), h)",
         "gate(z0, h, tanh(add(x1, mul(sigmoid(z0), u1))))"),  # the gate drives the reset as well
        ("tanh(z0)", "tanh(x0)"),
        ("tanh(add(x0, mul(u0, z0)))", "tanh(add(x0, mul(u1, z0)))"),
        ("gate(z0, z1, h)", "gate(z0, z1, c)"),
    ],
)  # fmt: skip
def test_trees_that_compute_something_else_have_other_digests(one, other):
    assert digest_of(tree(one)) != digest_of(tree(other))


def test_inputs_of_one_number_are_renumbered_together():
    assert tree("mul(x5, add(u5, z2))").key == tree("mul(add(z4, u0), x7)").key
    assert tree("mul(x5, add(u5, z2))").key != tree("mul(x5, add(u2, z2))").key
    assert known_tree("gru").key == "gate(z0, h, tanh(add(mul(sigmoid(z1), u2), x2)))"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("gate(z4, tanh(add(mul(u2, sigmoid(z3)), x7)), h)", "gru"),
        ("tanh(gate(z0, h, tanh(z1)))", None),
        ("gate(z1, h, tanh(add(z0, mul(h, mul(c, z2)))))", "ugrnn"),  # a memory that reads 0
    ],
)
def test_a_cell_of_the_literature_is_known_by_its_values(text, name):
    assert same_as(tree(text, bias=True)) == name
