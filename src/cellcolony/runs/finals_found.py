"""Find the folders of a study's final trainings."""

from __future__ import annotations

from typing import Any

from cellcolony.errors import RunError, did_you_mean
from cellcolony.runs import directory
from cellcolony.runs.scores import FINAL, MODEL, Score
from cellcolony.store.foreign import refuse_leading_out


def folder_of(result: Any, model: str, seed: int | None) -> str:
    """Return the name of the folder of a final training.

    Args:
        result: A study.
        model: What the model is called.
        seed: Its seed; None for the first.

    Raises:
        RunError: There is none.
    """
    for name in sorted(_names(result)):
        head, _, number = name.rpartition("-seed-")
        if number.isdigit() and seed in (None, int(number)) and _is_of(head, model):
            return name
    known = sorted({one.model for one in result.scores if one.stage == FINAL})
    raise RunError(f"There is no final training of {model!r}.{did_you_mean(model, known)}")


def winner(result: Any) -> Score | None:
    """Return the score of the final training of the lowest validation measure; None without one."""
    found = [
        one for one in result.scores
        if one.stage == FINAL and one.split == "valid" and one.value is not None
        and one.seed is not None and one.role in ("evolved", "control", "rival", MODEL)
    ]  # fmt: skip
    return min(found, key=lambda one: one.value, default=None)


def _is_of(head: str, model: str) -> bool:
    plain = "-".join(part for part in model.replace(" ", "-").split("-") if part)
    return head == plain or head.startswith(f"{plain}-")


def _names(result: Any) -> list[str]:
    if result.trained:
        return list(result.trained)
    folder = None if result.path is None else result.path / directory.FINALS
    if folder is None or not folder.is_dir():
        return []
    try:
        refuse_leading_out(folder, result.path)
    except OSError as error:
        raise RunError(f"{folder}: {error.strerror}.") from error
    return [one.name for one in folder.iterdir()]
