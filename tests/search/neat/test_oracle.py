"""neat-python computes the same genomes to the same outputs."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.networks.population import predict_population
from cellcolony.networks.train import predict
from cellcolony.search.neat import Genome, express
from tests.search.neat.evolving import LAYOUT, grown, rng

recurrent = pytest.importorskip("neat.nn").RecurrentNetwork


def sigmoid(z):
    return 1 / (1 + math.exp(-4.9 * z)) if z > -100 else 0.0


def by_neat_python(genome: Genome, inputs):
    """Let neat-python run a genome; its inputs have ids below 0, its nodes a bias each."""
    bias, links = {}, {}
    for (source, target), weight, on in zip(
        genome.ends.tolist(), genome.weights.tolist(), genome.enabled.tolist(), strict=True
    ):
        if on and source == LAYOUT.bias:
            bias[target] = weight
        elif on:
            name = source if source > LAYOUT.bias else -1 - source
            links.setdefault(target, []).append((name, weight))
    nodes = [(id, sigmoid, sum, bias.get(id, 0.0), 1.0, into) for id, into in links.items()]
    inputs_by_id = [-1 - i for i in range(len(LAYOUT.inputs))]
    network = recurrent(inputs_by_id, list(LAYOUT.output_ids), nodes)
    return np.array([network.activate(row) for row in inputs.tolist()])


def is_reached(genome: Genome):
    """Whether an input reaches every node: a node with the bias alone is left out by us."""
    on = genome.ends[genome.enabled]
    reached, before = set(range(LAYOUT.bias)), -1
    while len(reached) > before:
        before = len(reached)
        reached |= {target for source, target in on.tolist() if source in reached}
    return {target for _, target in on.tolist()} <= reached


@given(st.lists(st.tuples(st.integers(0, 10_000), st.integers(0, 14)), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_a_population_side_by_side_and_each_alone_give_the_outputs_of_neat_python(grow):
    genomes = [one for seed, n in grow if is_reached(one := grown(seed, n))]
    if not genomes:
        return
    inputs = rng(1).normal(size=(40, len(LAYOUT.inputs))).astype(np.float32)
    networks = [express(one, LAYOUT) for one in genomes]
    for genome, network, found in zip(
        genomes, networks, predict_population(networks, inputs), strict=True
    ):
        expected = by_neat_python(genome, inputs)
        np.testing.assert_allclose(found, expected, atol=2e-5)
        np.testing.assert_allclose(predict(network, inputs), expected, atol=2e-5)
