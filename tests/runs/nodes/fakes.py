"""A bench that trains nothing: pure functions of the node, so that runs take no time."""

from __future__ import annotations

import math
import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from cellcolony.judges.final_task import FinalResult, FinalTask
from cellcolony.runs.nodes.bench import NodeBench
from cellcolony.runs.nodes.stages import digest_of

from cellcolony.cells.tree import Tree
from cellcolony.contract import Candidate, Evaluation
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.search.fixed import FixedCell
from cellcolony.search.nodes import NodeEvolution
from cellcolony.seeds import rng_for
from cellcolony.tasks.language import Language

BEST_SIZE = 23
BEST_RATE, DIVERGES = 0.5, 3.0
RIVALS = {"lstm": 5.0, "gru": 5.25, "nascell": 4.75}
EVOLUTION = NodeEvolution(population=12, generations=4)
SETTINGS: dict[str, Any] = {
    "model": ModelSettings(hidden=4, layers=1),
    "training": Schedule(epochs=2),
    "final_training": Schedule(epochs=5),
    "n_seeds": 2,
    "seed": 1,
}
TEXT = "the cat sat on the mat and the dog sat on the cat\n" * 30


@dataclass(frozen=True)
class Losses:
    """What the fakes say.

    Attributes:
        n_fail: Candidates whose number is 3 modulo this fail; 0 for none.
        evolved: The loss of the evolved node's final training on test, and of the others'.
        others: As above.
        touched: A folder in which each task that is carried out leaves a file; None for none.
    """

    n_fail: int = 5
    evolved: float = 4.0
    others: float = 5.0
    touched: Path | None = None


def task_in(folder: Path) -> Language:
    path = folder / "text.txt"
    path.write_text(TEXT)
    return Language.from_files(path)


def bench(losses: Losses, task: Language, config) -> NodeBench:
    assert config.data["fingerprint"] == task.fingerprint
    return NodeBench(partial(begin, judge, losses), partial(begin, final, losses))


def make_bench(**losses):
    return partial(bench, Losses(**losses))


def begin(carry_out, losses, stop):
    return partial(carry_out, losses)


def judge(losses: Losses, candidate: Candidate) -> Evaluation:
    genome, number = candidate.genome, candidate.number
    if isinstance(genome, FixedCell):
        _touch(losses, f"rival-{genome.cell}-{genome.luck}")
        rate = genome.recipe.learning_rate
        if rate > DIVERGES:
            return Evaluation.failed("its loss was nan in epoch 1")
        return _succeeded(RIVALS[genome.cell] + abs(rate - BEST_RATE) - (1 - BEST_RATE))
    assert isinstance(genome, Tree)
    _touch(losses, f"candidate-{number}")
    if losses.n_fail and number % losses.n_fail == 3:
        return Evaluation.failed("its loss was nan in epoch 1")
    noise = rng_for(0, number, "noise").random()
    return _succeeded(4 + abs(genome.n_elements - BEST_SIZE) / 10 + noise / 100)


def _succeeded(loss: float) -> Evaluation:
    return Evaluation.succeeded(loss, None, (loss + 1, loss), 0.01, 1000)


def final(losses: Losses, task: FinalTask) -> FinalResult:
    _touch(losses, f"final-{task.path.name}")
    task.path.mkdir(exist_ok=True)
    (task.path / "curve.csv").write_text("")
    chance = int(digest_of(task.cell, task.recipe)[:4], 16) / 65536 / 100 + task.seed / 1000
    loss = (losses.evolved if task.model == "evolved node" else losses.others) + chance
    return FinalResult(1234, loss - 0.1, loss, 0.5)


def broken_final(losses: Losses, task: FinalTask) -> FinalResult:
    """Fail every training of the GRU."""
    if task.model == "gru":
        return FinalResult(1234, math.inf, math.inf, 0.1, "its loss was nan in epoch 2")
    return final(losses, task)


def _touch(losses: Losses, name: str) -> None:
    if losses.touched is not None:
        with (losses.touched / f"{name}-{os.getpid()}-{os.urandom(4).hex()}").open("x"):
            pass
