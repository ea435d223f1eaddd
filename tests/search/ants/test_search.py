"""Ask and tell: what networks look like, what verdicts change, and that a state continues."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.genome import Network
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.search.ants.pheromones import NOTHING, Scheme
from tests.search.ants.colonies import plain, problem, rng, started

PROBLEM = Problem(("in0", "in1", "in2"), ("out0", "out1"))


def verdict(network: Network, loss: float) -> Evaluation:
    weights = network.weights
    assert weights is not None
    return Evaluation.succeeded(loss, weights + np.float32(0.01))


def same(left: Network, right: Network) -> bool:
    assert left.weights is not None
    assert right.weights is not None
    return left.to_dict() == right.to_dict() and np.array_equal(left.weights, right.weights)


@settings(max_examples=60, deadline=None)
@given(
    n_inputs=st.integers(1, 5),
    n_outputs=st.integers(1, 4),
    n_ants=st.integers(4, 12),
    n_layers=st.integers(0, 4),
    n_nodes_per_layer=st.integers(1, 4),
    max_skip=st.integers(0, 3),
    jumping=st.booleans(),
    self_loops=st.booleans(),
    backward_edges=st.booleans(),
    species=st.sampled_from(
        [
            ("explorer",),
            ("explorer", "forward_recurrent"),
            ("standard",),
            ("standard_biased", "forward_recurrent"),
        ]
    ),
    seed=st.integers(0, 1000),
)
def test_every_network_is_whole(n_inputs, n_outputs, n_ants, seed, species, **sizes):
    if sizes["backward_edges"]:
        species = (*species, "backward_recurrent")
    search = started(n_inputs, n_outputs, n_ants=n_ants, species=species, **sizes)
    for number in range(2):
        network = search.ask(number, rng(seed + number)).genome
        assert network.live  # raises where no input reaches an output
        hidden = {node.id for node in network.nodes if node.kind == "hidden"}
        ends = {*network.edges.ravel().tolist(), *network.recurrent_edges[:, :2].ravel().tolist()}
        assert hidden <= ends
        entered = {*network.edges[:, 1].tolist(), *network.recurrent_edges[:, 1].tolist()}
        assert hidden <= entered
        assert network.n_weights == network.n_all_weights
        search.tell(number, verdict(network, 0.1))


def test_inputs_keep_their_columns_whatever_order_ants_found_them_in():
    names = ["pressure", "flow", "heat", "ash", "air"]
    ants = AntSwarm(n_ants=2, n_layers=1, n_nodes_per_layer=2)
    search = AntSearch.start(ants, problem(names, ["heat"]), rng())
    chosen = set()
    for number in range(30):
        network = search.ask(number, rng(number)).genome
        assert [(node.id, node.name) for node in network.inputs] == list(enumerate(names))
        assert [(node.id, node.name) for node in network.outputs] == [(7, "heat")]
        used = {int(source) for source in network.edges[:, 0] if source < len(names)}
        chosen.add(tuple(sorted(used)))
    assert len(chosen) > 5  # networks use different inputs, and none moves


def test_outputs_compute_the_cell_that_they_are_given():
    swarm = AntSwarm(n_ants=2)
    for given_cell in ("linear", "simple"):
        search = AntSearch.start(swarm, problem(["a"], ["b"], given_cell), rng())
        network = search.ask(0, rng()).genome
        assert [node.cell for node in network.outputs] == [given_cell]


def test_hidden_nodes_draw_their_cells_by_the_pheromone_of_their_own_node():
    search = started(cells=("gru", "mgu", "simple"), n_ants=20)
    search.colony.pheromones.cells[:] = [0.2, 0.2, 19.6]
    search.colony.pheromones.cells[0] = [19.6, 0.2, 0.2]
    drawn: dict[int, list[str]] = {}
    for number in range(40):
        search.colony.pheromones.cells[:] = np.array([0.2, 0.2, 19.6])
        search.colony.pheromones.cells[0] = [19.6, 0.2, 0.2]
        for node in search.ask(number, rng(number)).genome.nodes:
            if node.kind == "hidden":
                drawn.setdefault(node.id, []).append(node.cell)
    first = min(drawn)
    for node, found in drawn.items():
        favourite = "gru" if node == first else "simple"
        assert found.count(favourite) / len(found) > 0.8


def test_pheromone_evaporates_in_ask_and_only_there():
    search = started()
    search.colony.pheromones.edges[:] = 10.0
    search.ask(0, rng())
    assert search.colony.pheromones.edges == pytest.approx(9.535)  # 0.95 * 10 + 0.05 * 0.7
    search.tell(0, Evaluation.failed("diverged"))
    assert search.colony.pheromones.edges == pytest.approx(9.535)


def test_pheromone_evaporates_as_often_as_a_network_deposits_where_it_is_set_so():
    search = started(evaporation="with_deposits", population=1)
    search.colony.pheromones.edges[:] = 10.0
    network = search.ask(0, rng()).genome
    assert (search.colony.pheromones.edges == 10.0).all()
    search.tell(0, verdict(network, 0.1))
    used, unused = used_and_unused(search, network)
    assert unused == pytest.approx(9.535)
    assert used == pytest.approx(9.535 + 0.3)
    search.tell(1, verdict(search.ask(1, rng(1)).genome, 0.2))  # worse: the scheme gives nothing
    assert used_and_unused(search, network)[1] == pytest.approx(9.535)


def used_and_unused(search: AntSearch, network: Network) -> tuple[np.ndarray, np.ndarray]:
    """The pheromone on the network's edges, and on all others."""
    positions = search.colony.layout.structure.edge_positions[tuple(network.edges.T)]
    mask = np.zeros(len(search.colony.pheromones.edges), bool)
    mask[positions] = True
    return search.colony.pheromones.edges[mask], search.colony.pheromones.edges[~mask]


