"""The ledger of a search: who was asked, whose evaluation has arrived, and what was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from cellcolony.contract import WAIT, Candidate, Evaluation, Referee, Search, Signal
from cellcolony.judges.saved import (
    candidate_from_dict,
    candidate_to_dict,
    evaluation_from_dict,
    evaluation_to_dict,
)
from cellcolony.networks.genome import Network
from cellcolony.runs.budget import Budget
from cellcolony.runs.genomes import KINDS, check_fits, trained
from cellcolony.seeds import rng_for

Order = Literal["arrival", "strict"]
LEAST_TOLD = 20
"""So many are waited for before the share of failures counts."""
LONG = "raise --candidate-seconds, or {sooner}"
ADVICE = (
    ("its loss was", "{steadier}"),
    ("the training diverged", "{steadier}"),
    ("its validation loss", "{steadier}"),
    ("it took more than", LONG),
    ("it needs more than", "raise --candidate-steps"),
    ("it did not end", LONG),
    ("it needs more memory", "train fewer at once (--workers), or shorten the protocol's windows"),
    ("its process died", "train fewer at once (--workers): the machine may lack memory"),
)
"""How the reason of a failure begins, and what to do about it; the kind of genome says what lets
trainings end `sooner`, and what makes them `steadier`."""
MOST_FAILED = 0.5
"""The share of failures beyond which a search is given up."""


@dataclass
class Ledger:
    """A search, its judge's half on the master, and the candidates under way.

    Attributes:
        search: Is asked for candidates and told their evaluations, from one thread alone.
        referee: Decides what the search is told, and who is promoted.
        seed: Keys the random stream of every candidate.
        out: The candidates that were asked and whose evaluation was not taken in, by number.
        arrived: The evaluations of those among them that have come, in the order of arrival.
        open: The search's own candidates that it was not told about, by number; promotions belong
            to the candidate that they go on from.
        n_asked: How many candidates were asked.
        n_told: How many evaluations were taken in.
        failures: How many of those failed, by reason.
        n_trainings: How many trainings of the usual length the candidates that were asked are
            worth.
    """

    search: Search
    referee: Referee
    seed: int
    out: dict[int, Candidate] = field(default_factory=dict)
    arrived: dict[int, Evaluation] = field(default_factory=dict)
    open: dict[int, Candidate] = field(default_factory=dict)
    n_asked: int = 0
    n_told: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    n_trainings: int = 0

    def is_within(self, budget: Budget) -> bool:
        """Say whether a budget lets one more candidate be asked for."""
        return budget.lets_ask(self.n_asked, self.n_trainings)

    @property
    def n_succeeded(self) -> int:
        """How many of the evaluations that were taken in are no failures."""
        return self.n_told - self.failures.total()

    @property
    def unjudged(self) -> tuple[Candidate, ...]:
        """The candidates whose evaluation has not come, by number."""
        return tuple(self.out[number] for number in sorted(self.out.keys() - self.arrived.keys()))

    def next_told(self, order: Order) -> int | None:
        """Return whose evaluation is to be taken in next; None where that has not arrived."""
        if order == "arrival":
            return next(iter(self.arrived), None)
        return self.n_told if self.n_told in self.arrived else None

    def tellable(self, order: Order) -> Iterator[Evaluation]:
        """Yield the evaluations that can be taken in now, in their order."""
        if order == "arrival":
            yield from self.arrived.values()
            return
        number = self.n_told
        while number in self.arrived:
            yield self.arrived[number]
            number += 1

    def ask(self) -> Candidate | Signal:
        """Ask the referee, then the search, for the next candidate, which is under way from now on.

        Raises:
            RuntimeError: The search wants to wait although everything was told.
        """
        number = self.n_asked
        candidate = self.referee.ask(number)
        if candidate is None:
            asked = self.search.ask(number, rng_for(self.seed, number, "ask"))
            if isinstance(asked, Signal):
                if asked is WAIT and not self.out:
                    raise RuntimeError("The search answered WAIT with nothing left to wait for.")
                return asked
            candidate = self.referee.assign(asked)
            self.open[number] = candidate
        self.out[number] = candidate
        self.n_asked += 1
        self.n_trainings += candidate.n_trainings
        return candidate

    def arrive(self, number: int, evaluation: Evaluation) -> None:
        """Take down the evaluation of a candidate that is under way.

        Raises:
            KeyError: It is not under way, or was judged before.
            GenomeError: The trained weights do not fit its genome.
        """
        if number not in self.out or number in self.arrived:
            raise KeyError(f"Candidate {number} is not under way, or was judged before.")
        check_fits(self.out[number].genome, evaluation)
        self.arrived[number] = evaluation

    def tell(self, number: int) -> list[tuple[Candidate, Evaluation]]:
        """Give an evaluation to the referee, and the search what the referee makes of it.

        Returns:
            What the search was told: its own candidates, and their evaluations.
        """
        candidate, evaluation = self.out.pop(number), self.arrived.pop(number)
        self.n_told += 1
        if evaluation.failure is not None:
            self.failures[evaluation.failure] += 1
        told = []
        for own, verdict in self.referee.tell(candidate, evaluation):
            self.search.tell(own, verdict.for_method())
            one = self.open.pop(own)
            if candidate.how.get("promoted") == own:  # whose epochs count as well
                one = replace(one, how=candidate.how)
            told.append((one, verdict))
        return told

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the seed as plain arrays and values."""
        return {
            "search": self.search.state(),
            "referee": self.referee.state(),
            "out": [candidate_to_dict(candidate) for candidate in self.out.values()],
            "open": [candidate_to_dict(one) for n, one in self.open.items() if n not in self.out],
            "arrived": [
                evaluation_to_dict(verdict) | {"number": n} for n, verdict in self.arrived.items()
            ],
            "n_asked": self.n_asked,
            "n_told": self.n_told,
            "n_trainings": self.n_trainings,
            "failures": [list(pair) for pair in self.failures.items()],
        }

    @staticmethod
    def from_dict(search: Search, referee: Referee, seed: int, data: Mapping[str, Any]) -> Ledger:
        """Read what `to_dict` wrote, but for the states of search and referee.

        Args:
            search: As it was then.
            referee: As it was then.
            seed: Keys the random stream of every candidate.
            data: What was written.

        Raises:
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: The parts do not fit together.
        """
        out = {one.number: one for one in (candidate_from_dict(saved) for saved in data["out"])}
        waiting = {
            one.number: one for one in (candidate_from_dict(saved) for saved in data["open"])
        }
        own = {n: one for n, one in out.items() if "promoted" not in one.how}
        ledger = Ledger(search, referee, seed, out, open={**waiting, **own})
        for saved in data["arrived"]:
            ledger.arrive(int(saved["number"]), evaluation_from_dict(saved))
        keys = "n_asked", "n_told", "n_trainings"
        n_asked, n_told, n_trainings = (int(data[key]) for key in keys)
        failures = Counter({str(reason): int(n) for reason, n in data["failures"]})
        known = all(0 <= number < n_asked for number in (*out, *waiting)) and n_trainings >= 0
        if not (known and 0 <= failures.total() <= n_told == n_asked - len(out)):
            raise ValueError(
                f"{n_asked} asked, {n_told} told, {failures.total()} of them failed and {len(out)} "
                "under way do not fit together"
            )
        if set(search.pending) != set(ledger.open):
            raise ValueError("the search waits for other candidates than those that are under way")
        ledger.n_asked, ledger.n_told, ledger.failures = n_asked, n_told, failures
        ledger.n_trainings = n_trainings
        return ledger


