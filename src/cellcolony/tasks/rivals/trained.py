"""Network rivals: fixed networks, trained as the evolved network was and for as many epochs."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.builders import draw_weights
from cellcolony.networks.genome import Network
from cellcolony.networks.train import Trainer, predict
from cellcolony.seeds import rng_for
from cellcolony.tasks import rivals
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.scores import Score

COMMON_WIDTH = 12
"""Each comes with so many hidden nodes, and with about as many weights as the evolved network."""


@dataclass(frozen=True, eq=False)
class Terms:
    """On what terms networks meet an evolved one.

    Attributes:
        trainer: Holds the data and the protocol of the evolved network.
        n_weights: The evolved network's size.
        epochs: How many epochs it was trained in all, handed-down training included.
        seed: Keys the rivals' first weights.
        workers: How many rivals are trained at once, one thread each.
        stop: `(1,)`; when it becomes nonzero, trainings end with what they have.
    """

    trainer: Trainer
    n_weights: int
    epochs: int
    seed: int
    workers: int
    stop: NDArray[np.uint8]


class Entrant(NamedTuple):
    """A network rival with its first weights.

    Attributes:
        name: "GRU, 12 nodes".
        network: What is trained.
    """

    name: str
    network: Network


def cell_names() -> set[str]:
    """Return the cells of all network rivals, which must be compiled before they are trained."""
    found = set()
    for name in rivals.NETWORKS.names():
        network = rivals.NETWORKS[name](1, 1, width=1, output_cell="linear")
        found |= {node.cell for node in network.nodes if node.kind != "input"}
    return found


def compare_networks(task: Forecast, terms: Terms) -> list[rivals.RivalScore]:
    """Train the network rivals and score them on validation and test.

    Their cells must be compiled. The weights of the epoch with the lowest validation loss are kept;
    a rival that has none, because it was stopped or diverged at once, is left out.

    Args:
        task: The task; its test split is touched.
        terms: How they are trained.
    """
    with ThreadPoolExecutor(terms.workers, "rival") as executor:
        try:
            futures = [
                executor.submit(_train_and_score, task, terms, entrant)
                for entrant in entrants(task, terms)
            ]
            results = [future.result() for future in futures]
        except BaseException:  # threads hold no one up who leaves
            terms.stop[0] = 1
            raise
    return [result for result in results if result is not None]


def entrants(task: Forecast, terms: Terms) -> Iterator[Entrant]:
    """Yield each kind of network in the evolved network's size and with 12 nodes."""
    n_inputs, n_outputs = len(task.transform.inputs), len(task.transform.targets)
    output_cell = terms.trainer.protocol.output_cell
    for name in rivals.NETWORKS.names():

        def build(width: int, name: str = name) -> Network:
            return rivals.NETWORKS[name](n_inputs, n_outputs, width=width, output_cell=output_cell)

        for width in dict.fromkeys((nearest_width(build, terms.n_weights), COMMON_WIDTH)):
            title = f"{name}, {width} node{'' if width == 1 else 's'}"
            network = draw_weights(build(width), rng_for(terms.seed, -1, title))
            yield Entrant(title, network)


def nearest_width(build: Callable[[int], Network], n_weights: int) -> int:
    """Return the width whose network comes nearest to a number of weights; the smaller of two."""
    low, high = 1, 1
    while build(high).n_weights < n_weights:
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if build(middle).n_weights < n_weights else (low, middle)
    return min((low, high), key=lambda width: abs(build(width).n_weights - n_weights))


def _train_and_score(task: Forecast, terms: Terms, entrant: Entrant) -> rivals.RivalScore | None:
    began = time.perf_counter()
    result = terms.trainer.train(entrant.network, stop=terms.stop, epochs=terms.epochs)
    if not np.isfinite(result.loss):
        return None
    network, residual = (
        entrant.network.with_weights(result.weights),
        terms.trainer.protocol.residual,
    )

    def score(split: str) -> Score:
        outputs = [predict(network, one.inputs) for one in task.series(split, residual)]
        return task.score(split, task.unscale(split, outputs, residual))

    valid, test = score("valid"), score("test")
    seconds, epochs = time.perf_counter() - began, len(result.curve) - 1
    title = entrant.name
    if epochs < terms.epochs:
        title += f" (cut short: {epochs} epochs)"
    return rivals.RivalScore(title, network.n_weights, valid, test, seconds, epochs)