def test_a_network_that_improves_the_population_is_rewarded():
    search = started()
    network = search.ask(0, rng()).genome
    search.tell(0, verdict(network, 0.1))
    used, unused = used_and_unused(search, network)
    assert used == pytest.approx(1.0)  # 0.7 + 0.03 / 0.1
    assert unused == pytest.approx(0.7)
    start = np.zeros(3, bool)
    start[np.unique(network.edges[:, 0][network.edges[:, 0] < 3])] = True
    assert search.colony.pheromones.start == pytest.approx(np.where(start, 1.0, 0.7))
    tau = search.colony.pheromones.recurrent
    structure = search.colony.layout.structure
    source, target, skip = network.recurrent_edges.T
    recurrent = structure.recurrent_positions[source, target, skip - 1]
    assert tau[recurrent] == pytest.approx(1.0)
    assert (tau > 0.8).sum() == len(recurrent)
    chosen = search.colony.pheromones.cells
    for node in network.nodes:
        if node.kind == "hidden":
            row, cell = node.id - 3, search.colony.layout.cells.index(node.cell)
            assert chosen[row, cell] == pytest.approx(1.0)
    n_hidden = sum(node.kind == "hidden" for node in network.nodes)
    assert (chosen > 0.8).sum() == n_hidden


def test_the_constant_scheme_punishes_what_is_worse_than_a_full_population():
    search = started(pheromone="constant", population=1)
    search.tell(0, verdict(search.ask(0, rng(0)).genome, 0.1))
    search.colony.pheromones.edges[:] = 5.0
    network = search.ask(1, rng(1)).genome  # evaporation: 0.95 * 5 + 0.035 = 4.785
    search.tell(1, verdict(network, 0.2))
    used, unused = used_and_unused(search, network)
    assert used == pytest.approx(3.785)
    assert unused == pytest.approx(4.785)


