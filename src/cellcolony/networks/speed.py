"""How fast this machine trains networks: a few rows, each beside what a core could do at most.

Everything runs in one thread on drawn series; times are the shortest of some repeats, of the
process's own processor time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy as np

from cellcolony import cells
from cellcolony.cells.lower import compiled, native, simd
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.draws import draws_of, train_draws
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.protocol import protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer
from cellcolony.networks.vectors import width_of_lanes, width_of_one_lane
from cellcolony.networks.warm_up import warm_up

N_INPUTS = 12
PASSES = 8
N_DRAWS = 8
CELLS = "simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole"
OPERATIONS_OF_A_FUNCTION = 18
"""Additions and multiplications in tanh or sigmoid, a division counted as one."""


@dataclass(frozen=True)
class Row:
    """What was measured of one network.

    Attributes:
        title: What the network is.
        n_weights: How many weights it has.
        one_lane: Nanoseconds to train a step of a single sequence (`paper`).
        lanes: The same with many sequences side by side (`modern`).
        draws: The same of a single sequence from `N_DRAWS` draws of weights at once, all of them.
        shares: The shares of the peak that both reach.
    """

    title: str
    n_weights: int
    one_lane: float
    lanes: float
    draws: float
    shares: tuple[float, float]


def peak(repeats: int = 5, n: int = 2_000_000) -> float:
    """Return how many additions and multiplications a core does in a nanosecond, at most."""
    path, vector = Path(__file__).with_name("peak_kernel.py"), simd.VECTOR
    loops = compiled.load_copy(path, np.float32, [Path(simd.__file__)], vector=vector)
    numbers = np.full(2, 0.5, np.float32)
    seconds = _shortest(lambda: native.call(loops.multiply_adds, numbers, n), repeats)
    return 2 * n * loops.SUMS * vector / seconds / 1e9


def rows(n_steps: int = 14_400, repeats: int = 5) -> Iterator[Row]:
    """Train each network for an epoch on a series of so many steps, in one lane and in many.

    Args:
        n_steps: Steps of the series.
        repeats: Of which the shortest counts.
    """
    highest, rng = peak(repeats), np.random.default_rng(0)
    inputs = rng.random((n_steps, N_INPUTS), np.float32)
    series = Series(inputs, inputs[:, :1].copy(), np.ones(n_steps, bool))
    few = Series(series.inputs[:20], series.targets[:20], series.counts[:20])
    # Through the series several times: to begin a training takes as long as some of its epochs.
    protocols = [
        replace(protocol(name), epochs=1, residual=False, passes=PASSES)
        for name in ("paper", "modern")
    ]
    protocols.append(replace(protocols[0], draws=N_DRAWS))
    one_lane, lanes, draws = (Trainer([series], [few], one) for one in protocols)
    warm_up(CELLS)
    for title, network in networks().items():
        weights = draws_of(network, N_DRAWS, rng)
        one, many, several = (
            1e9 * _of_an_epoch(train, repeats) / n_steps / PASSES
            for train in (
                partial(one_lane.train, network),
                partial(lanes.train, network),
                partial(train_draws, draws, network, weights),
            )
        )
        operations = operations_of(network) / highest
        shares = operations / one, operations / many
        yield Row(title, network.n_weights, one, many, several, shares)


def networks() -> dict[str, Network]:
    """Return the networks that are measured, by what they are."""
    rng = np.random.default_rng(0)
    layer = fixed_network(["gru"], N_INPUTS, 1, output_cell="simple", time_skips=(1,))
    return {
        "16 nodes, 20 edges": _drawn(rng, 3, 17, 3),
        "12 GRU nodes, fully recurrent": draw_weights(layer, rng),
        "49 nodes, 485 edges, cyclic": _drawn(rng, 36, 145, 340),
    }


def operations_of(network: Network) -> int:
    """Return the additions and multiplications of a step that is trained: forward, and back.

    The way back takes twice those of the way forward: a gradient by what flowed, and by weights.
    """
    n_edges = len(network.edges) + len(network.recurrent_edges)
    of_cells = sum(
        sum(
            OPERATIONS_OF_A_FUNCTION if len(e.args) == 1 else 1
            for e in cells.get(node.cell).order()
            if e.args or e.op in ("x", "h")
        )
        for node in network.nodes
        if node.kind != "input"
    )
    return 3 * (2 * n_edges + of_cells)


def page(found: list[Row], highest: float) -> str:
    """Return one page: what this machine is, its rows, and their ratios."""
    lines = [
        f"One core does {highest:.0f} GFLOP/s at most. Vectors of {width_of_one_lane()} floats in "
        f"one lane, of {width_of_lanes()} in many.",
        "",
        f"{'a step of training':32}{'weights':>8}{'one lane':>11}{'peak':>7}{'16 lanes':>11}"
        f"{'peak':>7}{'ratio':>7}{f'{N_DRAWS} draws':>10}",
    ]
    lines += [
        f"{row.title:32}{row.n_weights:8}{row.one_lane:8.0f} ns{row.shares[0]:7.1%}"
        f"{row.lanes:8.0f} ns{row.shares[1]:7.1%}{row.one_lane / row.lanes:7.1f}"
        f"{row.draws / row.one_lane:10.1f}"
        for row in found
    ]
    return "\n".join(lines) + "\n"


def _drawn(rng: np.random.Generator, n_hidden: int, n_edges: int, n_recurrent: int) -> Network:
    """Draw a network of three layers with edges of both kinds, as ants lay it."""
    nodes = [Node(i, "input", 0.0) for i in range(N_INPUTS)]
    for i in range(n_hidden):
        depth = float(1 + 3 * i // n_hidden)
        nodes.append(Node(N_INPUTS + i, "hidden", depth, CELLS[i % len(CELLS)]))
    nodes.append(Node(N_INPUTS + n_hidden, "output", 4.0, "simple"))
    forward = [(a.id, b.id) for a in nodes for b in nodes if a.depth < b.depth]
    recurrent = [(a.id, b.id, k) for a in nodes for b in nodes[N_INPUTS:] for k in (1, 2)]
    network = Network(
        tuple(nodes),
        np.array([forward[k] for k in rng.choice(len(forward), n_edges, replace=False)]),
        np.array([recurrent[k] for k in rng.choice(len(recurrent), n_recurrent, replace=False)]),
    )
    return network.with_weights(rng.uniform(-0.3, 0.3, network.n_all_weights))


def _of_an_epoch(train: Callable[..., object], repeats: int) -> float:
    """Return the seconds of an epoch, without what a training takes to begin."""
    whole = _shortest(train, repeats)
    begun = _shortest(partial(train, epochs=0), repeats)
    return whole - begun if whole > begun else whole


def _shortest(work: Callable[[], object], repeats: int) -> float:
    """Return the least processor time of some repeats, in seconds; the first compiles."""
    work()
    seconds = []
    for _ in range(repeats):
        begun = time.process_time()
        work()
        seconds.append(time.process_time() - begun)
    return min(seconds)