def why_stop(
    n_told: int, failures: Counter[str], most_failed: float = MOST_FAILED, kind: str = Network.kind
) -> str | None:
    """Say why a search is given up, too many of whose candidates have failed.

    Args:
        n_told: How many evaluations it was told.
        failures: How many of them failed, by reason.
        most_failed: The largest share of failures that is borne.
        kind: What the candidates are, for the advice.

    Returns:
        The end of a sentence, with advice; None where the search may go on.
    """
    n_failed = failures.total()
    if n_told < LEAST_TOLD or n_failed <= most_failed * n_told:
        return None
    return f"{n_failed} of {n_told} candidates failed: {told_reasons(failures, kind)}"


def will_stop(
    ledger: Ledger, order: Order, most_failed: float = MOST_FAILED, kind: str = Network.kind
) -> str | None:
    """Say why a search is going to be given up by what has arrived; None where it is not."""
    n_told, failures = ledger.n_told, Counter(ledger.failures)
    why = why_stop(n_told, failures, most_failed, kind)
    for evaluation in ledger.tellable(order):
        if why is not None:
            break
        n_told += 1
        if evaluation.failure is not None:
            failures[evaluation.failure] += 1
        why = why_stop(n_told, failures, most_failed, kind)
    return why


def told_reasons(failures: Counter[str], kind: str = Network.kind) -> str:
    """Name the most frequent reasons of failures, and what may help against the first."""
    if not failures:
        return "none was done"
    common = failures.most_common(3)
    reasons = "; ".join(f"{reason} ({n} times)" for reason, n in common)
    first = common[0][0]
    advice = next((text for begin, text in ADVICE if first.startswith(begin)), None)
    if advice is None:
        return reasons
    of_kind = KINDS[kind]
    advice = advice.format(sooner=of_kind.sooner, steadier=of_kind.steadier)
    return f"{reasons}. What may help: {advice}"


def promoted(candidate: Candidate, number: int, evaluation: Evaluation, effort: int) -> Candidate:
    """Return a candidate that goes on from an earlier training.

    Args:
        candidate: Who was trained.
        number: Its new number.
        evaluation: What the earlier training has left: weights, and memory.
        effort: How many times the settings' epochs it is trained, those before included.
    """
    first = candidate.how.get("promoted", candidate.number)
    epochs = int(candidate.how.get("epochs_before", 0))
    effort_before = 0
    if evaluation.memory is None:
        epochs += evaluation.n_epochs
    else:  # the curve and the effort of the promotion have all epochs
        effort_before = candidate.effort
    how = {
        **candidate.how,
        "promoted": first,
        "epochs_before": epochs,
        "effort_before": effort_before,
    }
    genome = trained(candidate.genome, evaluation)
    return replace(
        candidate, number=number, genome=genome, parents=(candidate.number,), how=how,
        effort=effort, memory=evaluation.memory,
    )  # fmt: skip
