"""Screen candidates without training, by mean and deviation of random weights' errors (MRS).

Source: Camero, Toutouh & Alba 2018: a network whose error is often small with random weights is
worth training. What is marked [ours] was decided here because the source does not say it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le, Lt
from numpy.typing import NDArray

from cellcolony.contract import Begin, Candidate, Evaluation, StopFlag, Work
from cellcolony.errors import GenomeError
from cellcolony.judges import JUDGES
from cellcolony.judges.evaluate import STOPPED
from cellcolony.judges.saved import candidate_from_dict, candidate_to_dict
from cellcolony.judges.training.untrained import WeightSets
from cellcolony.seeds import rng_for
from cellcolony.settings import ZeroOrMore, settings


@JUDGES.register("mrs")
@settings
class Screening:
    """Candidates are screened by random weights, and the best of them are trained.

    The method is led by the score of each candidate. A candidate's loss is the validation loss of
    weights that it really has: of its first ones, or, where it was trained, of the trained ones. So
    a score never stands where a loss should [ours: the source trains the last one alone].

    Attributes:
        draws: How many sets of weights are drawn, each weight from N(0, 1).
        target_error: The error below which a draw should fall.
        share: A candidate is trained if its score is among so large a share of the best scores so
            far [ours].
        draws_seed: Keys the draws [ours].

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """

    draws: Annotated[int, Ge(2), Le(100_000)] = 100
    target_error: Annotated[float, Gt(0), Lt(1)] = 0.01
    share: Annotated[float, Gt(0), Le(1)] = 0.1
    draws_seed: ZeroOrMore = 0

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return the half on a worker: screening, and the task's own training."""
        return partial(_begin, self, train(untrained=True), train())

    def referee(self) -> Promoter:
        """Return the half on the master."""
        return Promoter(self.share, [], {}, {})

    def restore(self, state: Mapping[str, Any]) -> Promoter:
        """Return the half on the master as its state has it.

        Raises:
            KeyError, TypeError, ValueError: The state holds a value that cannot be.
        """
        scores = [float(one) for one in np.asarray(state["scores"])]
        training = {int(one["number"]): float(one["score"]) for one in state["training"]}
        due = {int(one["number"]): candidate_from_dict(one) for one in state["due"]}
        if not (np.isfinite([*scores, *training.values()]).all() and due.keys() <= training.keys()):
            raise ValueError("the scores of a saved screening are not sound")
        return Promoter(self.share, scores, training, due)


def mrs_score(errors: NDArray[np.floating], target: float = 0.01) -> float:
    """Return how often random weights fall below a target, as a logarithm; higher is better.

    Args:
        errors: `(n,)`: the mean absolute errors of random weights, on data within [0, 1].
        target: The error to fall below.

    Returns:
        The logarithm of the share of a normal distribution of the errors' mean and deviation,
        truncated to [0, 1], that lies below the target.
    """
    from scipy.stats import truncnorm  # takes half a second

    mean = float(np.mean(errors))
    deviation = max(float(np.std(errors)), 1e-9 * max(mean, 1e-9))  # equal errors have one too
    low, high = -mean / deviation, (1 - mean) / deviation
    return float(truncnorm.logcdf(target, low, high, loc=mean, scale=deviation))


def _begin(
    of: Screening,
    untrained: Begin,
    trained: Begin,
    stop: StopFlag,
) -> Work:
    score, train = untrained(stop), trained(stop)

    def judge(candidate: Candidate) -> Evaluation:
        if "promoted" in candidate.how:
            return train(candidate)
        return screen(of, score, candidate)

    return judge


def screen(of: Screening, score: Work, candidate: Candidate) -> Evaluation:
    """Return the evaluation of a candidate by random weights; `guide` is minus its score."""
    began, network = time.perf_counter(), candidate.genome
    rng = rng_for(of.draws_seed, candidate.number, "screening")
    draws = rng.normal(size=(of.draws, network.n_all_weights)).astype(np.float32)
    try:
        sets = [network.weights, *draws]
        errors = score(WeightSets([network] * len(sets), sets, "valid"))
    except (GenomeError, MemoryError) as error:
        return Evaluation.failed(str(error) or "it needs more memory than there is")
    seconds = time.perf_counter() - began
    if np.isnan(errors).any():
        return Evaluation.failed(STOPPED, seconds)
    if not np.isfinite(errors).all():
        return Evaluation.failed("its error is not finite with random weights", seconds)
    own, found = float(errors[0]), mrs_score(errors[1:], of.target_error)
    if not np.isfinite(found):
        return Evaluation.failed("its screening score is not finite", seconds)
    return Evaluation.succeeded(own, network.weights, (own,), seconds, guide=max(-found, 0.0))


class Promoter:
    """Lets the candidates be trained whose scores are among the best share so far.

    Args:
        share: How large a share.
        scores: What the method was led by, of all that were screened, the best first.
        training: The scores of those whose training was decided and is not done, by number.
        due: Those among them that nobody was given yet.
    """

    def __init__(
        self,
        share: float,
        scores: list[float],
        training: dict[int, float],
        due: dict[int, Candidate],
    ) -> None:
        self.share, self.scores, self.training, self.due = share, scores, training, due

    def assign(self, candidate: Candidate) -> Candidate:
        """Return the candidate as the method gave it: it is screened."""
        return candidate

    def ask(self, number: int) -> Candidate | None:
        """Return the candidate that is trained next, under this number; None for nobody."""
        if not self.due:
            return None
        first = next(iter(self.due))
        candidate = self.due.pop(first)
        how = {**candidate.how, "promoted": first}
        return replace(candidate, number=number, parents=(first,), how=how)

    def tell(
        self, candidate: Candidate, evaluation: Evaluation
    ) -> Sequence[tuple[int, Evaluation]]:
        """Take in a screening or a training; who is to be trained is told when that is done."""
        first = candidate.how.get("promoted")
        if first is not None:
            score = self.training.pop(int(first))
            led = evaluation if evaluation.failure else replace(evaluation, guide=score)
            return [(int(first), led)]
        if evaluation.failure is not None or evaluation.guide is None:
            return [(candidate.number, evaluation)]
        rank = int(np.searchsorted(self.scores, evaluation.guide))
        self.scores.insert(rank, evaluation.guide)
        if rank >= max(1, int(self.share * len(self.scores))):
            return [(candidate.number, evaluation)]
        self.training[candidate.number] = evaluation.guide
        self.due[candidate.number] = candidate
        return []

    def state(self) -> dict[str, Any]:
        """Return everything that `Screening.restore` needs, as plain arrays and values."""
        return {
            "scores": np.array(self.scores, np.float64),
            "training": [{"number": n, "score": score} for n, score in self.training.items()],
            "due": [candidate_to_dict(one) for one in self.due.values()],
        }
