"""The rivals of an evolved node, trained as candidates are: once each, or as often as they were."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import dataclass
from typing import NamedTuple

from cellcolony import cells
from cellcolony.contract import Candidate, Evaluation
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.recipe import Recipe
from cellcolony.runs.nodes.bench import Node
from cellcolony.runs.nodes.carrying import carry_out
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.models import Model
from cellcolony.runs.nodes.searching import Hands
from cellcolony.runs.nodes.stages import StageJournal, TunedKey, digest_of
from cellcolony.runs.workplaces.worker import WorkerDiedError
from cellcolony.search.fixed import FixedCell, trainings_of

TUNED = "tuned"
"""What stands before a rival's name where its recipe was searched."""


class Tuned(NamedTuple):
    """A training with a recipe, and what came of it."""

    recipe: Recipe
    evaluation: Evaluation


@dataclass(frozen=True)
class Rivals:
    """The rivals of a run; what is done of their trainings already is not done again.

    Attributes:
        config: The settings of the search.
        n_trainings: How many candidates the search had; as many trainings a tuned rival gets.
        journal: Keeps what is done.
        hands: Who trains.
        say: Is told what goes on.
    """

    config: NodeConfig
    n_trainings: int
    journal: StageJournal
    hands: Hands
    say: Callable[[str], None]

    def judge(self) -> None:
        """Train each once as the candidates were.

        Raises:
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        candidates: list[Candidate[Node]] = [
            Candidate(number, FixedCell(name))
            for number, name in enumerate(self.config.rivals)
            if (name, _digest(name)) not in self.journal.stages.rivals
        ]
        if candidates:
            self.say(f"Rivals, trained as the candidates were: {', '.join(self.config.rivals)}.")

        def done(genome: FixedCell, number: int, verdict: Evaluation) -> None:
            self.journal.rival(number, genome.cell, _digest(genome.cell), verdict)
            self.say(f"{genome.cell} as a candidate: {_words(verdict)}.")

        self._carry_out(candidates, done)

    def tune(self) -> None:
        """Train each tuned one with as many recipes as there were candidates.

        Raises:
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        for name in self.config.tuned:
            self._tune(name)

    def _tune(self, name: str) -> None:
        known = self.journal.stages.tuned
        _, *others = trainings_of(name, self.n_trainings, self.config.seed)
        candidates: list[Candidate[Node]] = [
            one for one in others if TunedKey.of(one.genome) not in known
        ]
        if not candidates:
            return
        before = self.n_trainings - len(candidates)
        self.say(
            f"{name} with {self.n_trainings:,} recipes of training, as many as there were "
            f"candidates; {before:,} of them {'is' if before == 1 else 'are'} done already."
        )
        lowest = self._best(name).evaluation.loss

        def done(genome: FixedCell, _: int, verdict: Evaluation) -> None:
            nonlocal lowest
            self.journal.tuned(genome, verdict)
            if verdict.loss < lowest:
                lowest = verdict.loss
                self.say(f"{name} with recipe {genome.luck:,}: {_words(verdict)}.")

        self._carry_out(candidates, done)
        self.say(f"{name} with its best recipe: {_words(self._best(name).evaluation)}.")

    def _carry_out(
        self,
        candidates: list[Candidate[Node]],
        done: Callable[[FixedCell, int, Evaluation], None],
    ) -> None:
        """Judge fixed cells, and pass on what came of it."""

        def take(candidate: Candidate[Node], future: Future[Evaluation]) -> None:
            assert isinstance(candidate.genome, FixedCell)
            try:
                verdict = future.result()
            except WorkerDiedError as error:
                verdict = Evaluation.failed(str(error))
            done(candidate.genome, candidate.number, verdict)

        hands, seconds = self.hands, self.config.candidate_seconds
        if candidates:
            carry_out(hands.bench.judge, candidates, take, hands.executor, hands.workers, seconds)

    def _trainings(self, name: str) -> Iterator[Tuned]:
        """Yield what came of the trainings of a rival, the one without a recipe first."""
        stages = self.journal.stages
        first, *others = trainings_of(name, self.n_trainings, self.config.seed)
        yield Tuned(first.genome.recipe, stages.rivals[name, _digest(name)])
        for one in others:
            if (key := TunedKey.of(one.genome)) in stages.tuned:
                yield Tuned(one.genome.recipe, stages.tuned[key])

    def _best(self, name: str) -> Tuned:
        """Return the training of the lowest loss; a failure has an infinite one."""
        return min(self._trainings(name), key=lambda one: one.evaluation.loss)

    def models(self) -> Iterator[Model]:
        """Yield the rivals as they take part in the end: as they are, and then tuned."""
        for name in self.config.rivals:
            first = next(self._trainings(name)).evaluation
            yield Model(name, cells.get(name), None, _loss(first))
        for name in self.config.tuned:
            recipe, evaluation = self._best(name)
            yield Model(f"{TUNED} {name}", cells.get(name), None, _loss(evaluation), recipe)

    @property
    def seconds(self) -> float:
        """What judging them took, all trainings added."""
        return sum(
            one.evaluation.seconds for name in self.config.rivals for one in self._trainings(name)
        )


def _digest(name: str) -> str:
    return digest_of(cells.get(name))


def _loss(evaluation: Evaluation) -> float | None:
    return None if evaluation.failure is not None else evaluation.loss


def _words(verdict: Evaluation) -> str:
    if verdict.failure is not None:
        return f"it failed: {verdict.failure}"
    return f"search perplexity {perplexity(verdict.loss):.2f} on validation"
