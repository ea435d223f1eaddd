"""Methods that begin with given genomes, and what networks become on other columns."""

from __future__ import annotations

import numpy as np
import pytest

from cellcolony.cells.known_trees import known_tree
from cellcolony.contract import Candidate, Evaluation, Problem, Start
from cellcolony.errors import ConfigError
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.genome import Network
from cellcolony.networks.train import predict
from cellcolony.search.examm import Examm
from cellcolony.search.methods import METHODS
from cellcolony.search.nodes import NodeEvolution, RacedNodes
from cellcolony.search.starts import network_of_start
from cellcolony.search.taps import Taps
from cellcolony.search.taps.given import blueprint_of, given
from cellcolony.search.taps.pruning import pruned
from cellcolony.search.taps.space import Space
from cellcolony.search.taps.weights import first_weights

PROBLEM = Problem(("a", "b", "c"), ("a", "c"))
CELLS = ("simple", "gru", "lstm")
TAPS = Taps(cells=CELLS, most_width=5)
SETTINGS = {
    "taps": TAPS,
    "examm": Examm(n_islands=2, island_size=2, cells=CELLS, max_skip=200),
    "nodes": NodeEvolution(population=6, generations=2, bias=True, grammar="gated"),
    "raced-nodes": RacedNodes(immigrant_rate=0.5, niches=True),
}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def drawn(seed: int) -> Network:
    space = Space(TAPS, PROBLEM)
    blueprint, _ = space.draw(frozenset(range(3)), rng(seed))
    return first_weights(blueprint, PROBLEM, None, rng(seed))


def outputs(network: Network, columns: str = "abc") -> np.ndarray:
    series = {name: rng(i).normal(size=250) for i, name in enumerate("abcd")}
    given = np.stack([series[name] for name in columns], 1).astype(np.float32)
    return predict(network, given)


def starts(name: str) -> list[Start]:
    if METHODS[name].genome == "network":
        return [Start(drawn(seed), f"network {seed}", epochs=seed) for seed in (1, 2, 3)]
    names = "lstm", "gru", "mgu"
    return [Start(known_tree(one, bias=True), one) for one in names]


@pytest.mark.parametrize("name", SETTINGS)
def test_given_genomes_come_first_as_they_are_also_from_a_saved_state(name):
    method, settings = METHODS[name], SETTINGS[name]
    assert method.begin_with is not None
    search = method.begin_with(settings, PROBLEM, rng(), starts(name))
    for number, start in enumerate(starts(name)):
        candidate = search.ask(number, rng(number))
        assert isinstance(candidate, Candidate)
        assert start.origin in str(candidate.how)
        assert "start-from" in str(candidate.how)
        if isinstance(start.genome, Network):
            assert isinstance(candidate.genome, Network)
            np.testing.assert_allclose(
                outputs(candidate.genome), outputs(start.genome), rtol=1e-4, atol=1e-5
            )
            assert candidate.how["epochs_before"] == start.epochs
        else:
            assert candidate.genome == start.genome
        search = method.restore(settings, PROBLEM, search.state())
    after = search.ask(3, rng(3))
    assert isinstance(after, Candidate)
    assert "from" not in after.how


@pytest.mark.parametrize("seed", range(12))
def test_a_network_of_layers_behind_taps_shows_its_blueprint_again(seed):
    space = Space(TAPS, PROBLEM)
    blueprint, _ = space.draw(frozenset(range(3)), rng(seed))
    network = first_weights(blueprint, PROBLEM, None, rng(seed))
    [(_, one)] = given([Start(network, "x", rate=0.1)], TAPS, PROBLEM, rng())
    assert one.blueprint is not None
    assert one.rate == one.blueprint.rate == 0.1, "its children begin there"
    assert one.blueprint.layers == blueprint.layers
    assert set(one.blueprint.taps) == set(blueprint.taps)
    np.testing.assert_allclose(outputs(one.network), outputs(network), rtol=1e-4, atol=1e-5)


def test_a_pruned_network_shows_none_and_is_taken_as_it_is():
    fewer = pruned(drawn(3), 0.4)
    assert fewer is not None
    assert blueprint_of(fewer, PROBLEM) is None
    [(_, one)] = given([Start(fewer, "x")], TAPS, PROBLEM, rng())
    assert one.blueprint is None
    np.testing.assert_allclose(outputs(one.network), outputs(fewer), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("name", ["taps", "examm"])
def test_columns_and_targets_may_stand_in_another_order_beside_new_ones(name):
    method = METHODS[name]
    assert method.begin_with is not None
    other = Problem(("d", "c", "b", "a"), ("c", "a"))
    search = method.begin_with(SETTINGS[name], other, rng(), starts(name))
    candidate = search.ask(0, rng())
    assert isinstance(candidate, Candidate)
    network = candidate.genome
    assert isinstance(network, Network)
    assert [node.name for node in network.inputs] == ["d", "c", "b", "a"]
    found = outputs(network, "dcba")[:, ::-1]
    np.testing.assert_allclose(found, outputs(drawn(1)), rtol=1e-4, atol=1e-5)


def test_islands_of_examm_begin_with_given_networks_and_learn_from_them():
    method, settings = METHODS["examm"], SETTINGS["examm"]
    assert method.begin_with is not None
    search = method.begin_with(settings, PROBLEM, rng(), starts("examm")[:1])
    for number in range(30):
        candidate = search.ask(number, rng(number))
        assert isinstance(candidate, Candidate)
        assert isinstance(candidate.genome, Network)
        if number == 1:
            assert candidate.how["operations"][0] == "start-from"
            assert candidate.how["epochs_before"] == 1
        search.tell(number, Evaluation(1.0 / (number + 1), candidate.genome.weights))


def test_what_differs_is_named():
    network = draw_weights(fixed_network(["gru"], 2, 1, output_cell="linear"), rng())
    named = Network(
        tuple(
            node._replace(name={0: "a", 1: "z"}.get(node.id, "a" if node.kind == "output" else ""))
            for node in network.nodes
        ),
        network.edges, network.recurrent_edges, network.weights,
    )  # fmt: skip
    start = Start(named, "runs/x, network 3")
    with pytest.raises(ConfigError, match="runs/x, network 3 reads 'z', which the search does not"):
        network_of_start(start, Problem(("a", "b"), ("a",)), CELLS, rng())
    with pytest.raises(ConfigError, match="forecasts 'a', and the search 'b'"):
        network_of_start(start, Problem(("a", "z"), ("b",)), CELLS, rng())
    with pytest.raises(ConfigError, match="has nodes of the cell 'gru'"):
        network_of_start(start, Problem(("a", "z"), ("a",)), ("lstm",), rng())
    with pytest.raises(ConfigError, match="outputs of runs/x, network 3 compute 'linear'"):
        network_of_start(start, Problem(("a", "z"), ("a",), "simple"), CELLS, rng())


def test_an_edge_that_reaches_farther_back_than_those_of_examm_is_refused_with_the_cure():
    method = METHODS["examm"]
    assert method.begin_with is not None
    far = [Start(drawn(seed), "x") for seed in range(20)]
    with pytest.raises(ConfigError, match="Give --max-skip"):
        method.begin_with(Examm(cells=CELLS, max_skip=1), PROBLEM, rng(), far)
