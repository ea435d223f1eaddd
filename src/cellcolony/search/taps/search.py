"""Ask and tell: openers, and what a guide proposes; the best go on, and are screened, pruned and
taught.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cellcolony.contract import START_FROM, Candidate, Evaluation, Problem, Start
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.search.taps.blueprint import Blueprint
from cellcolony.search.taps.contender import LINEAR, PLAIN, PRUNED, SMALL, UNITED, Contender
from cellcolony.search.taps.given import Given, given
from cellcolony.search.taps.guide import Guide, Proposal
from cellcolony.search.taps.openers import openers
from cellcolony.search.taps.pruning import Pruning
from cellcolony.search.taps.race import FAR_BEHIND, PRUNING, SCREENING, TEACHING, UNITING, Race
from cellcolony.search.taps.registry import GUIDES
from cellcolony.search.taps.screening import Screening
from cellcolony.search.taps.settings import Taps
from cellcolony.search.taps.space import FASTEST, SLOWEST, Space
from cellcolony.search.taps.teaching import Teachers
from cellcolony.search.taps.uniting import couple_of, united
from cellcolony.search.taps.variation import RATE_STEP
from cellcolony.search.taps.weights import first_weights, inherited

FIRST_OPENERS = 16
"""So many run before the guide proposes as well; from then on it and the others take turns, for on
long series a search of a minute would see little more than the openers."""
ANY_COLUMN = 0.1
"""The probability that a proposal may read columns that screening has left out."""
PRUNING_RUNG = 1
"""A network that lost weights is trained as long as on this rung, and may go on from there."""
TAUGHT_RUNG = 2
"""A pupil learns as long as on this rung."""
UNITED_RUNG = 1
"""A union is trained as long as on this rung, once; it may be united again."""
PRUNED_PUPILS = 1 / 3
"""The share of pupils that are pruned networks, where there are some."""


@dataclass
class TapRace:
    """A search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE.

    Attributes:
        space: What can be chosen.
        guide: Who proposes.
        race: Who has run, and who goes on.
        deck: The openers that are still to run, the next one last.
        columns: The columns that the last screening has kept; at first all.
        screening: The screening under way.
        pruning: The pruning under way.
        screened: The number of the contender with which the last screening began.
        thinned: The numbers of those that were pruned: no pruning begins with them any more.
        teachers: Who teaches; None before there are enough.
        out: The contenders that are being trained, by number.
        given: The networks that it was begun with and that are still to run, the next one last.
    """

    space: Space
    guide: Guide
    race: Race
    deck: list[Blueprint]
    columns: frozenset[int]
    screening: Screening | None = None
    pruning: Pruning | None = None
    screened: int = -1
    thinned: set[int] = field(default_factory=set)
    teachers: Teachers | None = None
    out: dict[int, Contender] = field(default_factory=dict)
    given: list[Given] = field(default_factory=list)

    @staticmethod
    def begin_with(
        settings: Taps, problem: Problem, rng: np.random.Generator, starts: Sequence[Start]
    ) -> TapRace:
        """Begin a search with given networks, and go on with the openers.

        Raises:
            ConfigError: A network does not fit the search.
        """
        race = TapRace.start(settings, problem, rng)
        race.given = given(starts, settings, problem, rng)[::-1]
        return race

    @staticmethod
    def start(settings: Taps, problem: Problem, rng: np.random.Generator) -> TapRace:
        """Begin a search for a problem, with the openers in an order that `rng` draws."""
        space = Space(settings, problem)
        columns = frozenset(range(len(problem.inputs)))
        deck = openers(space, columns, rng)[::-1]
        guide = GUIDES[settings.guide].start(space)
        return TapRace(space, guide, Race.of(settings), deck, columns)

    @property
    def settings(self) -> Taps:
        """The settings of the search."""
        return self.space.settings

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self.out.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return what is behind its share of all training, else the next proposal."""
        return (
            self._screen(number, rng)
            or self._prune(number)
            or self._teach(number, rng)
            or self._unite(number, rng)
            or self._promote(number)
            or self._propose(number, rng)
        )

    def _screen(self, number: int, rng: np.random.Generator) -> Candidate | None:
        """Return the best network without some of its columns, where screening is due."""
        effort = self.settings.efforts[0]
        if not self.race.is_due(SCREENING, effort):
            return None
        if self.screening is None:
            one = self.race.best(PLAIN, LINEAR)
            if one is None or one.number == self.screened:
                return None
            assert one.blueprint is not None
            if len(one.blueprint.columns) < 2:
                return None
            self.screening, self.screened = Screening.of(one, self.settings.tolerance), one.number
        screening = self.screening
        if screening.pending is not None:
            return None
        blueprint = screening.next
        if blueprint is None:
            self.columns, self.screening = screening.columns, None
            return None
        self.screening = screening.sent(number)
        self.race.spend(SCREENING, effort)
        network = inherited(blueprint, self.space.problem, screening.current.network, rng)
        child = replace(screening.current, network=network, blueprint=blueprint, number=number)
        dropped = [self.space.problem.inputs[column] for column in screening.trial]
        return self._send(child, screening.current, effort, {"without": dropped}, is_cut=True)

    def _prune(self, number: int) -> Candidate | None:
        """Return a network without the edges that matter least, where pruning is due."""
        effort = self.settings.efforts[min(PRUNING_RUNG, len(self.settings.efforts) - 1)]
        if not self.race.is_due(PRUNING, effort):
            return None
        best = self.race.best(PLAIN, LINEAR)
        if best is None:
            return None
        if self.pruning is None:
            one = self._unpruned(best)
            if one is None:
                return None
            self.pruning = Pruning(one)
        pruning = self.pruning
        if pruning.pending is not None:
            return None
        self.thinned.add(pruning.current.number)
        network = pruning.next(self.settings.cut, best.loss)
        if network is None:
            self.pruning = None
            return None
        self.pruning = pruning.sent(number)
        self.race.spend(PRUNING, effort)
        current = pruning.current
        child = replace(current, network=network, blueprint=None, number=number, rung=PRUNING_RUNG)
        return self._send(child, current, effort, {"pruned": current.number}, is_cut=True)

    def _unpruned(self, best: Contender) -> Contender | None:
        """Return the best that was not pruned yet and is not far behind; None for nobody.

        It may be a pruned network that was taught or trained longer since.
        """
        population = self.settings.population
        niches = (niche for niche in self.race.niches if niche != UNITED)
        some = [
            one for niche in niches for one in self.race.elite(niche, population)
            if one.may_be_pruned and one.number not in self.thinned
            and one.loss <= FAR_BEHIND * best.loss
        ]  # fmt: skip
        return min(some, key=lambda one: one.order, default=None)

    def _teach(self, number: int, rng: np.random.Generator) -> Candidate | None:
        """Return one of the best, to learn from the best of several families, where that is due."""
        effort = self.settings.efforts[min(TAUGHT_RUNG, len(self.settings.efforts) - 1)]
        if not self.race.is_due(TEACHING, effort):
            return None
        niches, spent = (PLAIN, LINEAR), sum(self.race.spent.values())
        if self.teachers is None or self.teachers.are_due(spent):
            everybody = (one for niche in niches for one in self.race.everybody(niche))
            self.teachers = Teachers.of(everybody, spent) or self.teachers
        if self.teachers is None:
            return None
        population = self.settings.population
        is_pruned = rng.random() < PRUNED_PUPILS
        pupil = self.race.draw(population, rng, (PRUNED, SMALL)) if is_pruned else None
        pupil = pupil or self.race.draw(population, rng)
        assert pupil is not None
        rate = float(np.clip(pupil.rate * np.exp(rng.normal(0, RATE_STEP)), SLOWEST, FASTEST))
        self.race.spend(TEACHING, effort)
        child = replace(pupil, number=number, rate=rate, picks=None)  # no guide learns of lessons
        how = {"taught_by": self.teachers.numbers}
        return replace(self._send(child, pupil, effort, how), teacher=self.teachers.mean)

    def _unite(self, number: int, rng: np.random.Generator) -> Candidate | None:
        """Return two of the best, of different families, as one network, where that is due."""
        effort = self.settings.efforts[min(UNITED_RUNG, len(self.settings.efforts) - 1)]
        is_linear = self.space.problem.output_cell == "linear"  # else a mean is no such output
        if not is_linear or not self.race.is_due(UNITING, effort):
            return None
        couple = couple_of(self.race, self.settings.population, rng)
        if couple is None:
            return None
        try:
            union = united(couple, number, UNITED_RUNG, rng)
        except GenomeError:  # it would be too large
            return None
        self.race.spend(UNITING, effort)
        parents = tuple(one.number for one in couple)
        sent = self._send(union, couple[0], effort, {"united": list(parents)})
        return replace(sent, parents=parents)

    def _promote(self, number: int) -> Candidate | None:
        """Return who goes on to the next rung, where one is due."""
        one = self.race.promote()
        if one is None:
            return None
        child = replace(one, number=number, rung=one.rung + 1)
        effort = self.settings.efforts[child.rung]
        return self._send(child, one, effort, {"trained_again": one.number})

    def _propose(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return the next given network or opener, or what the guide proposes.

        What inherits weights from a parent is trained as long as on the rung below that parent's.
        """
        effort = self.settings.efforts[0]
        if self.given:
            origin, one = self.given.pop()
            child = replace(one, number=number, family=number)
            self.race.spend("0", effort)
            return self._send(child, None, effort, {"made": START_FROM, "from": origin})
        if self.deck and (self.race.n_run[0] < FIRST_OPENERS or number % 2 == 0):
            proposal, made = Proposal(self.deck.pop()), "opener"
        else:
            every = frozenset(range(len(self.space.problem.inputs)))
            columns = every if rng.random() < ANY_COLUMN else self.columns
            proposal = self.guide.propose(self.race, columns, rng)
            made = self.settings.guide
        blueprint, parent, problem = proposal.blueprint, proposal.parent, self.space.problem
        if parent is not None and self.settings.inherit:
            effort = self.settings.efforts[max(parent.rung - 1, 0)]
            network = inherited(blueprint, problem, parent.network, rng)
            child = replace(
                parent, number=number, network=network, blueprint=blueprint, rate=blueprint.rate,
                weight_decay=blueprint.weight_decay,
            )  # fmt: skip
        else:
            network = first_weights(blueprint, problem, self.space.start_of(blueprint), rng)
            family = number if parent is None else parent.family
            child = Contender(
                number, network, blueprint, blueprint.rate, family=family, picks=proposal.picks,
                weight_decay=blueprint.weight_decay,
            )  # fmt: skip
        self.race.spend("0", effort)
        return self._send(child, parent, effort, {"made": made})

    def _send(
        self,
        child: Contender,
        parent: Contender | None,
        effort: int,
        how: Mapping[str, Any],
        is_cut: bool = False,
    ) -> Candidate:
        """Return what is trained; one that was just cut keeps whatever it then gains."""
        child = replace(child, loss=math.inf, gradient_rms=None)
        self.out[child.number] = child
        return Candidate(
            child.number, child.network, parents=() if parent is None else (parent.number,),
            how={**how, "epochs_before": child.epochs, "rung": child.rung}, effort=effort,
            rate=child.rate, weight_decay=child.weight_decay,
            with_gradient_rms=child.may_be_pruned,
            least_gain=0.0 if is_cut else self.settings.least_gain,
        )  # fmt: skip

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Let a trained network wait on its rung, and go on with what it was sent for.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        if number not in self.out:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        sent = self.out[number]
        failed = evaluation.failure is not None or evaluation.weights is None
        one = None if failed else sent.trained(evaluation)
        del self.out[number]
        if self.screening is not None and self.screening.pending == number:
            self.screening = self.screening.told(one)
        if self.pruning is not None and self.pruning.pending == number:
            self.pruning = self.pruning.told(one)
        if sent.picks is not None and sent.rung == 0:
            self.guide.learn(sent.picks, math.inf if one is None else one.loss)
        if one is not None:
            self.race.admit(one, evaluation.has_gained)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        return {
            "guide": self.guide.state(),
            "race": self.race.to_dict(),
            "deck": [one.to_dict() for one in self.deck],
            "columns": sorted(self.columns),
            "screening": None if self.screening is None else self.screening.to_dict(),
            "pruning": None if self.pruning is None else self.pruning.to_dict(),
            "screened": self.screened,
            "thinned": sorted(self.thinned),
            "teachers": None if self.teachers is None else self.teachers.to_dict(),
            "out": [one.to_dict() for one in self.out.values()],
            "given": [one.to_dict() for one in self.given],
        }

    @staticmethod
    def from_state(settings: Taps, problem: Problem, state: Mapping[str, Any]) -> TapRace:
        """Continue where `state` left off.

        Raises:
            ConfigError, GenomeError: The state is that of another search, or a value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        space = Space(settings, problem)
        columns = frozenset(int(column) for column in state["columns"])
        if not columns or not columns <= set(range(len(problem.inputs))):
            raise ConfigError("The state is that of a search on other columns.")
        found = [Contender.from_dict(saved, problem) for saved in state["out"]]
        race = Race.of(settings)
        race.restore(state["race"], lambda saved: Contender.from_dict(saved, problem))
        saved = state["screening"]
        screening = None if saved is None else Screening.from_dict(saved, problem)
        saved = state["pruning"]
        pruning = None if saved is None else Pruning.from_dict(saved, problem)
        saved = state["teachers"]
        teachers = None if saved is None else Teachers.from_dict(saved, problem)
        out = {one.number: one for one in found}
        pending = [one.pending for one in (screening, pruning) if one is not None]
        if not {*pending, None} <= {*out, None}:
            raise ConfigError("The state waits for a candidate that is not out.")
        if not {one.rung for one in found} <= set(range(len(settings.efforts))):
            raise ConfigError("The state is that of a race with other rungs.")
        return TapRace(
            space,
            GUIDES[settings.guide].restore(space, state["guide"]),
            race,
            [Blueprint.from_dict(saved, problem) for saved in state["deck"]],
            columns,
            screening,
            pruning,
            int(state["screened"]),
            {int(number) for number in state["thinned"]},
            teachers,
            out,
            [Given.from_dict(saved, problem) for saved in state["given"]],
        )
