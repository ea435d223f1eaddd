"""The best candidates of a search, one of each line of training.

An ensemble is chosen from networks, and the final trainings from nodes.
"""

from __future__ import annotations

import hashlib
import heapq
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from cellcolony.contract import Genome, Problem
from cellcolony.errors import GenomeError, RunError, brief
from cellcolony.judges.saved import read_genome, seconds_of
from cellcolony.networks.genome import Network
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import read_header
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.events import Asked, Done, Event
from cellcolony.runs.genomes import trained
from cellcolony.runs.journal import ASKED, DONE, decode_weights, loss_of, read_journal
from cellcolony.runs.ledger import Order
from cellcolony.store.reading import DAMAGE, readable

MOST_POOLED = 100
"""How many candidates a pool gives at most."""
KEPT = 500
"""How many lines a pool keeps: more than it gives, as a large family may fill the first places."""


class Pooled(NamedTuple):
    """A trained candidate of a search.

    Attributes:
        loss: Its validation loss.
        number: The candidate's number.
        seconds: How long its training took.
        rate: The factor of the learning rates of its training.
        genome: A network with its trained weights, or a node's tree.
    """

    loss: float
    number: int
    seconds: float
    rate: float
    genome: Genome

    @property
    def network(self) -> Network:
        """The network; only where networks were searched for."""
        assert isinstance(self.genome, Network)
        return self.genome


class _Judged(NamedTuple):
    """A candidate that did not fail: the lowest are the best; `genome` loads it."""

    rank: float
    number: int
    loss: float
    seconds: float
    rate: float
    genome: Callable[[], Genome]


@dataclass
class Pool:
    """The best candidates of a search, as its candidates are asked and judged.

    A candidate that was trained again or promoted, and one with the structure of a parent, is of
    the same line as the earlier one: of each line the best alone is kept. Of one family are those
    whose first parents, and the first parents of these, lead to the same candidate. In strict order
    candidates are taken in by their numbers, and none after one whose loss has ended the search, so
    that the pool is the same for any number of workers.

    Attributes:
        order: How the study tells results to its search.
        budget: When the search ends.
        by_guide: Whether candidates are compared by their guides, not by their losses.
    """

    order: Order
    budget: Budget
    by_guide: bool = False
    _line: dict[int, int] = field(default_factory=dict)
    _family: dict[int, int] = field(default_factory=dict)
    _niche: dict[int, str] = field(default_factory=dict)
    _structure: dict[int, bytes] = field(default_factory=dict)
    _best: dict[int, _Judged] = field(default_factory=dict)
    _early: dict[int, _Judged | None] = field(default_factory=dict)
    _next: int = 0
    _is_over: bool = False

    def asked(
        self, number: int, parents: Sequence[int], how: Mapping[str, Any], structure: bytes
    ) -> None:
        """Take in that a candidate was asked.

        Args:
            number: Its number.
            parents: The numbers of its parents.
            how: How it was made: see `Candidate`.
            structure: The same for equal structures.
        """
        own = hashlib.blake2b(structure, digest_size=16).digest()
        earlier = [how.get("promoted"), how.get("trained_again")]
        earlier += [one for one in parents if self._structure.get(one) == own]
        known = [self._line[one] for one in earlier if one in self._line]
        self._structure[number], self._line[number] = own, known[0] if known else number
        self._family[number] = self._family.get(parents[0], number) if parents else number
        self._niche[number] = str(how.get("niche", ""))

    def done(self, number: int, judged: _Judged | None) -> None:
        """Take in what became of a candidate; None for a failure."""
        if self.order != "strict":
            self._take(judged)
            return
        self._early[number] = judged
        while self._next in self._early and not self._is_over:
            one = self._early.pop(self._next)
            self._next += 1
            self._take(one)
            self._is_over = one is not None and self.budget.is_met_by(one.loss)

    def _take(self, judged: _Judged | None) -> None:
        if judged is None:
            return
        line = self._line.get(judged.number, judged.number)
        if line not in self._best or judged[:2] < self._best[line][:2]:
            self._best[line] = judged
        if len(self._best) > 2 * KEPT:  # what is worse than so many does not come back
            kept = heapq.nsmallest(KEPT, self._best.items(), key=lambda one: one[1][:2])
            self._best = dict(kept)

    def observe(self, event: Event) -> None:
        """Take in an event of a search that writes no journal."""
        if isinstance(event, Asked):
            one = event.candidate
            structure = json.dumps(one.genome.to_dict()).encode()
            self.asked(one.number, one.parents, one.how, structure)
        elif isinstance(event, Done) and not event.cut_short:
            number, genome, verdict = event.candidate.number, event.candidate.genome, None
            if event.evaluation.failure is None:
                evaluation, rate = event.evaluation, event.candidate.rate
                load = partial(trained, genome, evaluation)
                rank = (evaluation.for_method() if self.by_guide else evaluation).loss
                verdict = _Judged(rank, number, evaluation.loss, evaluation.seconds, rate, load)
            self.done(number, verdict)

    def best(
        self, n: int, in_turn: bool = False, of_a_family: int | None = None
    ) -> tuple[Pooled, ...]:
        """Return the best candidates, the best first; of equal ones the first alone.

        Args:
            n: How many, at most `MOST_POOLED`.
            in_turn: Whether the niches of the search take turns: the best of each, then the second
                of each.
            of_a_family: So many of each family come first, all others after them; None for the
                order of the losses alone.

        Raises:
            RunError: The journal holds something else than a trained candidate.
        """
        ranked = self._in_turn() if in_turn else self._ranked()
        if of_a_family is not None:
            ranked = self._mixed(ranked, of_a_family)
        return tuple(islice(_distinct(ranked), n))

    def _ranked(self) -> list[_Judged]:
        return sorted(self._best.values(), key=lambda one: one[:2])

    def _in_turn(self) -> list[_Judged]:
        places: Counter[str] = Counter()
        found: list[tuple[int, _Judged]] = []
        for one in self._ranked():
            niche = self._niche[one.number]
            found.append((places[niche], one))
            places[niche] += 1
        return [one for _, one in sorted(found, key=lambda each: each[0])]  # the ranks stay

    def _mixed(self, ranked: Iterable[_Judged], most: int) -> list[_Judged]:
        members: Counter[int] = Counter()
        first: list[_Judged] = []
        others: list[_Judged] = []
        for one in ranked:
            family = self._family[one.number]
            members[family] += 1
            (first if members[family] <= most else others).append(one)
        return [*first, *others]