def test_a_scheme_is_shown_the_loss_its_rivals_and_the_weights_of_edges_alone(monkeypatch):
    trials = []

    def probe(trial):
        trials.append(trial)
        return NOTHING

    monkeypatch.setattr("cellcolony.search.ants.search.SCHEMES", {"fitness": Scheme(probe, "", "")})
    search = started(population=2, penalty=0.25)
    for number, loss in enumerate((0.4, 0.2, 0.3, 0.9)):
        network = search.ask(number, rng(number)).genome
        search.tell(number, verdict(network, loss))
        trial = trials[-1]
        n_edges = len(network.edges) + len(network.recurrent_edges)
        assert network.weights is not None
        assert trial.edge_weights == pytest.approx(network.weights[:n_edges] + 0.01, abs=1e-6)
        assert (trial.loss, trial.deposit_rate, trial.penalty) == (loss, 0.03, 0.25)
    assert [trial.losses for trial in trials] == [(0.4,), (0.2, 0.4), (0.2, 0.3), (0.2, 0.3)]
    assert [trial.improves for trial in trials] == [True, True, True, False]


def test_a_verdict_between_improvement_and_penalty_changes_nothing():
    search = started(pheromone="constant", population=1)
    search.tell(0, verdict(search.ask(0, rng(0)).genome, 0.1))
    network = search.ask(1, rng(1)).genome
    before = plain(search.colony.to_dict())
    search.tell(1, verdict(network, 0.1))
    assert plain(search.colony.to_dict()) == before
    assert [member.number for member in search.population.members] == [0]


@pytest.mark.parametrize("pheromone", ["constant", "fitness"])
def test_failed_networks_count_as_worst_and_leave_everything_finite(pheromone):
    search = started(pheromone=pheromone, population=1)
    failures = [
        Evaluation.failed("diverged"),
        Evaluation(float("nan"), None),
        Evaluation(0.01, np.full(search.ask(2, rng(2)).genome.n_all_weights, np.nan, np.float32)),
    ]
    for number, failure in enumerate(failures):
        if number < 2:
            search.ask(number, rng(number))
        search.tell(number, failure)
    assert search.population.members == ()
    assert search.colony.pheromones.edges == pytest.approx(0.7)  # no penalty while there is room
    search.tell(3, verdict(search.ask(3, rng(3)).genome, 0.3))
    network = search.ask(4, rng(4)).genome
    before = search.colony
    search.tell(4, Evaluation.failed("out of time"))
    used, _ = used_and_unused(search, network)
    if pheromone == "constant":
        edges = before.layout.structure.edge_positions[tuple(network.edges.T)]
        floored = np.maximum(before.pheromones.edges[np.sort(edges)] - 1.0, 0.2)
        assert used == pytest.approx(floored)
    assert np.array_equal(search.colony.weights, before.weights)
    for tau in vars(search.colony.pheromones).values():
        assert np.isfinite(tau).all()
        assert (tau >= 0.2).all()
    assert [member.number for member in search.population.members] == [3]


def test_results_are_told_in_any_order():
    search = started(population=2)
    networks = [search.ask(number, rng(number)).genome for number in range(4)]
    for number, loss in ((2, 0.4), (0, 0.3), (3, 0.2), (1, 0.1)):
        search.tell(number, verdict(networks[number], loss))
    assert [member.number for member in search.population.members] == [1, 3]


def test_a_number_is_told_once_and_only_after_it_was_asked():
    search = started()
    with pytest.raises(KeyError, match="never asked"):
        search.tell(0, Evaluation.failed("lost"))
    network = search.ask(0, rng()).genome
    search.tell(0, verdict(network, 0.1))
    with pytest.raises(KeyError, match="told before"):
        search.tell(0, verdict(network, 0.1))


def test_weights_of_another_network_are_refused_and_change_nothing():
    search = started()
    network = search.ask(0, rng()).genome
    with pytest.raises(GenomeError, match="The trained weights must have shape"):
        search.tell(0, Evaluation.succeeded(0.1, np.zeros(3, np.float32)))
    search.tell(0, verdict(network, 0.1))


