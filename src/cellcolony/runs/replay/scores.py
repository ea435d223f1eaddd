"""Compare the scores on validation that a run directory holds with those of its models."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from cellcolony.layers.epoch import perplexity
from cellcolony.runs import directory
from cellcolony.runs.items import kept_of
from cellcolony.runs.replay.items import FINALS, StageItems
from cellcolony.runs.replay.search import Played
from cellcolony.runs.replay.snapshot import read_columns
from cellcolony.runs.sameness import ABSENT, Difference, first_difference
from cellcolony.runs.scores import CONTROL, EVOLVED, FINAL, SEARCH, Score, read_scores
from cellcolony.runs.session import Session
from cellcolony.store.reading import LARGEST_SCORES, read_text

VALID = "valid"
SCORING = ("scores", "final-scores")
"""The stages that write all scores."""


def difference_in_scores(played: Played, items: StageItems) -> Difference | None:
    """Return where scores on validation first differ: those of front.csv, then of scores.csv.

    The front and the control's best are scored again; the journal has what the others must be.

    Args:
        played: The search.
        items: The items of the stages.

    Raises:
        RunError: A file is damaged.
    """
    session = items.session
    path = session.path
    assert path is not None
    file = path / directory.SCORES
    held = [one for one in (read_scores(path, file) if file.exists() else ()) if one.split == VALID]
    found = None
    if played.front:
        own = session.scorer.score(played.front, VALID)
        there = [one for one in held if (one.role, one.stage) == (EVOLVED, SEARCH)]
        found = _difference_in_columns(session, played, own) or first_difference(
            [_plain(one) for one in there], [_plain(one) for one in own], directory.SCORES
        )
    is_scored = any(stage.name in SCORING for stage in session.config.stages)
    if found is None and is_scored and items.has_ended:
        now = dict([*_of_control(session), *_of_rivals(items), *_of_finals(items)])
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
    now = directory.front_csv(played.front, own, measure)
    return first_difference(read_columns(text, names), read_columns(now, names), directory.FRONT)


def _plain(score: Score) -> dict[str, Any]:
    return {**asdict(score), "seconds": None}


def _key(score: Score) -> str:
    seed = "" if score.seed is None else f", seed {score.seed}"
    target = f" of {score.target}" if score.target else ""
    return f"{score.stage} {score.measure}{target} of {score.model}{seed}"


def _of_control(session: Session) -> Iterator[tuple[str, float | None]]:
    stage: Any = session.config.stage("control")
    control = session.control
    if stage is not None and control is not None and control.front:
        own = control.scorer.score([control.best], VALID, model=stage.title, role=CONTROL)
        yield from ((_key(one), one.value) for one in own)


def _of_rivals(items: StageItems) -> Iterator[tuple[str, float]]:
    """Yield what the journal says of the rivals of a forecast."""
    for item in items.done("rivals"):
        yield from kept_of(items.session, "rivals", item.key, _lines_on_validation)


def _lines_on_validation(kept: Mapping[str, Any]) -> list[tuple[str, float]]:
    return [
        (f"{SEARCH} {measure}{f' of {target}' if target else ''} of {kept['name']}", float(value))
        for split, target, measure, value, _ in kept.get("lines", ())
        if split == VALID
    ]


def _of_finals(items: StageItems) -> Iterator[tuple[str, float]]:
    """Yield what the journal says of final trainings."""
    session = items.session
    stage: Any = session.config.stage(FINALS)
    done = {item.key for item in items.done(FINALS)}
    for model in stage.models(session) if done else ():
        for seed in stage.seeds(session.config):
            key = stage.item(session, model, seed).key
            loss = kept_of(session, FINALS, key, _final_loss) if key in done else None
            if loss is not None:
                name = session.config.task_class.measure.name
                what = f"{FINAL} {name} of {model.title}, seed {seed}"
                yield what, perplexity(loss)


def _final_loss(kept: Mapping[str, Any]) -> float | None:
    return None if "failure" in kept else float(kept["valid_loss"])
