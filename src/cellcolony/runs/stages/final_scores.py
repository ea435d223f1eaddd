"""Scores of final trainings: each trained model is scored once on the test text."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Annotated, Any, ClassVar

from annotated_types import Ge, Le

from cellcolony.contract import StopFlag
from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.epoch import TextLoss, bits_per_character, perplexity
from cellcolony.layers.recipe import AS_SET, Recipe
from cellcolony.layers.trained import LongTraining, Trained, read_trained
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.genomes import KINDS, STEADIER
from cellcolony.runs.items import Item, carry_out, count_reading, kept_of, left_of
from cellcolony.runs.pool import MOST_POOLED
from cellcolony.runs.scores import EVOLVED, FINAL, RIVAL, SEARCH, Score
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES, Outlook
from cellcolony.runs.stages.finals import (
    FinalKept,
    FinalModel,
    FinalsStage,
    read_final_kept,
)
from cellcolony.runs.stages.text_ensembles import (
    FEWEST,
    EnsembleTask,
    FoundEnsemble,
    Pool,
    choose,
    item_of,
    pools_of,
)
from cellcolony.settings import record, settings
from cellcolony.tasks.language import BITS, KNOWN, Language
from cellcolony.tasks.text.unigram import unigram_loss
from cellcolony.wording import count

UNIGRAM = "how often each word comes"
TEXT_MEMBERS = 5
"""Additions that an ensemble of language models is made of at most, where nobody says: each of its
members costs as much as a model whenever it is used."""


@dataclass(frozen=True)
class ScoreTask:
    """A trained model to be scored, as a worker is given it.

    Attributes:
        folder: Where it lies; None where `trained` is given.
        trained: The model itself; None where it lies in a folder.
    """

    folder: Path | None
    trained: Trained | None


@settings
class ScoreKept:
    """What the journal keeps of a score.

    Attributes:
        test_loss: On the test text, in nats a token; None where it is not finite.
        known_loss: The same over its known tokens alone; None where it is not finite, there is
            none, or an earlier version of the program has scored it.
        valid_loss: Of an ensemble: on the validation text; None where it is not finite.
        members: Of an ensemble: the keys of the models, one that was added again once more.
    """

    test_loss: Annotated[float, Ge(0)] | None
    known_loss: Annotated[float, Ge(0)] | None = None
    valid_loss: Annotated[float, Ge(0)] | None = None
    members: tuple[str, ...] = ()


_scored = partial(record, ScoreKept, where="its result")


@STAGES.register("final-scores")
@settings
class FinalScoresStage:
    """Score every final training on the test text, after the last of them has ended.

    Attributes:
        most_members: How many additions an ensemble of trained models is made of at most; 0 for no
            ensembles.
    """

    name: ClassVar[str] = "final-scores"
    task: ClassVar[str | None] = "language"

    most_members: Annotated[int, Ge(0), Le(MOST_POOLED)] = 0

    def check(self, config: StudyConfig) -> None:
        """Check that there are final trainings.

        Raises:
            ConfigError: There are none.
        """
        if config.stage("finals") is None:
            raise ConfigError("The stage 'final-scores' scores what the stage 'finals' trains.")

    def run(self, session: Session) -> None:
        """Score what is not scored yet, and write all scores.

        Raises:
            RunError: Every final training of a model that was to be trained alone has failed.
            KeyboardInterrupt: The user wants to leave; what is done is kept.
        """
        items = self.items(session)
        left = left_of(session, self.name, items)
        if left:
            count_reading(session, [item.key for item in left])
        else:
            session.notes["test_readings"] = len(session.items("test"))
        assert isinstance(session.task, Language)
        unknown = session.task.vocabulary.unknown
        task, device = session.task, session.hands.device
        begin = partial(begin_scores, task.valid, task.test, unknown, device)
        carry_out(
            session, self.name, "Scoring on the test text", items, begin, _kept,
            per_gpu=session.hands.per_gpu,
        )  # fmt: skip
        session.scores = tuple(self.scores(session))
        if all(one.failure for one in session.scores if one.role != RIVAL):
            self._refuse(session)

    def outlook(self, session: Session, seconds: float) -> Outlook:
        """Return what is going to be done; beside the trainings it takes no time."""
        return Outlook("their scores on the test text", 0.0)

    def left(self, session: Session) -> int:
        """Return how many models are not scored yet."""
        finals = session.config.stage("finals")
        assert isinstance(finals, FinalsStage)
        if finals.left(session):
            return 1
        return len(left_of(session, self.name, self.items(session)))

    def items(self, session: Session) -> list[Item]:
        """Return the trained models, one for each final training that did not fail, then pools."""
        pools = [item_of(session, pool, self.most_members) for pool in self._pools(session)]
        return [*self._singles(session), *pools]

    def _pools(self, session: Session) -> list[Pool]:
        finals = session.config.stage("finals")
        assert isinstance(finals, FinalsStage)
        return pools_of(session, finals) if self.most_members else []

    def _singles(self, session: Session) -> list[Item]:
        return [
            Item(
                item.key, item.title, ScoreTask(item.payload.folder, session.trained.get(item.key))
            )
            for _, item, kept in self._trained(session)
            if not kept.failure
        ]

    def _trained(self, session: Session) -> Iterator[tuple[FinalModel, Item, FinalKept]]:
        finals = session.config.stage("finals")
        assert isinstance(finals, FinalsStage)
        done = session.items(finals.name)
        for model in finals.models(session):
            for seed in finals.seeds(session.config):
                item = finals.item(session, model, seed)
                if item.key in done:
                    yield model, item, kept_of(session, finals.name, item.key, read_final_kept)

    def _refuse(self, session: Session) -> None:
        if session.config.genome == "cell":
            why = next(one.failure for one in session.scores if one.failure)
            cure = f" What may help: {STEADIER}." if why.startswith("its loss was") else ""
            raise RunError(f"The training failed: {why}.{cure}")

    def scores(self, session: Session) -> Iterator[Score]:
        """Yield the scores of the front as candidates, then those of the final trainings."""
        yield from session.scorer.score(session.front, "valid")
        task = session.task
        assert isinstance(task, Language)
        searched: set[str] = set()
        on_front = {one.number for one in session.front}
        for model, item, kept in self._trained(session):
            what: LongTraining = item.payload.what
            is_champion = model.role == EVOLVED and model.candidate in on_front
            is_scored = is_champion or model.title in searched
            if not is_scored and model.search_loss is not None:
                searched.add(model.title)
                kept_of_search = FinalKept(
                    valid_loss=model.search_loss, seconds=model.search_seconds
                )
                yield self._score(
                    model, what, task, SEARCH, None, "valid", model.search_loss, kept_of_search
                )
            test_loss, known_loss = None, math.nan
            if not kept.failure:
                found = kept_of(session, self.name, item.key, _scored)
                known_loss = math.nan if found.known_loss is None else found.known_loss
                test_loss = math.inf if found.test_loss is None else found.test_loss
            for split, loss in (("valid", kept.valid_loss), ("test", test_loss)):
                own = self._score(model, what, task, FINAL, what.seed, split, loss, kept)
                yield own
                if split == "test" and loss is not None:
                    yield from _others(own, task, TextLoss(loss, known_loss))
        for pool in self._pools(session):
            yield from self._of_ensemble(session, pool, task)
        n_words, unknown = len(task.vocabulary), task.vocabulary.unknown
        for split in ("valid", "test"):
            text = getattr(task, split)
            found = unigram_loss(task.train, text, n_words, unknown)
            own = Score(
                UNIGRAM, RIVAL, FINAL, split, task.measure.name, n_words, len(text) - 1, 0.0,
                perplexity(found.mean),
            )  # fmt: skip
            yield own
            if split == "test":
                yield from _others(own, task, found)

    def _of_ensemble(self, session: Session, pool: Pool, task: Language) -> Iterator[Score]:
        """Yield the scores of a pool's ensemble, where several models are better than one."""
        item = item_of(session, pool, self.most_members)
        found = kept_of(session, self.name, item.key, _scored)
        members = [kept for one, kept in pool.trained if one.key in found.members]
        if len(members) < FEWEST:
            return
        model = pool.model
        noun = f"evolved {KINDS[session.config.genome].noun}" if model.role == EVOLVED else ""
        title = f"ensemble of {len(members)} of {model.title}"
        if noun:
            title = f"ensemble of {count(len(members), noun)}"
        for split, loss in (("valid", found.valid_loss), ("test", found.test_loss)):
            own = Score(
                title, model.role, FINAL, split, task.measure.name,
                sum(kept.n_weights for kept in members), len(getattr(task, split)) - 1,
                sum(kept.seconds for kept in members),
                math.inf if loss is None else perplexity(loss), members=len(members),
            )  # fmt: skip
            yield own
            if split == "test" and loss is not None:
                known = math.nan if found.known_loss is None else found.known_loss
                yield from _others(own, task, TextLoss(loss, known))

    def _score(
        self, model: FinalModel, what: LongTraining, task: Language, stage: str, seed: int | None,
        split: str, loss: float | None, kept: FinalKept,
    ) -> Score:  # fmt: skip
        recipe = "" if model.recipe == AS_SET else _told(model.recipe, what)
        return Score(
            model.title, model.role, stage, split, task.measure.name, kept.n_weights,
            len(getattr(task, split)) - 1, kept.seconds, None if loss is None else perplexity(loss),
            candidate=model.candidate, seed=seed, epochs=kept.epoch, failure=kept.failure,
            recipe=recipe,
        )  # fmt: skip


