"""Forward passes of NEAT's networks a second: a whole population, against neat-python.

    python benchmarks/neat_networks.py [N_NETWORKS] [N_ROWS]

The genomes are those of a NEAT search after 30 generations of random fitness, on 12 inputs; the
rows are noise. Each way computes every row of every network on one core; the fewest seconds of
several rounds count, in processor time, for rounds that take turns. Both must give the same
outputs. It needs neat-python (the extra `dev`),
whose package `neat` a file `neat.py` here would hide.
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable

import numpy as np
from neat.nn import RecurrentNetwork

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.networks.genome import Network
from cellcolony.networks.population import predict_population, score_each, warm_up_population
from cellcolony.networks.series import Series
from cellcolony.networks.train import score
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.neat import CELL, Neat, NeatSearch
from cellcolony.seeds import rng_for

N_INPUTS, N_GENERATIONS, ROUNDS = 12, 30, 5
N_BY_NEAT_PYTHON = 2
"""Of the slow way, so many networks a round."""


def main() -> None:
    given = [int(word) for word in sys.argv[1:]]
    n_networks, n_rows = (*given, *(256, 7_200)[len(given) :])
    networks = evolved(n_networks)
    rng = rng_for(0, -1, "rows")
    inputs = rng.random((n_rows, N_INPUTS)).astype(np.float32)
    series = [Series(inputs, inputs[:, :1], np.ones(n_rows, bool))]
    warm_up([CELL])
    warm_up_population()
    some = networks[:: max(1, n_networks // N_BY_NEAT_PYTHON)][:N_BY_NEAT_PYTHON]
    theirs = [by_neat_python(one) for one in some]
    rows = inputs.tolist()
    for network, found in zip(theirs, predict_population(some, inputs[:200]), strict=True):
        expected = np.array([network.activate(row) for row in rows[:200]])
        np.testing.assert_allclose(found, expected, atol=1e-4)
    ways: dict[str, tuple[int, Callable[[list[Network]], object]]] = {
        "neat-python, RecurrentNetwork": (len(theirs), lambda _: run_all(theirs, rows)),
        "one at a time, in training": (4, lambda few: [score(one, series) for one in few]),
        "one at a time, in a search": (4, lambda few: [score_each([one], series) for one in few]),
        "side by side": (n_networks, lambda all: score_each(all, series)),
    }
    fewest = dict.fromkeys(ways, math.inf)
    for _ in range(ROUNDS):
        for name, (n, way) in ways.items():
            new = [fresh(one) for one in networks[:n]]  # theirs are made before as well
            began = time.process_time()
            way(new)
            fewest[name] = min(fewest[name], (time.process_time() - began) / n)
    edges = np.mean([len(one.edges) + len(one.recurrent_edges) for one in networks])
    print(f"{n_networks} networks of {edges:.1f} edges in the mean, {n_rows:,} rows, one core")
    theirs_seconds = fewest["neat-python, RecurrentNetwork"]
    for name, seconds in fewest.items():
        print(
            f"{name:32} {1 / seconds:10,.1f} networks a second   {theirs_seconds / seconds:8,.1f} x"
        )


def evolved(n: int) -> list[Network]:
    """Return the networks of the last generation of a search whose fitness is drawn."""
    problem = Problem(tuple(f"x{i}" for i in range(N_INPUTS)), ("y",), CELL)
    search = NeatSearch.start(Neat(population=n), problem, rng_for(0, -1, "start"))
    networks = []
    for number in range(n * N_GENERATIONS):
        candidate = search.ask(number, rng_for(0, number, "ask"))
        assert isinstance(candidate, Candidate)
        networks.append(candidate.genome)
        search.tell(number, Evaluation(float(rng_for(0, number, "loss").random()), None))
    return networks[-n:]


def fresh(network: Network) -> Network:
    """Return the network with nothing computed about it, as a search hands it out."""
    return Network(network.nodes, network.edges, network.recurrent_edges, network.weights)


def sigmoid(z: float) -> float:
    return 1 / (1 + math.exp(-4.9 * z)) if z > -100 else 0.0


def by_neat_python(network: Network) -> RecurrentNetwork:
    """Return neat-python's own network of the same links."""
    assert network.weights is not None
    into: dict[int, list[tuple[int, float]]] = {
        node.id: [] for node in network.nodes if node.kind != "input"
    }
    ends = [*network.edges.tolist(), *network.recurrent_edges[:, :2].tolist()]
    is_input = {node.id for node in network.inputs}
    for (source, target), weight in zip(ends, network.weights.tolist(), strict=False):
        into[target].append((-1 - source if source in is_input else source, weight))
    bias = {id: float(network.weights[at]) for id, at in network.cell_offsets.items() if id >= 0}
    nodes = [(id, sigmoid, sum, bias[id], 1.0, links) for id, links in into.items()]
    outputs = [node.id for node in network.outputs]
    return RecurrentNetwork([-1 - node.id for node in network.inputs], outputs, nodes)


def run_all(networks: list[RecurrentNetwork], rows: list[list[float]]) -> None:
    for network in networks:
        network.reset()
        for row in rows:
            network.activate(row)


if __name__ == "__main__":
    main()
