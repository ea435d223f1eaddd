"""Genomes with disabled genes are trained along the right gradient."""

import numpy as np
import pytest

from cellcolony.contract import Problem
from cellcolony.networks import batches as batching
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.train import Trainer
from cellcolony.search.examm.phenotype import n_weights, network_of, with_trained
from tests.networks.oracle import run
from tests.networks.test_gradients import assert_gradients_match, some_series
from tests.search.examm.genomes import ALL, Examm, World, as_plain, rng

PROBLEM = Problem(("a", "b", "c"), ("y", "z"))
CELLS = ("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole")


def with_disabled(seed: int):
    """Return a genome with disabled nodes, disabled edges and an input that takes no part."""
    world = World.begin(PROBLEM, Examm(cells=CELLS, max_skip=4))
    genome = world.grown(14, seed, {**ALL, "disable_node": 3.0, "disable_edge": 3.0})
    return world, genome


@pytest.mark.parametrize("seed", range(8))
def test_gradients_match_finite_differences_whatever_is_disabled(seed):
    _, genome = with_disabled(seed)
    assert any(not gene.enabled for gene in (*genome.nodes, *genome.edges))
    network = network_of(genome, PROBLEM)
    cut = batching.whole_series(some_series(rng(seed), [9, 14]), np.float64)
    assert_gradients_match(network, cut)


@pytest.mark.parametrize("seed", range(6))
def test_what_is_disabled_or_dead_changes_no_output(seed):
    _, genome = with_disabled(seed)
    network = network_of(genome, PROBLEM)
    alive = {edge.number for edge in genome.alive_edges}
    other = genome.changed(
        edges=[e._replace(weight=99.0) for e in genome.edges if e.number not in alive]
    )
    again = network_of(other, PROBLEM)
    assert network.weights is not None
    assert again.weights is not None
    assert np.array_equal(network.weights, again.weights)
    inputs = rng().normal(size=(12, 3))
    weights = network.weights.astype(float)
    assert np.array_equal(run(network, weights, inputs), run(again, weights, inputs))


@pytest.mark.parametrize("seed", range(6))
def test_trained_weights_come_back_to_their_own_genes(seed):
    _, genome = with_disabled(seed)
    network = network_of(genome, PROBLEM)
    assert n_weights(genome) == network.n_all_weights
    weights = np.arange(1, network.n_all_weights + 1, dtype=np.float32)
    trained = with_trained(genome, weights)
    again = network_of(trained, PROBLEM)
    assert again.weights is not None
    assert np.array_equal(again.weights, weights)
    assert again.to_dict() == network.to_dict()
    alive = {edge.number for edge in genome.alive_edges}
    kept = [(a.weight, b.weight) for a, b in zip(genome.edges, trained.edges, strict=True)
            if a.number not in alive]  # fmt: skip
    assert all(a == b for a, b in kept)
    for edge in trained.alive_edges:  # by source and target, not by place
        rows = again.recurrent_edges.tolist() if edge.skip else again.edges.tolist()
        place = rows.index(list(edge.link) if edge.skip else [edge.source, edge.target])
        assert edge.weight == weights[place + (len(again.edges) if edge.skip else 0)]


def test_training_lowers_the_loss_of_genomes_with_disabled_genes():
    series = some_series(rng(1), [300], p_counts=1.0)
    for one in series:
        one.targets[:] = one.inputs[:, :2]
    protocol = Protocol(name="quick", epochs=8, window=20, lanes=4)
    trainer = Trainer(series, series, protocol)
    for seed in range(4):
        _, genome = with_disabled(seed)
        curve = trainer.train(network_of(genome, PROBLEM)).curve
        assert min(curve[1:]) < curve[0]


def test_the_seed_genome_links_every_input_to_every_output():
    world = World.begin(PROBLEM)
    network = world.assert_legal(world.seed())
    assert network.edges.tolist() == [[i, o] for i in range(3) for o in (3, 4)]
    assert [node.name for node in network.nodes] == ["a", "b", "c", "y", "z"]
    assert len(network.recurrent_edges) == 0
    assert as_plain(world.seed(1)) != as_plain(world.seed(2))
