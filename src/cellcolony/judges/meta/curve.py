"""Learning curves of whole trainings, from which predictors learn.

A curve is the validation loss after each mark of a training, in nats a token: log perplexity. Marks
are those of the schedule: an epoch, or a part of one.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.tree import Tree
from cellcolony.layers.language_training import LanguageTraining

N_MARKS, N_FIRST = 40, 10
"""Marks of a whole training, and those that are known of it (Rawal & Miikkulainen 2018)."""


@dataclass(frozen=True)
class Curve:
    """What became of one whole training of a node.

    Attributes:
        search: The search that the node is from.
        candidate: Its number there.
        tree: The node.
        value: The digest of what it computes, the same for clones: see `cells.tree_value`.
        task: The fingerprint of the text.
        n_words: The size of its vocabulary.
        training: How the node was trained, from the first mark to the last.
        rate: The factor of its learning rate.
        seed: Of its first weights and of dropout.
        marks: The validation loss after each mark: of one that failed those before.
        final: The validation loss at the end, over all of the validation text; infinite for one
            that failed.
    """

    search: str
    candidate: int
    tree: Tree
    value: str
    task: str
    n_words: int
    training: LanguageTraining
    rate: float
    seed: int
    marks: tuple[float, ...]
    final: float

    @property
    def n_marks(self) -> int:
        """How many marks its training has when it is whole."""
        return self.training.schedule.epochs


def whole(training: LanguageTraining, n_marks: int) -> LanguageTraining:
    """Return a training as curves tell it: so many marks long, its learning rate written out."""
    schedule = training.schedule
    rate = schedule.first_rate
    return replace(training, schedule=replace(schedule, epochs=n_marks, learning_rate=rate))


@dataclass(frozen=True, eq=False)
class Prefixes:
    """The first marks of curves and what they end at, as a predictor takes them.

    Attributes:
        first: `(curves, marks) float64`, log perplexity, capped.
        final: `(curves,) float64`, log perplexity, capped.
        n_marks: How many marks a whole training has.
    """

    first: NDArray[np.float64]
    final: NDArray[np.float64]
    n_marks: int = N_MARKS

    def __len__(self) -> int:
        return len(self.final)

    @staticmethod
    def of(curves: Sequence[Curve], n_first: int) -> Prefixes:
        """Return the first marks of curves of one training, and what they end at."""
        first = np.array([one.marks[:n_first] for one in curves], np.float64)
        caps = np.array([cap_of(one.n_words) for one in curves])
        final = np.array([one.final for one in curves], np.float64)
        n_marks = curves[0].n_marks
        return Prefixes(np.minimum(first, caps[:, None]), np.minimum(final, caps), n_marks)


def cap_of(n_words: int) -> float:
    """Return the most that a loss counts: that of a model which holds all words equally likely.

    A training that diverges has a larger one, of any size, or none. The cap needs nothing but the
    vocabulary, so that it is known when a prediction is made.
    """
    return math.log(n_words)
