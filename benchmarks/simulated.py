"""Simulated training, for benchmarks of what surrounds it."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import numpy as np

from cellcolony.contract import Candidate, Evaluation
from cellcolony.seeds import rng_for

N_EPOCHS = 10
SEED = 7


def simulate(candidate: Candidate) -> Evaluation:
    """Return a loss as networks of the coal data have it, and weights that were moved at random."""
    rng = rng_for(SEED, candidate.number, "judge")
    weights = candidate.genome.weights
    assert weights is not None
    loss = 0.0125 + 0.002 * float(rng.gamma(1.5))
    curve = loss + 0.1 * np.sort(rng.random(N_EPOCHS + 1))[::-1]
    curve[-1] = loss
    moved = weights + rng.normal(0.0, 0.1, len(weights)).astype(np.float32)
    return Evaluation.succeeded(loss, moved, tuple(curve.tolist()), 0.5, 1_200_000)


class AtOnce(ThreadPoolExecutor):
    """Simulates training in the thread that asks, before it goes on: no thread is ever started.

    Attributes:
        seconds: Wall time and processor time that this took, to be taken off.
    """

    def __init__(self) -> None:
        super().__init__(1)
        self.seconds = np.zeros(2)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Return an evaluation of the candidate, the first of `args`."""
        began = clocks()
        future: Future[Evaluation] = Future()
        future.set_result(simulate(args[0]))
        self.seconds += clocks() - began
        return future


class InThreads(ThreadPoolExecutor):
    """Simulates training in threads, so that results come one by one."""

    def submit(self, fn: Callable[..., Any], /, *args: Any, **_: Any) -> Future[Any]:
        """Let the candidate, the first of `args`, be evaluated."""
        return super().submit(_slowly, args[0])


def _slowly(candidate: Candidate) -> Evaluation:
    time.sleep(0.004)
    return simulate(candidate)


def clocks() -> np.ndarray:
    """Return wall time and the processor time of this thread, in seconds."""
    return np.array([time.perf_counter(), time.thread_time()])
