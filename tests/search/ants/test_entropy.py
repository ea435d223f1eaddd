"""Entropy of the roulettes, by hand."""

import math
from typing import Any

import numpy as np
import pytest

from cellcolony.search.ants.entropy import entropy
from cellcolony.search.ants.layout import Layout
from cellcolony.search.ants.superstructure import Superstructure
from tests.search.ants.colonies import equal_pheromones, rng, started


def layout(cells: tuple[str, ...] = ("gru", "mgu"), **sizes: Any) -> Layout:
    small = {"n_inputs": 2, "n_outputs": 1, "n_layers": 1, "n_nodes_per_layer": 2, "max_skip": 1}
    return Layout(Superstructure(**{**small, **sizes}), cells, "linear")


def bits(*shares: float) -> float:
    """Shannon's entropy over its largest value."""
    return -sum(p * math.log(p) for p in shares if p) / math.log(len(shares))


@pytest.mark.parametrize("tau", [1e-9, 0.7, 3e13])
def test_even_choices_have_entropy_1_at_every_place(tau):
    it = layout(max_skip=2)
    found = entropy(it, equal_pheromones(it.structure, tau=tau))
    # Nodes 0, 1 | 2, 3 | 4. A hidden node has one edge ahead, and that is no choice.
    assert [len(places) for places in found] == [1, 2, 5, 2]
    for places in found:
        assert places == pytest.approx(1.0, abs=1e-9)
    assert found.mean == pytest.approx(1.0, abs=1e-9)


def test_a_choice_that_is_certain_has_entropy_0():
    it = layout()
    pheromones = equal_pheromones(it.structure)
    for tau in vars(pheromones).values():
        tau[:] = 0.0
    pheromones.start[0] = 5.0
    pheromones.edges[[0, 3]] = 5.0  # of each input, the first of three
    pheromones.recurrent[::3] = 5.0  # of each node, the first of three
    pheromones.cells[:, 1] = 5.0
    found = entropy(it, pheromones)
    assert [len(places) for places in found] == [1, 2, 5, 2]
    # Hidden nodes' only edge holds nothing here; it is no choice and is not looked at.
    assert found.mean == pytest.approx(0.0, abs=1e-12)


def test_entropies_are_those_of_the_shares_of_pheromone():
    it = layout()
    pheromones = equal_pheromones(it.structure)
    pheromones.start[:] = [1.0, 3.0]
    pheromones.edges[:6] = [1.0, 1.0, 2.0, 5.0, 3.0, 2.0]
    pheromones.recurrent[12:15] = [8.0, 1.0, 1.0]  # from the output
    pheromones.cells[:] = [[1.0, 9.0], [4.0, 4.0]]
    found = entropy(it, pheromones)
    assert found.start == pytest.approx([bits(0.25, 0.75)])
    assert found.edges == pytest.approx([bits(0.25, 0.25, 0.5), bits(0.5, 0.3, 0.2)])
    assert found.recurrent == pytest.approx([1, 1, 1, 1, bits(0.8, 0.1, 0.1)])
    assert found.cells == pytest.approx([bits(0.1, 0.9), 1])
    everything = [place for places in found for place in places]
    assert found.mean == pytest.approx(sum(everything) / 10)


def test_places_with_one_choice_are_left_out():
    it = layout(("gru",), n_inputs=1, n_layers=0)
    found = entropy(it, equal_pheromones(it.structure, n_cells=1))
    assert [len(places) for places in found] == [0, 0, 0, 0]
    assert found.mean == 0.0


def test_a_candidate_says_how_decided_the_colony_was_that_made_it():
    search = started(evaporation_rate=1e-9)
    assert search.ask(0, rng()).how["entropy"] == 1.0
    search.colony.pheromones.start[:] = [1.0, 9.0, 90.0]
    search.colony.pheromones.cells[:] = np.array([1.0, 2.0, 3.0, 4.0, 5.0, 6.0])
    # Three inputs, 2 x 3 nodes, two outputs: 1 start, 9 and 11 nodes with edges, 6 with a cell.
    of_cells = bits(*(k / 21 for k in range(1, 7)))
    expected = (bits(0.01, 0.09, 0.9) + 9 + 11 + 6 * of_cells) / 27
    assert search.ask(1, rng()).how["entropy"] == round(expected, 4)
    assert expected < 0.98
