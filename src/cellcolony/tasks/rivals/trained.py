"""Network rivals: fixed networks, trained as the evolved network was and for as many epochs."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Problem, StopFlag
from cellcolony.errors import GenomeError
from cellcolony.networks.builders import draw_weights
from cellcolony.networks.draws import train_best_draw
from cellcolony.networks.genome import Network
from cellcolony.networks.train import Trainer
from cellcolony.seeds import rng_for
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast

COMMON_WIDTH = 12
"""Each comes with so many hidden nodes, and with about as many weights as the evolved network."""


class Entrant(NamedTuple):
    """A network rival with its first weights.

    Attributes:
        name: "GRU, 12 nodes".
        network: What is trained.
        seed: Keys further draws of first weights, where the protocol has some.
    """

    name: str
    network: Network
    seed: int = 0


def cell_names() -> set[str]:
    """Return the cells of all network rivals, which must be compiled before they are trained."""
    found = set()
    for name in rivals.NETWORKS.names():
        network = rivals.NETWORKS[name](1, 1, width=1, output_cell="linear")
        found |= {node.cell for node in network.nodes if node.kind != "input"}
    return found


def entrants(
    names: Iterable[str], problem: Problem, n_weights: int, seed: int
) -> Iterator[Entrant]:
    """Yield each kind of network in the evolved network's size and with 12 nodes.

    Args:
        names: The kinds.
        problem: The columns, and what output nodes compute.
        n_weights: The evolved network's size.
        seed: Keys the first weights.
    """
    n_inputs, n_outputs = len(problem.inputs), len(problem.outputs)
    for name in names:

        def build(width: int, name: str = name) -> Network:
            make = rivals.NETWORKS[name]
            return make(n_inputs, n_outputs, width=width, output_cell=problem.output_cell)

        for width in dict.fromkeys((nearest_width(build, n_weights), COMMON_WIDTH)):
            title = f"{name}, {width} node{'' if width == 1 else 's'}"
            yield Entrant(title, draw_weights(build(width), rng_for(seed, -1, title)), seed)


def nearest_width(build: Callable[[int], Network], n_weights: int) -> int:
    """Return the width whose network comes nearest to a number of weights; the smaller of two.

    It is no wider than a network may be.
    """

    def size(width: int) -> float:
        try:
            return build(width).n_weights
        except GenomeError:  # it would have too many nodes
            return math.inf

    low, high = 1, 1
    while size(high) < n_weights:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if size(middle) < n_weights else (low, middle)
    return min((low, high), key=lambda width: abs(size(width) - n_weights))


def train_and_score(
    task: Forecast, trainer: Trainer, entrant: Entrant, epochs: int, stop: StopFlag
) -> rivals.RivalScore | None:
    """Train a network rival and score it on validation and test; its cells must be compiled.

    The weights of the epoch with the lowest validation loss are kept.

    Args:
        task: The task; its test split is touched.
        trainer: Holds the data and the protocol of the evolved network.
        entrant: The rival.
        epochs: How many epochs it is trained: as many as the evolved network was in all.
        stop: `(1,)`; when it becomes nonzero, the training ends with what it has.

    Returns:
        None where the training diverged at once.
    """
    began = time.perf_counter()
    rng = rng_for(entrant.seed, -1, f"draws of {entrant.name}")
    result = train_best_draw(trainer, entrant.network, rng, stop=stop, epochs=epochs)
    if not np.isfinite(result.loss):
        return None
    network = entrant.network.with_weights(result.weights)

    def predict(split: str) -> list[NDArray[np.float64]]:
        return task.predictions(network, split, trainer.protocol.residual)

    epochs = len(result.curve) - 1
    return rivals.scored(task, entrant.name, network.n_weights, predict, began, epochs=epochs)
