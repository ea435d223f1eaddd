"""The grammar `gated`: what variation makes of it, and bounded roots."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.lower.numpy import step
from cellcolony.errors import ConfigError
from cellcolony.search.nodes import NodeEvolution
from cellcolony.search.nodes.bounded import is_bounded, with_bounded_root
from cellcolony.search.nodes.crossover import crossover
from cellcolony.search.nodes.distance import distance
from cellcolony.search.nodes.grammar import GATED, PAPER
from cellcolony.search.nodes.landmarks import Landmarks
from cellcolony.search.nodes.variation import mutated, mutated_once
from tests.cells.trees import tree
from tests.search.nodes.evolutions import begun, rng, run, small, tree_of

SETTINGS = NodeEvolution(grammar="gated", starts="gated", bounded=True, bias=True)


def mutants(n: int, n_mutations: int = 12):
    source = rng(3)
    for _ in range(n):
        one = known_tree(SEEDS[source.integers(len(SEEDS))])
        for _ in range(n_mutations):
            one, _ = mutated_once(one, SETTINGS, source)
        yield one


def test_mutations_bring_and_take_gates_halves_and_the_output_before():
    names = {element.op for one in mutants(80) for element in one.root.walk()}
    assert {"gate", "h", "c", "d", "relu"} <= names
    assert {"x0", "x1", "u0", "u1", "z0", "z1", "z2"} <= names


def test_the_papers_grammar_never_brings_what_is_ours():
    source, settings = rng(0), NodeEvolution()
    one = tree("add(tanh(z0), mul(c, z1)>c)")
    for _ in range(300):
        one, _ = mutated(one, settings, source)
        assert {element.op for element in one.root.walk()} <= {
            *PAPER.leaves, *PAPER.operations[0], *PAPER.operations[1],
        }  # fmt: skip


def test_a_new_leaf_has_weights_of_its_own_as_often_as_not():
    source, one = rng(1), tree("tanh(add(z0, z1))")
    drawn = [GATED.leaf(one, source) for _ in range(4000)]
    of_inputs = [leaf for leaf in drawn if leaf[0] == "z"]
    assert np.mean([leaf[0] == "z" for leaf in drawn]) == pytest.approx(0.4, abs=0.03)
    assert set(of_inputs) == {"z0", "z1", "z2"}  # the first that is not read, and no further
    assert np.mean([leaf == "z2" for leaf in of_inputs]) == pytest.approx(0.5, abs=0.04)


@pytest.mark.parametrize(
    ("text", "bounded"),
    [
        ("tanh(z0)", True),
        ("gate(z0, h, tanh(z1))", True),
        ("add(tanh(z0), sigmoid(z1))", True),
        ("mul(tanh(c), sigmoid(z1))", True),
        ("gate(z0, h, z1)", False),
        ("relu(z0)", False),
        ("add(h, tanh(z0))", False),
        ("mul(tanh(z0), add(h, c))", False),
    ],
)
def test_a_root_is_bounded_where_that_can_be_shown(text, bounded):
    assert is_bounded(tree(text)) == bounded
    kept = with_bounded_root(tree(text))
    assert is_bounded(kept)
    assert (kept == tree(text)) == bounded


def test_bounded_nodes_stay_bounded_whatever_they_read():
    for one in mutants(30):
        assert is_bounded(one)
        cell, source = one.to_cell(), rng(5)
        y, states = np.zeros(4), dict.fromkeys(cell.states, np.zeros(4))
        weights = source.normal(0, 30, (len(cell.weights()), 4))
        with np.errstate(over="ignore", invalid="ignore"):
            for s in source.normal(0, 30, (20, 4)):
                y, states = step(cell, weights, s, y, states)
                assert np.nanmax(np.abs(y), initial=0.0) <= 8.0


def test_branches_of_gates_are_compared_in_every_order():
    one, other = tree("gate(z0, tanh(z1), h)"), tree("gate(mul(z0, z1), h, tanh(h))")
    assert distance(one, tree("gate(tanh(z1), h, c)")) == 0
    assert distance(one, other) == distance(other, one) == pytest.approx((5 + 7) / (2 * 5) - 1)
    near = Landmarks([one.root.shape, other.root.shape]).near(one.root.shape, 0.5)
    assert [place for _, place in near] == [0, 1]


def test_crossover_takes_a_branch_of_the_shared_region():
    child = crossover(tree("gate(z0, h, tanh(z1))"), tree("gate(z2, c, sigmoid(u1))"), rng(2))
    assert child is not None
    assert child.root.op == "gate"
    assert child != tree("gate(z0, h, tanh(z1))")


def test_the_species_of_the_paper_may_start_from_gated_cells():
    settings = small(grammar="gated", starts="gated", bounded=True, bias=True)
    first = [tree_of(one) for one in run(begun(settings), settings.population)]
    assert {known_tree(name) for name in SEEDS} <= set(first)
    assert len(run(begun(settings))) == settings.n_candidates


def test_gated_starts_need_the_grammar():
    with pytest.raises(ConfigError, match=r"`starts` can be \"gated\" with the grammar"):
        NodeEvolution(starts="gated")
