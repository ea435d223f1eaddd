"""A judge with two rungs: every candidate is trained shortly, and the better half goes on.

A promotion goes on from the weights and the optimizer's memory of the first rung. The method is
told of a candidate when its verdict is final: after the first rung for those that are not promoted.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Annotated, Any

from annotated_types import Ge

from cellcolony.contract import Begin, Candidate, Evaluation
from cellcolony.judges import JUDGES
from cellcolony.judges.saved import (
    candidate_from_dict,
    candidate_to_dict,
    evaluation_from_dict,
    evaluation_to_dict,
)
from cellcolony.runs.ledger import promoted
from cellcolony.settings import settings


@JUDGES.register("two-rungs")
@settings
class TwoRungs:
    """Train all for one share, and the better of every few for the whole.

    Attributes:
        group: Of so many candidates the best is promoted.
        effort: How many times the settings' epochs the second rung comes to.
    """

    group: Annotated[int, Ge(2)] = 2
    effort: Annotated[int, Ge(2)] = 3

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return the half on a worker."""
        return train(keep_memory=True, schedule_effort=self.effort)

    def referee(self) -> Promoter:
        """Return the half on the master."""
        return Promoter(self.group, self.effort, [], [], {})

    def restore(self, state: Mapping[str, Any]) -> Promoter:
        """Return the half on the master as its state has it."""
        rungs = [
            (candidate_from_dict(one["candidate"]), evaluation_from_dict(one["evaluation"]))
            for one in state["first"]
        ]
        first = {candidate.number: (candidate, found) for candidate, found in rungs}
        waiting, due = ([int(number) for number in state[key]] for key in ("waiting", "due"))
        return Promoter(self.group, self.effort, waiting, due, first)


class Promoter:
    """Promotes the best of every few candidates of the first rung."""

    def __init__(
        self,
        group: int,
        effort: int,
        waiting: list[int],
        due: list[int],
        first: dict[int, tuple[Candidate, Evaluation]],
    ) -> None:
        self.group, self.effort = group, effort
        self.waiting, self.due, self.first = waiting, due, first

    def assign(self, candidate: Candidate) -> Candidate:
        """Let the first rung be one share."""
        return candidate

    def ask(self, number: int) -> Candidate | None:
        """Return the candidate that is promoted next."""
        if not self.due:
            return None
        candidate, evaluation = self.first.pop(self.due.pop(0))
        return promoted(candidate, number, evaluation, self.effort)

    def tell(
        self, candidate: Candidate, evaluation: Evaluation
    ) -> Sequence[tuple[int, Evaluation]]:
        """Take in a rung's evaluation."""
        first = candidate.how.get("promoted")
        if first is not None:
            return [(int(first), evaluation)]
        if evaluation.failure is not None:
            return [(candidate.number, evaluation)]
        self.first[candidate.number] = candidate, evaluation
        self.waiting.append(candidate.number)
        if len(self.waiting) < self.group:
            return []
        ranked = sorted(self.waiting, key=lambda one: (self.first[one][1].loss, one))
        self.due.append(ranked[0])
        self.waiting = []
        return [(one, self.first.pop(one)[1]) for one in sorted(ranked[1:])]

    def state(self) -> dict[str, Any]:
        """Return everything that `restore` needs."""
        first = [
            {"candidate": candidate_to_dict(one), "evaluation": evaluation_to_dict(found)}
            for one, found in self.first.values()
        ]
        return {"waiting": list(self.waiting), "due": list(self.due), "first": first}