def _distinct(ranked: Iterable[_Judged]) -> Iterator[Pooled]:
    """Yield those who stand ranked, with their genomes; of equal networks the first alone."""
    seen = set()
    for one in ranked:
        genome = one.genome()
        same = genome.digest if isinstance(genome, Network) else json.dumps(genome.to_dict())
        if same not in seen:
            seen.add(same)
            yield Pooled(one.loss, one.number, one.seconds, one.rate, genome)


def pool_of_run(run: Path, config: StudyConfig) -> Pool:
    """Return the pool of the search of a run directory, which somebody else may have made.

    Args:
        run: The directory.
        config: Its configuration.

    Raises:
        RunError: Its journal cannot be read, or a line is invalid.
    """
    header = read_header(run)
    budget, by_guide = Budget() if header is None else header.budget, config.is_by_guide
    return pool_of_journal(
        run / JOURNAL, config.problem, config.order, budget, config.genome, by_guide
    )


def pool_of_journal(
    journal: Path,
    problem: Problem,
    order: Order,
    budget: Budget,
    kind: str = Network.kind,
    by_guide: bool = False,
) -> Pool:
    """Return the pool of a search from its journal, which somebody else may have made.

    Args:
        journal: The file.
        problem: Which columns its networks must have.
        order: How its study tells results to it.
        budget: When it ends.
        kind: What its genomes are.
        by_guide: Whether candidates are compared by their guides, not by their losses.

    Raises:
        RunError: The journal cannot be read, or a line is invalid.
    """
    pool, asked = Pool(order, budget, by_guide), {}
    for line in read_journal(journal):
        try:
            if line.event == ASKED:
                asked[line.number] = line.place, float(line.light.get("rate", 1.0))
                how, parents = line.light["how"], line.light["parents"]
                pool.asked(line.number, parents, how, line.structure)
            elif line.event == DONE and not line.cut_short:
                verdict = None
                if "failure" not in line.light:
                    loss, seconds = loss_of(line.light["loss"]), seconds_of(line.light["seconds"])
                    place, rate = asked[line.number]
                    load = _Stored(journal, kind, problem, line.number, place, line.place)
                    has_guide = by_guide and "guide" in line.light
                    rank = loss_of(line.light["guide"], "guide") if has_guide else loss
                    verdict = _Judged(rank, line.number, loss, seconds, rate, load)
                pool.done(line.number, verdict)
        except DAMAGE as error:
            what = f"{journal}, candidate {line.number} {line.event}"
            raise RunError(f"{what}: the line is invalid: {error}") from error
    return pool


class _Stored(NamedTuple):
    """A trained candidate in a journal: where its genome stands, and where its weights."""

    journal: Path
    kind: str
    problem: Problem
    number: int
    asked: int
    done: int

    def __call__(self) -> Genome:
        asked, done = (next(read_journal(self.journal, at)) for at in (self.asked, self.done))
        with readable(f"{self.journal}: candidate {self.number}"):
            if self.kind != Network.kind:
                return read_genome(self.kind, asked.values)
            weights = decode_weights(done.light["weights"])
            network = Network.from_dict(asked.values[Network.kind], weights)
            check_columns(network, self.problem)
            return network


def check_columns(network: Network, problem: Problem) -> None:
    """Check that a network reads and forecasts the columns of a study.

    Raises:
        GenomeError: It does not, or no input reaches an output.
    """
    for nodes, columns in ((network.inputs, problem.inputs), (network.outputs, problem.outputs)):
        names = tuple(node.name for node in nodes)
        if names != columns:
            raise GenomeError(
                f"the network has the columns {brief(names)}, and the run {brief(columns)}"
            )
    if not network.live:  # raises where no input reaches an output
        raise GenomeError("the network has no nodes")
