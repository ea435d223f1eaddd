"""Find a study's final trainings, and choose the best of them by validation."""

from __future__ import annotations

import hashlib
import math
import re
from functools import partial
from pathlib import Path
from typing import Any

from cellcolony.errors import RunError, did_you_mean
from cellcolony.layers.trained import MODEL, Trained, best_of, read_curve, read_trained
from cellcolony.runs import directory
from cellcolony.runs.scores import FINAL, Score
from cellcolony.store.foreign import refuse_leading_out
from cellcolony.store.reading import readable

LONGEST_TITLE = 60


def plain_title(title: str) -> str:
    """Return what a model is called as the names of its folders begin; a long one with a digest."""
    plain = re.sub(r"[^A-Za-z0-9_]+", "-", title)
    if len(plain) <= LONGEST_TITLE:
        return plain
    return f"{plain[: LONGEST_TITLE - 9]}-{hashlib.sha256(title.encode()).hexdigest()[:8]}"


def folder_of(result: Any, model: str, seed: int | None) -> str:
    """Return the name of the folder of a final training.

    Args:
        result: A study.
        model: What the model is called.
        seed: Its seed; None for the first.

    Raises:
        RunError: There is none.
    """
    found = names_by_seed(result, model)
    if seed is not None:
        found = {seed: found[seed]} if seed in found else {}
    if found:
        # With the first seed a model may have been trained several times, to choose by.
        names = found[min(found)]
        return names[0] if len(names) == 1 else min(names, key=partial(_loss, result))
    known = sorted({one.model for one in _scores(result)}) or final_names(result)
    with_seed = "" if seed is None else f" with seed {seed}"
    raise RunError(
        f"There is no final training of {model!r}{with_seed}.{did_you_mean(model, known)}"
    )


def names_by_seed(result: Any, model: str) -> dict[int, list[str]]:
    """Return the names of the folders of a model's final trainings, by seed.

    With one seed there are several where the model was trained several times, to choose by.

    Args:
        result: A study.
        model: What the model is called.
    """
    # The number of a candidate and a recipe may follow the title.
    pattern = re.compile(
        rf"{re.escape(plain_title(model))}(-\d+)?(-rate-x[\d.e+-]+|-[0-9a-f]{{8}})?-seed-(\d+)"
    )
    found: dict[int, list[str]] = {}
    for name in final_names(result):
        if parts := pattern.fullmatch(name):
            found.setdefault(int(parts[3]), []).append(name)
    return found


def winner(result: Any, seed: int | None = None) -> Score | None:
    """Return the score of the final training of the lowest validation measure.

    Args:
        result: A study.
        seed: Only final trainings of this seed count; None for all.

    Returns:
        None where no final training is scored.
    """
    found = {
        one: one.value
        for one in _scores(result)
        if one.split == "valid" and seed in (None, one.seed)
        if one.value is not None and math.isfinite(one.value)
    }
    return min(found, key=found.__getitem__, default=None)


def best_final(result: Any, model: str | None = None, seed: int | None = None) -> Trained | None:
    """Return a final training with its weights: a named one, or the best by validation.

    Before the final trainings are scored, the best so far is returned, by the epochs that are done.

    Args:
        result: A study.
        model: What the model is called; None for the best.
        seed: Its seed; None for the first of a named model, and for any other.

    Returns:
        None where no model is named, and no final training has weights yet.

    Raises:
        RunError: There is no such model, or its files are damaged.
    """
    if model is None and (best := winner(result, seed)) is not None:
        model, seed = best.model, best.seed
    if model is not None:
        return read_final(result, folder_of(result, model, seed))
    names = [one for one in final_names(result) if seed is None or one.endswith(f"-seed-{seed}")]
    losses = {name: _loss(result, name) for name in names}
    name = min(losses, key=losses.__getitem__, default=None)
    return None if name is None or math.isinf(losses[name]) else read_final(result, name)


def read_final(result: Any, name: str) -> Trained:
    """Return a final training with its weights, by the name of its folder.

    Raises:
        RunError: Its files are missing or damaged, or it is a model of another vocabulary.
    """
    if name in result.trained:
        return result.trained[name]
    found = read_trained(_folder(result) / name)
    n_found, n_words = found.architecture.n_words, result.facts.n_vocabulary
    if n_found != n_words:
        raise RunError(
            f"{_folder(result) / name / MODEL}: the model has {n_found:,} words, and the study "
            f"{n_words:,}."
        )
    return found


def _scores(result: Any) -> list[Score]:
    """Return the scores of models that were trained in the end, each with a seed."""
    return [one for one in result.scores if one.stage == FINAL and one.seed is not None]


def _loss(result: Any, name: str) -> float:
    """Return the lowest validation loss of a final training; infinite before its first epoch."""
    if name in result.trained:
        best = result.trained[name].best
    else:
        best = best_of(read_curve(_folder(result) / name))
    return math.inf if best is None else best.valid_loss


def _folder(result: Any) -> Path:
    return result.path / directory.FINALS


def final_names(result: Any) -> list[str]:
    """Return the names of the folders of final trainings, sorted.

    Raises:
        RunError: The folder leads elsewhere.
    """
    if result.trained or result.path is None:
        return sorted(result.trained)
    folder = _folder(result)
    if not folder.is_dir():
        return []
    with readable(f"{folder}: the final trainings"):
        refuse_leading_out(folder, result.path)
    return sorted(one.name for one in folder.iterdir())
