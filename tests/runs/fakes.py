"""A search, judges and trainings that take no time, for tests of what surrounds them."""

from __future__ import annotations

import math
import os
import random
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cellcolony.cells.tree import Tree
from cellcolony.contract import (
    DONE,
    WAIT,
    Begin,
    Candidate,
    Evaluation,
    Signal,
    Training,
)  # fmt: skip
from cellcolony.errors import RunError
from cellcolony.layers.epoch import Epoch, TextLoss
from cellcolony.layers.fixed_cell import FixedCell
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.trained import LongTraining, Trained
from cellcolony.networks.genome import Network, Node
from cellcolony.runs.items import digest_of
from cellcolony.runs.stages import final_scores, finals
from cellcolony.runs.stages.final_scores import ScoreTask
from cellcolony.runs.stages.finals import FinalTask
from cellcolony.runs.stages.text_ensembles import EnsembleTask, FoundEnsemble
from cellcolony.seeds import rng_for
from cellcolony.settings import plain
from cellcolony.store.files import write_file
from cellcolony.store.reading import read_text
from cellcolony.store.writing import recording
from cellcolony.tasks.language import Language


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


BEST_SIZE = 23
BEST_RATE, DIVERGES = 0.5, 3.0
RIVALS = {"lstm": 5.0, "gru": 5.25, "nascell": 4.75, "rhn-2": 5.5}


@dataclass(frozen=True)
class Losses:
    """What the fake trainings of language models say: pure functions of what is trained.

    Attributes:
        n_fail: Candidates whose number is 3 modulo this fail; 0 for none.
        only_nodes: Whether a rival with a recipe fails as well.
        hopeless: Whether every candidate fails.
        broken: Whose final trainings fail, by cell.
        touched: A folder in which each training and each scoring leaves a file; None for none.
    """

    n_fail: int = 5
    only_nodes: bool = False
    hopeless: bool = False
    broken: str = ""
    touched: Path | None = None

    def touch(self, name: str) -> None:
        """Leave a file that tells what was done."""
        if self.touched is not None:
            with (self.touched / f"{name}@{os.getpid()}-{os.urandom(4).hex()}").open("x"):
                pass


def done_in(touched: Path) -> list[str]:
    """Return what has left files in a folder, sorted."""
    return sorted(file.name.partition("@")[0] for file in touched.iterdir())


def fake_language(patched: pytest.MonkeyPatch | None = None, **losses: Any) -> None:
    """Let no language model be trained from now on, in this process and in its workers.

    Args:
        patched: Undoes it; None for the rest of the process.
        **losses: Of `Losses`.
    """
    patched, own = patched or pytest.MonkeyPatch(), Losses(**losses)
    training = Training(LanguageTraining, partial(_begin, own), executor="processes")
    patched.setattr(Language, "trainings", dict.fromkeys(("tree", "cell"), training))
    patched.setattr(Language, "check", lambda self, training: None)
    patched.setattr(finals, "begin_finals", partial(_begin_finals, own))
    patched.setattr(final_scores, "begin_scores", partial(_begin_scores, own))


@contextmanager
def faked(**losses: Any) -> Iterator[None]:
    """Let no language model be trained within the block."""
    with pytest.MonkeyPatch.context() as patched:
        fake_language(patched, **losses)
        yield


def _begin(losses: Losses, *_: Any, keep_memory: bool = False, **__: Any) -> Begin:
    return partial(_carry_out, partial(judge_node, losses))


def _begin_finals(losses: Losses, *_: Any) -> Callable[[FinalTask], Trained | RunError]:
    return partial(_or_error, partial(train_finally, losses))


def _begin_scores(losses: Losses, *_: Any) -> Callable[[ScoreTask], TextLoss | RunError]:
    return partial(_or_error, partial(score_finally, losses))


def _or_error(work: Callable[[Any], Any], task: Any) -> Any:
    try:
        return work(task)
    except RunError as error:
        return error


def _carry_out(work: Callable[[Any], Any], stop: Any) -> Callable[[Any], Any]:
    return work


def judge_node(losses: Losses, candidate: Candidate) -> Evaluation:
    """Return a loss that follows from a node's size, or from a rival's recipe."""
    genome, number = candidate.genome, candidate.number
    failed = Evaluation.failed("its loss was nan in epoch 1")
    if isinstance(genome, FixedCell):
        losses.touch(f"rival {genome.cell} {genome.trial}")
        rate = genome.recipe.learning_rate
        if rate > DIVERGES or (genome.trial and losses.only_nodes):
            return failed
        return _succeeded(RIVALS[genome.cell] + abs(rate - BEST_RATE) - (1 - BEST_RATE))
    assert isinstance(genome, Tree)
    losses.touch(f"candidate {number}")
    if losses.hopeless or (losses.n_fail and number % losses.n_fail == 3):
        return failed
    noise = rng_for(0, number, "noise").random()
    return _succeeded(4 + abs(genome.n_elements - BEST_SIZE) / 10 + noise / 100)


def _succeeded(loss: float) -> Evaluation:
    return Evaluation.succeeded(loss, None, (loss + 1, loss), 0.01, 1000)


def train_finally(losses: Losses, task: FinalTask) -> Trained:
    """Return what a final training results in; its folder holds nothing but a curve."""
    what, name = task.what, _name_of(task.what)
    assert task.folder is not None
    losses.touch(f"final {task.folder.name}")
    with recording(task.folder):
        task.folder.mkdir(exist_ok=True)
        write_file(task.folder / "number", repr(_chance(what)))
    failed = name == losses.broken
    epoch = Epoch(
        0, 1.0, 5.0, math.inf if failed else 5.0 + _chance(what), 0.5, 1000,
        "its loss was nan in epoch 2" if failed else None,
    )  # fmt: skip
    return Trained(what.architecture, (epoch,), None)


def score_finally(losses: Losses, task: ScoreTask | EnsembleTask) -> TextLoss | FoundEnsemble:
    """Return the test losses of a final training that `train_finally` has carried out.

    Of a pool the first model is the best alone, so that there is no ensemble.
    """
    if isinstance(task, EnsembleTask):
        return FoundEnsemble(task.keys[:1], 1.0, 1.0, 1.0)
    assert task.folder is not None
    losses.touch(f"score {task.folder.name}")
    loss = 5.1 + float(read_text(task.folder, task.folder / "number", 100))
    return TextLoss(loss, loss + 0.2)


def _name_of(what: LongTraining) -> str:
    return what.architecture.layers[0].groups[0].cell.name


def _chance(what: LongTraining) -> float:
    digest = digest_of(what.architecture.to_dict(), plain(what.schedule))
    return int(digest[:4], 16) / 65536 / 100 + what.seed / 1000
