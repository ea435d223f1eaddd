"""The seam between a search for nodes and the training of language models.

On this side are trees, cells, losses and files; on the other are tensors. A `NodeBench` is all that
crosses it: two functions that processes are begun with, each of which is given a stop flag and
returns what carries out tasks. Both are sent to processes, so they must be picklable, and hold
arrays rather than models; what they return may hold anything.

    judge(stop)(Candidate(number, genome)) -> Evaluation
        Train the model of `config.model` filled with `genome.to_cell()` by `config.training`, with
        random streams that `config.seed` keys. `loss` is the best cross-entropy on
        validation in nats a token, `curve` the one after each epoch, `n_steps` the tokens trained
        on, `weights` None. What is the candidate's own fault is `Evaluation.failed`; so is a
        training that took more than `config.candidate_seconds`. The genome is a `Tree`, or
        for a rival a `FixedCell`, whose recipe and luck count.

    final(stop)(FinalTask) -> FinalResult
        Train the model of `config.final_model` by `config.final_training` and the task's recipe,
        choose the epoch on validation, and touch the test split once, at the end.

While the stop flag is not 0, a training ends soon, and what it returns is not used. In processes
each should use one thread. What builds a bench from a text and the settings is a `MakeBench`:
`text_bench` trains, tests have others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol, TypeAlias

from cellcolony.cells import Cell
from cellcolony.contract import Candidate, Evaluation, Genome
from cellcolony.judges.caps import Caps
from cellcolony.judges.final_task import FinalResult, FinalTask
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.workplaces.executors import Begin
from cellcolony.tasks.language import Language


class Node(Genome, Protocol):
    """A genome that is one recurrent node."""

    def to_cell(self, name: str = ...) -> Cell:
        """Return what the node computes."""
        ...


@dataclass(frozen=True)
class NodeBench:
    """What judges candidates, and what trains those that are compared in the end.

    Attributes:
        judge: Given a stop flag, returns what judges candidates.
        final: Given a stop flag, returns what carries out final trainings.
    """

    judge: Begin[Candidate[Node], Evaluation]
    final: Begin[FinalTask, FinalResult]


MakeBench: TypeAlias = Callable[[Language, NodeConfig], NodeBench]


def text_bench(task: Language, config: NodeConfig) -> NodeBench:
    """Return the bench that trains language models on a text.

    Raises:
        ConfigError: Torch is missing, or a setting of a model or a training cannot be.
        DataError: The text is too short for a training.
    """
    # Torch is an extra, and takes seconds to import.
    from cellcolony.judges import text_training  # pyright: ignore[reportAttributeAccessIssue]

    caps = Caps(config.candidate_seconds)
    judge = partial(
        text_training.begin_judging, task, config.model, config.training, config.seed, caps
    )
    final = partial(
        text_training.begin_final_training, task, config.final_model, config.final_training
    )
    return NodeBench(judge, final)
