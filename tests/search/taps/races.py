"""Problems and races for the tests of taps."""

from dataclasses import replace

import numpy as np

from cellcolony.contract import Evaluation, LinearStart, LinearView, Problem
from cellcolony.search.taps import TapRace, Taps
from cellcolony.seeds import rng_for

VIEW = LinearView(
    lags=(30, 10, 10),
    path=((0, 3), (1, 2), (2, 0)),
    starts=(
        LinearStart(((0, 3), (1, 2)), ((0.5,), (-0.25,)), (0.1,)),
        LinearStart(((0, 0), (1, 0), (2, 0)), ((0.1,), (0.2,), (0.3,)), (0.0,)),
    ),
    visibility=((0, 3, 0.7), (1, 2, 0.3)),
)
PROBLEM = Problem(("a", "b", "c"), ("a",), "linear", VIEW)
WIDEST = 10
BLIND = Problem(("a", "b"), ("a",))


def started(settings: Taps, problem: Problem = PROBLEM, seed: int = 0) -> TapRace:
    """A race of networks that are narrow, so that there is little to compute."""
    narrow = replace(settings, most_width=min(settings.most_width, WIDEST))
    return TapRace.start(narrow, problem, rng_for(seed, -1, "start"))


def trained(candidate, loss: float) -> Evaluation:
    """An evaluation that leaves the weights a little larger, so that they can be told apart.

    Where gradients are asked for, they are drawn by the candidate's number.
    """
    weights = candidate.genome.weights * np.float32(1.01)
    rms = None
    if candidate.with_gradient_rms:
        rng = rng_for(0, candidate.number, "gradients")
        rms = rng.random(weights.shape, np.float32)
    return Evaluation.succeeded(loss, weights, (1.0, loss), gradient_rms=rms)


def loss_of(candidate) -> float:
    """A loss that favours networks that read column b two rows back, and small ones."""
    network = candidate.genome
    reads = ((network.recurrent_edges[:, 0] == 1) & (network.recurrent_edges[:, 2] == 2)).any()
    trained = candidate.how["epochs_before"] + candidate.effort
    return (0.5 if reads else 1.0) + network.n_weights / 1e5 + 0.1 / (1 + trained)


def run(race: TapRace, n: int, first: int = 0, seed: int = 0):
    """Ask and tell one after the other; return what was asked."""
    asked = []
    for number in range(first, first + n):
        candidate = race.ask(number, rng_for(seed, number, "ask"))
        asked.append(candidate)
        race.tell(number, trained(candidate, loss_of(candidate)))
    return asked