def _told(recipe: Recipe, what: LongTraining) -> str:
    """Return what a recipe comes to: "learning_rate=0.01 clip=5 bound=0.1", or what it changes."""
    if recipe.changes:
        return " ".join(f"{name}={value:.4g}" for name, value in recipe.changes)
    factors = {
        "learning_rate": what.schedule.first_rate,
        "clip": what.schedule.clip,
        "bound": what.architecture.bound,
    }
    return " ".join(f"{key}={value:.4g}" for key, value in factors.items() if value is not None)


def _others(own: Score, task: Language, found: TextLoss) -> Iterator[Score]:
    """Yield what else a model is scored by on the test text, beside its perplexity.

    Known tokens are told apart where there are unknown ones, and where it is known how they did.
    """
    text = next(text for text in task.texts if text.split == own.split)
    if text.n_unknown and not math.isnan(found.known):
        yield replace(own, measure=KNOWN.name, value=perplexity(found.known))
    if text.n_characters and math.isfinite(found.mean):
        bits = bits_per_character(found.mean, text.n_tokens, text.n_characters)
        yield replace(own, measure=BITS.name, value=bits)


def begin_scores(
    valid: Any, test: Any, unknown: int, device: str, stop: StopFlag
) -> Callable[[ScoreTask | EnsembleTask], TextLoss | FoundEnsemble | RunError]:
    """Return, on a worker, what scores a trained model on the test text, or chooses an ensemble."""
    # Torch is an extra, and takes seconds to import.
    from cellcolony.layers.long_training import score_weights

    def work(wanted: ScoreTask | EnsembleTask) -> TextLoss | FoundEnsemble | RunError:
        try:
            if isinstance(wanted, EnsembleTask):
                return choose(wanted, valid, test, unknown, device)
            trained = wanted.trained
            if trained is None:
                assert wanted.folder is not None
                trained = read_trained(wanted.folder)
            if trained.weights is None:
                return RunError(f"{wanted.folder} has no weights, which it had: train again.")
            return score_weights(trained.architecture, trained.weights, test, device, unknown)
        except RunError as error:
            return error

    return work


def _kept(item: Item, found: TextLoss | FoundEnsemble | RunError) -> tuple[Mapping[str, Any], str]:
    if isinstance(found, RunError):
        raise found
    if isinstance(found, FoundEnsemble):
        losses = found._asdict()
        members = {"members": list(losses.pop("members"))}
        test_loss = found.test_loss
    else:
        losses, members = {"test_loss": found.mean, "known_loss": found.known}, {}
        test_loss = found.mean
    kept = {name: loss if math.isfinite(loss) else None for name, loss in losses.items()}
    return {
        **kept,
        **members,
    }, f"{item.title}: final perplexity {perplexity(test_loss):.2f} on test."
