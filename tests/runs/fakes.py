"""A search and judges that take no time, for tests of what surrounds them."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable

import numpy as np

from cellcolony.contract import DONE, WAIT, Candidate, Evaluation, Signal
from cellcolony.networks.genome import Network, Node


def small_network(first_weight: float = 0.5, n_hidden: int = 0) -> Network:
    """Return input -> (hidden ->) output; `3 + 3 * n_hidden` weights."""
    hidden = tuple(Node(2 + i, "hidden", 1.0, "simple") for i in range(n_hidden))
    edges = [(0, 1)] + [e for node in hidden for e in ((0, node.id), (node.id, 1))]
    network = Network(
        (Node(0, "input", 0.0, name="x"), *hidden, Node(1, "output", 2.0, "linear", "x")),
        np.array(edges, np.int32),
        np.array([(0, 1, 1)], np.int32),
    )
    return network.with_weights(np.full(network.n_all_weights, 0.25)).with_weights(
        [first_weight, *[0.25] * (network.n_all_weights - 1)]
    )


class FakeSearch:
    """Draws networks whose first weight depends on the stream and on everything told so far."""

    def __init__(self, n_candidates: int | None = None, n_out: int | None = None) -> None:
        self.n_candidates, self.n_out = n_candidates, n_out
        self.memory, self.out, self.told = 0.0, set(), []

    def ask(self, number: int, rng: np.random.Generator) -> Candidate | Signal:
        if self.n_candidates is not None and number >= self.n_candidates:
            return DONE
        if self.n_out is not None and len(self.out) >= self.n_out:
            return WAIT
        self.out.add(number)
        weight = (rng.random() + self.memory) % 1.0
        network = small_network(weight, n_hidden=int(rng.integers(3)))
        return Candidate(number, network, parents=tuple(self.told[-1:]), how={"draw": weight})

    def tell(self, number: int, evaluation: Evaluation) -> None:
        self.out.remove(number)
        self.told.append(number)
        self.memory = (self.memory * 3.7 + (0 if evaluation.failure else evaluation.loss)) % 1.0

    @property
    def pending(self) -> set[int]:
        return self.out

    def state(self) -> dict:
        return {}


def judge(candidate: Candidate) -> Evaluation:
    """Return a loss that follows from the weights; one in five networks fails."""
    network = candidate.genome
    assert network.weights is not None
    first = float(network.weights[0])
    if int(first * 1000) % 5 == 0:
        return Evaluation.failed("it was told to fail")
    return Evaluation.succeeded(0.05 + first, network.weights * 0.5, (1.0, 0.05 + first), 0.01, 10)


def with_jitter(judge: Callable[[Candidate], Evaluation], seed: int = 0):
    """Return the judge with pauses of 0 to 4 milliseconds, so that results arrive out of order."""
    chance, lock = random.Random(seed), threading.Lock()

    def slow_judge(candidate: Candidate) -> Evaluation:
        with lock:
            pause = chance.random() * 0.004
        time.sleep(pause)
        return judge(candidate)

    return slow_judge
