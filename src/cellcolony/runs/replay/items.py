"""Compare the items of stages, the files of final trainings and scores with what must be there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from functools import partial
from typing import Any, cast

from cellcolony.layers.trained import read_trained
from cellcolony.runs import directory
from cellcolony.runs.front_files import front_csv
from cellcolony.runs.items import READINGS, Item, kept_of
from cellcolony.runs.replay.search import Played
from cellcolony.runs.replay.snapshot import read_columns
from cellcolony.runs.scores import EVOLVED, SEARCH, Score, read_scores
from cellcolony.runs.session import Session
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.final_scores import FinalScoresStage
from cellcolony.runs.stages.finals import told_of
from cellcolony.runs.stages.rivals import KeptRival, kept_rival
from cellcolony.runs.stages.scores import (
    ensemble_of_rivals,
    scores_of_ensembles,
    scores_within,
)
from cellcolony.store.reading import LARGEST_GENOME, LARGEST_SCORES, read, read_text
from cellcolony.store.sameness import ABSENT, Difference, first_difference
from cellcolony.tasks.forecast import Forecast

FINALS = "finals"
VALID = "valid"
SCORING = ("scores", "final-scores")
"""The stages that write all scores."""


@dataclass(frozen=True)
class ReplayedItems:
    """What a replay has compared of a stage.

    Attributes:
        stage: Its name.
        n_same: How many of the items that are done are asked for now.
        n_former: How many were asked for by an earlier session, with other settings or another best
            candidate, or cannot be known yet.
    """

    stage: str
    n_same: int
    n_former: int


@dataclass(frozen=True)
class StageItems:
    """The items of the stages of a study whose journal was played.

    Attributes:
        played: The study.
        within: The searches within it that have begun, by folder.
    """

    played: Played
    within: Mapping[str, Played]

    @property
    def session(self) -> Session:
        """The study as it was at the last line, with the searches within it."""
        return self.played.session

    @property
    def has_ended(self) -> bool:
        """Whether the study has ended."""
        return self.played.snapshot.has_ended

    def known(self) -> Iterator[tuple[str, Sequence[Item] | None]]:
        """Yield each stage that has items, and all that it asks for now; None if not known yet.

        A stage's items depend on what the stages before it have found.
        """
        config, is_complete = self.session.config, True
        if config.stage(SEARCH) is not None:
            is_complete = self.played.replayed.is_over and bool(self.session.front)
        for stage in config.stages:
            items = _items_of(stage, self.session) if is_complete else None
            if hasattr(stage, "searches"):
                searches = cast("Any", stage).searches(config)
                begun = [self.within.get(one.folder) for one in searches]
                is_complete &= all(one is not None and one.snapshot.has_ended for one in begun)
            elif hasattr(stage, "items"):
                yield stage.name, items
                done = self.session.items(stage.name)
                is_complete = items is not None and all(item.key in done for item in items)

    def compare(self) -> tuple[Difference | None, tuple[ReplayedItems, ...]]:
        """Compare the keys that are done with those that are asked for.

        Returns:
            Where they first differ, if they do, and what was compared.
        """
        compared, all_known = [], {READINGS}
        for name, items in self.known():
            done = self.session.items(name)
            all_known.add(name)
            asked = {} if items is None else {item.key: None for item in items}
            if items is not None:
                place = f"{directory.JOURNAL}.{name}"
                for key in self.played.tape.newest.get(name, ()):
                    if key not in asked:
                        return Difference(place, repr(key), ABSENT), ()
                for key in asked:
                    if self.has_ended and key not in done:
                        return Difference(place, ABSENT, repr(key)), ()
            n_same = sum(key in asked for key in done)
            if done:
                compared.append(ReplayedItems(name, n_same, len(done) - n_same))
        for name, done in self.session.restored.items.items():
            if done and name not in all_known and self.session.config.stage(name) is None:
                return Difference(f"{directory.JOURNAL}.{name}", f"{len(done)} items", ABSENT), ()
        return None, tuple(compared)

    def done(self, name: str) -> list[Item]:
        """Return the items of a stage that it asks for now, and that are done."""
        for stage, items in self.known():
            if stage == name and items is not None:
                done = self.session.items(name)
                return [item for item in items if item.key in done]
        return []

    def difference_in_ensembles(self) -> Difference | None:
        """Return where an ensemble's files first differ from what the journal gives.

        What the journal gives stands in `session.ensembles` from now on.

        Raises:
            RunError: A file is damaged, or an item is.
        """
        stage, session = self.session.config.stage("ensemble"), self.session
        if not isinstance(stage, EnsembleStage) or not self.done(stage.name):
            return None
        session.ensembles.update(stage.found(session, stage.items(session)))
        for folder, ensemble in session.ensembles.items():
            own = session.within[folder] if folder else session
            assert own.path is not None
            for name, content in ensemble.files().items():
                path = own.path / directory.ENSEMBLE / name
                if self.has_ended and read(own.path, path, LARGEST_GENOME) != content:
                    return Difference(f"{directory.ENSEMBLE}.{name}", "a file", "another")
        return None

    def difference_in_finals(self, finals: Sequence[Item]) -> Difference | None:
        """Return where the files of final trainings first differ from what the journal says.

        Raises:
            RunError: A file is damaged.
        """
        done = self.session.items(FINALS)
        found = (_difference_in_final(item, done[item.key]) for item in finals)
        return next(filter(None, found), None)


def _items_of(stage: Any, session: Session) -> Sequence[Item] | None:
    return stage.items(session) if hasattr(stage, "items") else None


def _difference_in_final(item: Item, result: Mapping[str, Any]) -> Difference | None:
    folder, architecture = item.payload.folder, item.payload.what.architecture
    place = f"{directory.FINALS}.{folder.name}"
    if not folder.is_dir():
        return Difference(place, ABSENT, "a training")
    trained = read_trained(folder)
    there = told_of(trained, sum(one.size for one in (trained.weights or {}).values()))
    now = {key: result[key] for key in there if key in result}
    return first_difference(
        {"model": trained.architecture.to_dict(), **there},
        {"model": architecture.to_dict(), **now}, place,
    )  # fmt: skip


def difference_in_scores(items: StageItems) -> Difference | None:
    """Return where scores on validation first differ: those of front.csv, then of scores.csv.

    The front and the control's best are scored again; the journal has what the others must be. A
    run of an earlier version of the program has fewer measures, and those are compared.

    Args:
        items: The items of the stages.

    Raises:
        RunError: A file is damaged.
    """
    session, played = items.session, items.played
    path = session.path
    assert path is not None
    held = [one for one in read_scores(path) if one.split == VALID]
    measures = {session.task.measure.name, *(one.measure for one in held)}
    found = None
    if played.front:
        every = session.scorer.score(played.front, VALID)
        own = [one for one in every if one.measure in measures]
        there = [one for one in held if (one.role, one.stage) == (EVOLVED, SEARCH)
                 and one.candidate is not None]  # fmt: skip
        found = _difference_in_columns(session, played, own) or first_difference(
            [_plain(one) for one in there], [_plain(one) for one in own], directory.SCORES
        )
    is_scored = any(stage.name in SCORING for stage in session.config.stages)
    if found is None and is_scored and items.has_ended:
        now = {
            _key(one): one.value
            for one in _scores(items)
            if one.split == VALID and one.measure in measures
        }
        values = {_key(one): one.value for one in held}
        there = {key: values.get(key, ABSENT) for key in now}
        found = first_difference(there, now, directory.SCORES)
    return found


def _difference_in_columns(
    session: Session, played: Played, own: Sequence[Score]
) -> Difference | None:
    assert session.path is not None
    measure = session.task.measure
    names = "n_weights", f"{VALID}_{measure.name}"
    text = read_text(session.path, session.path / directory.FRONT, LARGEST_SCORES)
    now = front_csv(played.front, own, measure)
    return first_difference(read_columns(text, names), read_columns(now, names), directory.FRONT)


def _plain(score: Score) -> dict[str, Any]:
    return {**asdict(score), "seconds": None}


def _key(score: Score) -> str:
    seed = "" if score.seed is None else f", seed {score.seed}"
    target = f" of {score.target}" if score.target else ""
    return f"{score.stage} {score.measure}{target} of {score.model}{seed}"


def _rivals(items: StageItems) -> Iterator[KeptRival]:
    """Yield what the journal keeps of each rival that is done."""
    for item in items.done("rivals"):
        read = partial(kept_rival, item.title)
        yield kept_of(items.session, "rivals", item.key, read)


def _scores(items: StageItems) -> Iterator[Score]:
    """Yield the scores of the best of searches within, and those that the journal has of others."""
    session = items.session
    yield from scores_within(session, VALID)
    rivals = list(_rivals(items))
    for rival in rivals:
        yield from rival.scores
    if isinstance(session.task, Forecast):
        yield from scores_of_ensembles(session, VALID)
        if (ensemble := ensemble_of_rivals(session, rivals)) is not None:
            yield from ensemble.scores(session.task, VALID)
    scoring = session.config.stage("final-scores")
    if isinstance(scoring, FinalScoresStage):
        yield from scoring.scores(session)
