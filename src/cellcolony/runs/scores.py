"""The scores of models: one line for each model, seed, split, target and measure.

Two kinds of scores must not be mixed up. In the stage "search" a model was trained as candidates
are; the best of thousands has such a score by luck too. In the stage "final" it was trained as
everybody is in the end, and its test score was read once.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean
from typing import Annotated, Any, TypeVar

from annotated_types import Ge, Le

from cellcolony.contract import Measure
from cellcolony.errors import ConfigError
from cellcolony.runs.directory import SCORES
from cellcolony.settings import MOST, Amount, Count, InfAndNan, OneOf, Rule, record, settings
from cellcolony.store.reading import LARGEST_SCORES, read_text, readable
from cellcolony.store.spreadsheet import from_cell, to_cell

EVOLVED, CONTROL, RIVAL, MODEL = "evolved", "control", "rival", "model"
"""The roles of models: found by the search, by its control, compared with it, or trained alone."""
SEARCH, FINAL = "search", "final"
SPLITS = ("valid", "test")
R2 = "r2"
T = TypeVar("T")
LARGEST = 1e300
"""So that means of scores are finite."""


def _may_be(value: float) -> bool:
    return abs(value) <= LARGEST or math.isinf(value) or math.isnan(value)


Value = Annotated[
    float, InfAndNan(), Rule(_may_be, f"be at most {LARGEST:g}, or infinite or no number")
]


@settings
class Score:
    """How one model did. All models of a study are scored on the same rows, or the same text.

    Attributes:
        model: What the model is called: "network 97", "ridge, 4 lags".
        role: "evolved", "control", "rival" or "model".
        candidate: The number of the candidate that it is; None for one that is no candidate, such
            as an ensemble of several.
        stage: "search" or "final".
        seed: The seed of its final training; None where there are no several.
        split: "valid" or "test".
        target: The column that was forecast; empty for a text.
        measure: What was measured: "mae" and the others of `tasks/scores.py`, or "perplexity".
        value: The measure, in the target's own units; None for a training that failed. That of a
            model that diverged may be infinite or no number. Below 0 for "r2" alone.
        n_weights: The model's trainable numbers.
        n_rows: How many rows, or tokens, were scored.
        seconds: How long the model's training took, in wall time.
        epochs: How many epochs of training are behind its weights; None where that is no word for
            the fit.
        failure: Why its training failed; empty where it did not.
        recipe: How its training differs from the settings; empty where it does not.
        members: How many models' forecasts it averages; 1 for a single model.
    """

    model: str
    role: Annotated[str, OneOf((EVOLVED, CONTROL, RIVAL, MODEL))]
    stage: Annotated[str, OneOf((SEARCH, FINAL))]
    split: Annotated[str, OneOf(SPLITS)]
    measure: str
    n_weights: Count
    n_rows: Count
    seconds: Amount
    value: Value | None = None
    target: str = ""
    candidate: Count | None = None
    seed: Count | None = None
    epochs: Count | None = None
    failure: str = ""
    recipe: str = ""
    members: Annotated[int, Ge(1), Le(MOST)] = 1

    def __post_init__(self) -> None:
        if self.value is not None and self.value < 0 and self.measure != R2:
            raise ConfigError(
                f"`value` must be from 0 to {LARGEST:g} for {self.measure}. Got {self.value:g}."
            )


_COLUMNS = tuple(one.name for one in fields(Score))


def scores_csv(scores: Iterable[Score]) -> str:
    """Return scores as CSV, one a line."""
    return table_csv(_COLUMNS, ([getattr(one, name) for name in _COLUMNS] for one in scores))


def read_scores(run: Path) -> tuple[Score, ...]:
    """Read what `scores_csv` wrote; none before anything was scored.

    Raises:
        RunError: The file cannot be read, or a line is not a score.
    """
    return read_table(run, run / SCORES, Score, "the scores")


def table_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV; what is None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: object) -> object:
    return "" if value is None else to_cell(value) if isinstance(value, str) else value


def read_table(run: Path, path: Path, cls: type[T], what: str) -> tuple[T, ...]:
    """Read the lines of a CSV file that has a header; none where there is no file.

    Args:
        run: The run directory.
        path: The file.
        cls: The settings class that says what a line holds.
        what: What an error calls the file: "the scores".

    Raises:
        RunError: The file cannot be read, or a line cannot be.
    """
    if not path.exists():
        return ()
    return rows_of(read_text(run, path, LARGEST_SCORES), cls, f"{path}: {what}")


def rows_of(text: str, cls: type[T], where: str) -> tuple[T, ...]:
    """Read the lines of a CSV text that has a header.

    Args:
        text: The text.
        cls: The settings class that says what a line holds.
        where: What an error calls the text: "runs/a/scores.csv: the scores".

    Raises:
        RunError: A line cannot be.
    """
    lines = csv.DictReader(io.StringIO(text, newline=""))
    with readable(where, csv.Error):
        return tuple(
            record(cls, _plain_row(row), f"line {lines.line_num}", lax=True) for row in lines
        )


def _plain_row(row: Mapping[str, Any]) -> dict[str, Any]:
    return {key: from_cell(one) if isinstance(one, str) else one for key, one in row.items()}


@dataclass(frozen=True)
class Contender:
    """A model of a study's comparison, over its targets and seeds.

    Attributes:
        model: What it is called.
        role: "evolved", "control", "rival" or "model".
        scores: Its scores, those of its training as a candidate among them.
        measure: What models are compared by.
    """

    model: str
    role: str
    scores: tuple[Score, ...]
    measure: Measure

    def values(
        self, split: str, target: str | None = None, stage: str | None = None
    ) -> list[float | None]:
        """Return its values of the measure on a split, target by target and seed by seed.

        Args:
            split: "valid" or "test".
            target: One target; None for all.
            stage: "search" or "final"; None for the last that it has been through.
        """
        stage = stage or self.stage
        return [
            one.value
            for one in self.scores
            if (one.split, one.measure, one.stage) == (split, self.measure.name, stage)
            and target in (None, one.target)
        ]

    def value(
        self, split: str, target: str | None = None, stage: str | None = None
    ) -> float | None:
        """Return the mean of its values; None where there are none, or a training failed."""
        values = self.values(split, target, stage)
        known = [value for value in values if value is not None]
        if not known or len(known) < len(values):
            return None
        return self.measure.mean(known)

    def other(self, measure: str, split: str, target: str) -> float | None:
        """Return another measure than the one that models are compared by, over the seeds."""
        found = [
            one.value
            for one in self.scores
            if (one.measure, one.split, one.target) == (measure, split, target)
        ]
        known = [value for value in found if value is not None]
        if not known or len(known) < len(found):
            return None
        means = {one.name: one.mean for one in self.measure.others}
        return means.get(measure, fmean)(known)

    @property
    def stage(self) -> str:
        """The last stage that it has been through."""
        return FINAL if any(one.stage == FINAL for one in self.scores) else SEARCH

    @property
    def reach(self) -> tuple[float, float] | None:
        """The least and the largest test value of its seeds; None for fewer than two seeds."""
        seeds = {one.seed for one in self.scores if one.stage == FINAL}
        known = [value for value in self.values("test") if value is not None]
        return (min(known), max(known)) if len(seeds) > 1 and len(known) > 1 else None

    @property
    def n_weights(self) -> int:
        """Its trainable numbers."""
        return max(one.n_weights for one in self._last)

    @property
    def seconds(self) -> float:
        """How long a training took, in the mean over its seeds."""
        each = {one.seed: one.seconds for one in self._last}
        return sum(each.values()) / len(each)

    @property
    def failure(self) -> str:
        """Why a training failed; empty where none did."""
        return next((one.failure for one in self._last if one.failure), "")

    @property
    def recipe(self) -> str:
        """How its training differs from the settings; empty where it does not."""
        return next((one.recipe for one in self._last if one.recipe), "")

    @property
    def is_ensemble(self) -> bool:
        """Whether it averages the forecasts of several models."""
        return any(one.members > 1 for one in self.scores)

    @property
    def _last(self) -> list[Score]:
        return [one for one in self.scores if one.stage == self.stage]


def finalist_of(scores: Iterable[Score]) -> int | None:
    """Return the number of the candidate that final trainings have chosen; None before them."""
    found = (
        one.candidate for one in scores if (one.role, one.stage, one.members) == (EVOLVED, FINAL, 1)
    )
    return next(found, None)


def contenders(
    scores: Iterable[Score], chosen: int | None, measure: Measure
) -> tuple[Contender, ...]:
    """Return the models that a study compares, the evolved one first, then its ensemble.

    Args:
        scores: All scores of a study.
        chosen: The number of the candidate that validation chose; the rest of the front is not
            compared. None where there was no search.
        measure: What models are compared by.
    """
    by_model: dict[tuple[str, str], list[Score]] = {}
    for one in scores:
        is_ensemble = one.members > 1
        if one.role != EVOLVED or one.candidate == chosen or is_ensemble:
            name = one.model if one.role != EVOLVED or is_ensemble else "evolved"
            by_model.setdefault((one.role, name), []).append(one)
    found = [Contender(some[-1].model, some[-1].role, tuple(some), measure)
             for some in by_model.values()]  # fmt: skip
    if any(one.stage == FINAL for one in found):
        found = [one for one in found if one.stage == FINAL]
    return tuple(sorted(found, key=lambda one: (one.role != EVOLVED, one.is_ensemble)))