def run(search: AntSearch, numbers: range, waiting: dict[int, Candidate]) -> list[Network]:
    """Ask and tell with three candidates in flight, the latest told first; some fail."""
    networks = []
    for number in numbers:
        waiting[number] = search.ask(number, rng(number))
        networks.append(waiting[number].genome)
        if len(waiting) == 3:
            told = max(waiting)
            network = waiting.pop(told).genome
            loss = 0.1 + (told * 7 % 11) / 50
            failed = told % 5 == 4
            search.tell(told, Evaluation.failed("x") if failed else verdict(network, loss))
    return networks


@pytest.mark.parametrize("weights", ["function", "none", 0.6])
def test_the_same_streams_give_the_same_networks(weights):
    runs = [run(started(weights=weights), range(20), {}) for _ in range(2)]
    assert all(same(a, b) for a, b in zip(*runs, strict=True))


SETTINGS = [
    {},
    {"n_layers": 0},
    {"second_training": 2, "second_share": 0.6},
    {"species": ("standard", "forward_recurrent"), "pheromone": "l1", "bounds": "published"},
    {"species": ("standard_biased",), "pheromone": "rank", "cell_weights": False},
    {"species": ("explorer", "standard"), "backward_edges": False, "self_loops": False},
    {"pheromone": "l2", "initial_weights": "fan_in", "weights": 0.6},
    {"pheromone": "constant", "bounds": "published", "jumping": False},
    {"pheromone": "relative", "initial_weights": "fan_in", "weights": "none"},
]


@pytest.mark.parametrize("through_json", [False, True])
@pytest.mark.parametrize("chosen", SETTINGS, ids=str)
def test_a_restored_colony_continues_as_if_nothing_had_happened(through_json, chosen):
    search = started(**chosen, output_cell="simple")
    waiting: dict[int, Candidate] = {}
    run(search, range(15), waiting)
    assert len(waiting) == 2
    state = search.state()
    kept = plain(state)
    continued = run(search, range(15, 30), dict(waiting))
    assert plain(state) == kept  # the state is a copy
    restored = AntSearch.from_state(search.settings, PROBLEM, kept if through_json else state)
    assert restored.colony.layout.output_cell == "simple"
    again = run(restored, range(15, 30), dict(waiting))
    assert all(same(a, b) for a, b in zip(continued, again, strict=True))
    assert plain(restored.state()) == plain(search.state())


@pytest.mark.parametrize("switch", ["self_loops", "backward_edges"])
def test_the_state_of_a_colony_with_other_edges_is_refused(switch):
    state = started(species=("explorer",)).state()
    switches: dict[str, Any] = {switch: False}
    other = started(species=("explorer",), **switches)
    with pytest.raises(ConfigError, match=f"another layout: `{switch}` is True there"):
        AntSearch.from_state(other.settings, PROBLEM, state)


@pytest.mark.parametrize(
    ("there", "here", "inputs", "key"),
    [({"cells": ("simple", "gru")}, {"cells": ("gru", "simple")}, None, "cells"),
     ({}, {}, ("in1", "in0", "in2"), "input_names"),
     ({}, {"n_nodes_per_layer": 4}, None, "n_nodes_per_layer")],
)  # fmt: skip
def test_the_state_of_a_colony_of_the_same_size_and_another_layout_is_refused(
    there, here, inputs, key
):
    state = plain(started(**there).state())
    settings = started(**here).settings
    with pytest.raises(ConfigError, match=f"another layout: `{key}` is"):
        AntSearch.from_state(settings, replace(PROBLEM, inputs=inputs or PROBLEM.inputs), state)


def test_the_state_of_another_colony_is_refused():
    state = started().state()
    with pytest.raises(ConfigError, match="another layout: `n_inputs` is 3 there, and 1 here"):
        AntSearch.from_state(started().settings, Problem(("a",), ("x", "y")), state)
