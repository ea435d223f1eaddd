"""Phi, and weights handed down to their own edges and cells."""

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.contract import Evaluation
from cellcolony.networks.genome import Network
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.search.ants.phi import phi_by_function, share_of
from tests.search.ants.colonies import problem, rng, started

LOSSES = (0.1, 0.2, 0.5)


@pytest.mark.parametrize(
    ("loss", "phi"),
    [(0.1, 0.9), (0.11, 0.9), (0.2, 0.75), (0.4, 0.25), (0.5, 0.0), (0.9, 0.0)],
)
def test_the_better_a_network_the_more_it_hands_down(loss, phi):
    assert phi_by_function(loss, LOSSES) == pytest.approx(phi)


def test_equal_best_and_worst_leave_the_colony_as_it_is():
    assert phi_by_function(0.3, (0.3,)) == 0.0
    assert phi_by_function(0.3, (0.3, 0.3)) == 0.0


def test_the_share_may_be_constant_or_nothing():
    assert share_of(0.6, 0.5, LOSSES) == 0.6
    assert share_of("none", 0.1, LOSSES) == 0.0
    assert share_of("function", 0.2, LOSSES) == pytest.approx(0.75)


def by_name(network: Network, weights: np.ndarray) -> dict[tuple, float]:
    """Each weight under what it belongs to, read off the network alone."""
    named: dict[tuple, float] = {}
    values = iter(weights.tolist())
    for source, target in network.edges.tolist():
        named["edge", source, target] = next(values)
    for source, target, skip in network.recurrent_edges.tolist():
        named["recurrent", source, target, skip] = next(values)
    for node in network.nodes:
        if node.kind != "input":
            for weight in cells.get(node.cell).weights():
                named["cell", node.id, node.cell, weight.name] = next(values)
    assert next(values, None) is None
    return named


def start_weights(network: Network) -> np.ndarray:
    assert network.weights is not None
    return network.weights


def tell(search: AntSearch, number: int, loss: float, weights: np.ndarray) -> None:
    search.tell(number, Evaluation.succeeded(loss, weights))


@pytest.mark.parametrize(("mode", "phi"), [("function", 0.9), (0.3, 0.3)])
def test_weights_handed_down_arrive_on_their_own_edges_and_cells(mode, phi):
    search = started(weights=mode, output_cell="simple")
    first = search.ask(0, rng(0)).genome
    known = by_name(first, start_weights(first))
    if mode == "function":  # the first network is best and worst at once: nothing changes
        tell(search, 0, 0.4, 50.0 + start_weights(first))
    second = search.ask(1, rng(1)).genome
    known |= by_name(second, start_weights(second))
    trained = 100.0 + np.arange(second.n_all_weights, dtype=np.float32)
    tell(search, 1, 0.1, trained)

    expected = dict(known)
    for name, value in by_name(second, trained).items():
        expected[name] = phi * value + (1 - phi) * known[name]
    seen: set[tuple] = set()
    for number in range(2, 40):
        network = search.ask(number, rng(number)).genome
        for name, value in by_name(network, start_weights(network)).items():
            if name in expected:
                assert value == pytest.approx(expected[name], rel=1e-6)
                seen.add(name)
            else:  # a part that neither network had: still as it was drawn
                assert abs(value) <= 0.5
    assert {name[0] for name in seen} == {"edge", "recurrent", "cell"}
    assert any(name[:2] == ("cell", second.outputs[0].id) for name in seen)


def test_two_cell_types_of_one_node_keep_their_weights_apart():
    search = started(cells=("gru", "mgu"), weights=0.9)
    n_compared = 0
    handed: dict[tuple, float] = {}
    for number in range(12):
        network = search.ask(number, rng(number)).genome
        for name, value in by_name(network, start_weights(network)).items():
            if name in handed:
                assert value == pytest.approx(handed[name], rel=1e-6)
                n_compared += name[0] == "cell"
        before = by_name(network, start_weights(network))
        trained = start_weights(network) + rng(number).normal(size=network.n_all_weights).astype(
            np.float32
        )
        tell(search, number, 1.0 / (number + 1), trained)
        for name, value in by_name(network, trained).items():
            handed[name] = 0.9 * value + 0.1 * before[name]
    assert n_compared > 0


def test_only_networks_that_improve_the_population_hand_weights_down():
    search = started(population=1, weights=0.9)
    search.ask(0, rng(0))
    good = search.ask(1, rng(1)).genome
    tell(search, 1, 0.1, start_weights(good))
    before = search.colony.weights.copy()
    bad = search.ask(2, rng(2)).genome
    tell(search, 2, 0.2, 9.0 + start_weights(bad))
    assert np.array_equal(search.colony.weights, before)


def test_new_weights_are_drawn_within_a_half_and_numbers_are_taken_as_they_are():
    layout = started(cells=("delta",), output_cell="simple").colony.layout
    drawn = layout.draw_weights(rng())
    assert drawn.shape == (layout.n_weights,)
    fixed = np.isfinite(layout.fixed_initials)
    assert np.array_equal(drawn[fixed], layout.fixed_initials[fixed])
    assert np.abs(drawn[~fixed]).max() <= 0.5
    assert drawn[~fixed].std() == pytest.approx(1 / np.sqrt(12), abs=0.06)


def test_weights_are_drawn_anew_for_each_network_under_none():
    search = started(weights="none", n_ants=30)
    first = search.ask(0, rng(0)).genome
    tell(search, 0, 0.1, 7.0 + start_weights(first))
    second = search.ask(1, rng(1)).genome
    tell(search, 1, 0.05, 7.0 + start_weights(second))
    third = search.ask(2, rng(2)).genome
    assert np.abs(start_weights(third)).max() <= 0.5
    earlier = by_name(second, start_weights(second))
    later = by_name(third, start_weights(third))
    shared = earlier.keys() & later.keys()
    assert shared
    assert all(earlier[name] != later[name] for name in shared)


def test_a_colony_begins_with_the_same_weights_from_the_same_stream():
    swarm = AntSwarm()
    colonies = [AntSearch.start(swarm, problem(["a"], ["b"]), rng(4)).colony for _ in range(2)]
    assert np.array_equal(colonies[0].weights, colonies[1].weights)
