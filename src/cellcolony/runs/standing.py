"""Where a search stands: who was asked, whose evaluation has come, and who was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np

from cellcolony.contract import WAIT, Candidate, Evaluation, Search, Signal
from cellcolony.errors import brief
from cellcolony.runs.genomes import check_fits, plain_genome, read_genome
from cellcolony.seeds import rng_for
from cellcolony.toml_table import AMOUNT, COUNT

Order = Literal["arrival", "strict"]


@dataclass
class Standing:
    """A search and the candidates that are out.

    Attributes:
        search: Is asked for candidates and told their evaluations, from one thread alone.
        seed: Keys the random stream of every candidate.
        out: The candidates that were asked and not told, by number.
        arrived: The evaluations of those among them that are judged, in the order of arrival.
        n_asked: How many candidates were asked.
        n_told: How many evaluations were told.
        failures: How many of those failed, by reason.
    """

    search: Search
    seed: int
    out: dict[int, Candidate] = field(default_factory=dict)
    arrived: dict[int, Evaluation] = field(default_factory=dict)
    n_asked: int = 0
    n_told: int = 0
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def n_succeeded(self) -> int:
        """How many of the candidates that were told did not fail."""
        return self.n_told - self.failures.total()

    @property
    def unjudged(self) -> tuple[Candidate, ...]:
        """The candidates whose evaluation has not come, by number."""
        return tuple(self.out[number] for number in sorted(self.out.keys() - self.arrived.keys()))

    def next_told(self, order: Order) -> int | None:
        """Return whose evaluation is to be told next; None where that has not arrived."""
        if order == "arrival":
            return next(iter(self.arrived), None)
        return self.n_told if self.n_told in self.arrived else None

    def tellable(self, order: Order) -> Iterator[Evaluation]:
        """Yield the evaluations that can be told now, in the order in which they would be."""
        if order == "arrival":
            yield from self.arrived.values()
            return
        number = self.n_told
        while number in self.arrived:
            yield self.arrived[number]
            number += 1

    def ask(self) -> Candidate | Signal:
        """Ask the search for the next candidate, which is out from now on.

        Raises:
            RuntimeError: The search wants to wait although it was told everything.
        """
        number = self.n_asked
        candidate = self.search.ask(number, rng_for(self.seed, number, "ask"))
        if isinstance(candidate, Signal):
            if candidate is WAIT and not self.out:
                raise RuntimeError("The search answered WAIT with nothing left to wait for.")
            return candidate
        self.out[number] = candidate
        self.n_asked += 1
        return candidate

    def arrive(self, number: int, evaluation: Evaluation) -> None:
        """Take in the evaluation of a candidate that is out.

        Raises:
            KeyError: It is not out, or was judged before.
            GenomeError: The trained weights do not fit its genome.
        """
        if number not in self.out or number in self.arrived:
            raise KeyError(f"Candidate {number} is not out, or was judged before.")
        check_fits(self.out[number].genome, evaluation)
        self.arrived[number] = evaluation

    def tell(self, number: int) -> tuple[Candidate, Evaluation]:
        """Tell the search an evaluation that has arrived."""
        candidate, evaluation = self.out.pop(number), self.arrived.pop(number)
        self.search.tell(number, evaluation)
        self.n_told += 1
        if evaluation.failure is not None:
            self.failures[evaluation.failure] += 1
        return candidate, evaluation

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the seed as plain arrays and values."""
        return {
            "search": self.search.state(),
            "out": [_of_candidate(candidate) for candidate in self.out.values()],
            "arrived": [_of_evaluation(n, verdict) for n, verdict in self.arrived.items()],
            "n_asked": self.n_asked,
            "n_told": self.n_told,
            "failures": [list(pair) for pair in self.failures.items()],
        }

    @staticmethod
    def from_dict(search: Search, seed: int, kind: str, data: Mapping[str, Any]) -> Standing:
        """Read what `to_dict` wrote, but for the search's own state.

        Args:
            search: As it was then.
            seed: Keys the random stream of every candidate.
            kind: What its genomes are.
            data: What was written.

        Raises:
            KeyError: A value is missing.
            TypeError: A value is of another kind.
            ValueError: The parts do not fit together.
        """
        candidates = [_candidate(kind, saved) for saved in data["out"]]
        out = {candidate.number: candidate for candidate in candidates}
        standing = Standing(search, seed, out)
        for saved in data["arrived"]:
            standing.arrive(int(saved["number"]), _evaluation(saved))
        n_asked, n_told = int(data["n_asked"]), int(data["n_told"])
        failures = Counter({str(reason): int(n) for reason, n in data["failures"]})
        known = all(0 <= number < n_asked for number in out)
        if not (known and 0 <= failures.total() <= n_told == n_asked - len(out)):
            raise ValueError(
                f"{n_asked} asked, {n_told} told, {failures.total()} of them failed and {len(out)} "
                "out do not fit together"
            )
        standing.n_asked, standing.n_told, standing.failures = n_asked, n_told, failures
        return standing


def _of_candidate(candidate: Candidate) -> dict[str, Any]:
    return {
        "number": candidate.number,
        **plain_genome(candidate.genome),
        "parents": list(candidate.parents),
        "how": dict(candidate.how),
        "effort": candidate.effort,
    }


def _candidate(kind: str, saved: Mapping[str, Any]) -> Candidate:
    genome = read_genome(kind, saved)
    parents = tuple(int(parent) for parent in saved["parents"])
    effort, how = int(saved["effort"]), dict(saved["how"])
    if effort < 1:
        raise ValueError(f"an effort must be at least 1, not {effort}")
    if not COUNT.fits(how.get("epochs_before", 0)):
        raise ValueError(f"`epochs_before` must be {COUNT.words}, not {brief(how)}")
    return Candidate(int(saved["number"]), genome, parents, how, effort)


def _of_evaluation(number: int, evaluation: Evaluation) -> dict[str, Any]:
    return {
        "number": number,
        "loss": evaluation.loss,
        "weights": evaluation.weights,
        "curve": np.array(evaluation.curve, np.float64),
        "seconds": evaluation.seconds,
        "n_steps": evaluation.n_steps,
        "failure": evaluation.failure,
    }


def _evaluation(saved: Mapping[str, Any]) -> Evaluation:
    seconds, n_steps = float(saved["seconds"]), int(saved["n_steps"])
    if not AMOUNT.fits(seconds):
        raise ValueError(f"`seconds` must be {AMOUNT.words}, not {seconds}")
    if saved["failure"] is not None:
        return Evaluation.failed(str(saved["failure"]), seconds, n_steps)
    losses = tuple(float(loss) for loss in np.asarray(saved["curve"]))
    return Evaluation.succeeded(float(saved["loss"]), saved["weights"], losses, seconds, n_steps)
