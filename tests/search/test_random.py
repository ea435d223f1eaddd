from dataclasses import replace

import numpy as np
import pytest

from cellcolony.contract import Candidate, Evaluation
from cellcolony.errors import ConfigError
from cellcolony.search.ants import AntSwarm
from cellcolony.search.methods import control_of, method_of
from cellcolony.search.random import RandomSearch, RandomWalk
from tests.search.ants.colonies import layout, plain, problem, rng

ANTS = AntSwarm(n_ants=6, n_layers=2, n_nodes_per_layer=3, max_skip=2, second_training=0)
INPUTS, OUTPUTS = ["a", "b", "c"], ["y", "z"]


def started(ants=ANTS) -> RandomWalk:
    return RandomWalk.start(RandomSearch(ants), problem(INPUTS, OUTPUTS), rng(0))


def succeeded(candidate: Candidate, loss=0.1) -> Evaluation:
    weights = candidate.genome.weights
    assert weights is not None
    return Evaluation.succeeded(loss, weights + np.float32(1), (1.0, loss))


def test_pheromone_stays_as_it_was_whatever_is_told():
    search = started()
    for number in range(10):
        candidate = search.ask(number, rng(number))
        search.tell(number, succeeded(candidate, loss=1 / (number + 1)))
        for tau in vars(search.pheromones).values():
            assert np.array_equal(tau, np.full_like(tau, ANTS.initial_pheromone))


@pytest.mark.parametrize("n_ants", [2, 3, 20])
def test_every_network_reaches_all_outputs_and_keeps_the_columns(n_ants):
    search = started(AntSwarm(n_ants=n_ants, n_layers=3, n_nodes_per_layer=4, second_training=0))
    for number in range(20):
        network = search.ask(number, rng(number)).genome
        assert network.live
        assert [node.name for node in network.inputs] == INPUTS
        assert [node.name for node in network.outputs] == OUTPUTS


@pytest.mark.parametrize("founder", ["explorer", "standard", "standard_biased"])
def test_it_walks_with_the_colonys_ants_on_what_its_switches_leave(founder):
    search = started(
        AntSwarm(
            n_ants=20,
            n_layers=2,
            species=(founder, "forward_recurrent"),
            bounds="published",
            cell_weights=False,
            self_loops=False,
            backward_edges=False,
        )
    )
    layer = search.layout.structure.layer
    n_recurrent = 0
    for number in range(10):
        network = search.ask(number, rng(number)).genome
        source, target, _ = network.recurrent_edges.T
        assert (layer[source] < layer[target]).all()
        n_recurrent += len(source)
    assert n_recurrent > 0


def test_a_network_depends_on_its_own_stream_alone():
    told, untold = started(), started()
    first = told.ask(0, rng(0))
    told.tell(0, succeeded(first))
    a, b = told.ask(1, rng(1)).genome, untold.ask(1, rng(1)).genome
    assert a.to_dict() == b.to_dict()
    assert a.weights is not None
    assert b.weights is not None
    assert np.array_equal(a.weights, b.weights)


def test_nothing_is_handed_down():
    search = started()
    for number in range(5):
        candidate = search.ask(number, rng(number))
        assert candidate.how["epochs_before"] == 0
        assert candidate.parents == ()
        search.tell(number, succeeded(candidate))
        weights = candidate.genome.weights
        assert weights is not None
        n_edges = len(candidate.genome.edges) + len(candidate.genome.recurrent_edges)
        assert np.abs(weights[:n_edges]).max() <= 0.5


def test_results_are_told_in_any_order_and_once():
    search = started()
    candidates = [search.ask(number, rng(number)) for number in range(4)]
    search.tell(2, succeeded(candidates[2]))
    search.tell(0, Evaluation.failed("it diverged"))
    for number in (0, 2, 9):
        with pytest.raises(KeyError, match="never asked, or was told before"):
            search.tell(number, Evaluation.failed("it diverged"))
    search.tell(3, succeeded(candidates[3]))


def test_a_state_continues_where_it_left_off():
    ants = replace(ANTS, second_training=2)
    search = started(ants)
    for number in range(5):
        search.tell(number, succeeded(search.ask(number, rng(number)), loss=1.0 / (number + 1)))
    asked = [search.ask(number, rng(number)) for number in (5, 6)]
    assert [one.effort for one in asked] == [2, 1]
    state = plain(search.state())
    restored = RandomWalk.from_state(RandomSearch(ants), problem(INPUTS, OUTPUTS), state)
    assert plain(restored.state()) == state
    for number in range(7, 12):
        a, b = (s.ask(number, rng(number)) for s in (search, restored))
        assert a.genome.to_dict() == b.genome.to_dict()
        assert (a.parents, a.effort) == (b.parents, b.effort)
    restored.tell(5, Evaluation.failed("it diverged"))
    restored.tell(6, succeeded(asked[1]))


@pytest.mark.parametrize(
    ("changed", "inputs", "key"),
    [({"n_layers": 3}, INPUTS, "n_layers"),
     ({"cells": ("simple", "lstm")}, INPUTS, "cells"),
     ({"self_loops": False}, INPUTS, "self_loops"),
     ({}, [name + "!" for name in INPUTS], "input_names")],
)  # fmt: skip
def test_a_state_of_another_layout_is_refused(changed, inputs, key):
    search = started(ANTS)
    for number in range(3):
        search.ask(number, rng(number))
    other = RandomSearch(replace(ANTS, **changed))
    with pytest.raises(ConfigError, match=f"another layout: `{key}` is"):
        RandomWalk.from_state(other, problem(inputs, OUTPUTS), plain(search.state()))


def test_a_state_that_has_lost_its_layout_is_refused():
    state = plain(started(ANTS).state())
    with pytest.raises(KeyError):
        RandomWalk.from_state(RandomSearch(ANTS), problem(INPUTS, OUTPUTS), {**state, "layout": {}})


def test_what_is_out_is_known():
    search = started(ANTS)
    for number in range(3):
        search.ask(number, rng(number))
    search.tell(1, Evaluation.failed("it diverged"))
    assert set(search.pending) == {0, 2}


def test_a_search_that_has_no_control_says_which_methods_have_one():
    with pytest.raises(
        ConfigError, match=r"'random' has no control 'random'.*one: ants, examm, mixtures, nodes"
    ):
        control_of(RandomSearch())
    with pytest.raises(ConfigError, match=r"must be one of: AntSwarm, .* Got object"):
        control_of(object())


def test_it_walks_the_colonys_own_superstructure():
    _, control = method_of(control_of(ANTS))
    search = control.start(control_of(ANTS), problem(INPUTS, OUTPUTS), rng())
    assert isinstance(search, RandomWalk)
    assert search.layout == layout(ANTS, INPUTS, OUTPUTS)
