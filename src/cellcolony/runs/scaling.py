"""From a model to the study that scales it up: a grid of its settings first, then long trainings.

Source: Rawal & Miikkulainen 2018, section 4.1: the best node is put into a larger network, whose
dropout rates a grid search finds, and which is trained for 180 epochs.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from cellcolony.errors import ConfigError, brief
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.layers.recipe import OF_MODEL
from cellcolony.runs.config_file import read_config
from cellcolony.runs.layer_named import is_folder, layer_named
from cellcolony.runs.resume import data_of
from cellcolony.runs.stages.final_scores import TEXT_MEMBERS, FinalScoresStage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.stages.grid import GridStage
from cellcolony.runs.study import Study
from cellcolony.tasks import Files, Task
from cellcolony.tasks.language import Language

N_VALUES, MOST_VALUES = 3, 1_000
"""How many values stand for a range, and how many may."""
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_RANGE = re.compile(rf"({_NUMBER}):({_NUMBER})(?::(\d+))?")


def scaling_study(
    model: str,
    training: LanguageTraining,
    *,
    grid: Mapping[str, Sequence[float]],
    grid_epochs: int = 5,
    efforts: Sequence[int] = (1, 3),
    kept: int = 3,
    rivals: Sequence[str] = (),
    n_seeds: int = 1,
    seed: int = 0,
    task: Task | None = None,
    files: Files | None = None,
) -> Study:
    """Return the study that finds a model's settings by a grid, and trains it for long.

    Args:
        model: A cell, a file `cell.json`, groups of cells, or the run directory of a search for
            nodes or mixtures.
        training: The large model but for its cells, and its long training.
        grid: Which settings vary, and what they may be: see `read_grid_options`.
        grid_epochs: How long each point of the grid is trained on the first rung.
        efforts: How many times that each rung lasts.
        kept: Of so many points of a rung one goes on to the next.
        rivals: Cells that the same grid is raced for, and that are trained as long.
        n_seeds: With how many seeds everybody is trained in the end.
        seed: Keys every random stream.
        task: The text; None for that of the run that `model` is.
        files: The files of splits whose files have moved, by "train", "valid" and "test".

    Raises:
        ConfigError: A setting has a value that it cannot have, or there is no text.
        DataError: The text cannot be used.
        RunError: The run cannot be read, or its text has changed.
    """
    if task is None:
        if not is_folder(model):
            raise ConfigError(
                f"There is no text: {brief(model)} is no run that has one. Name it with --train."
            )
        path = Path(model).expanduser()
        task = data_of(path, read_config(path), None, files or {})
    if not isinstance(task, Language):
        raise ConfigError(f"A language model is scaled up, and {brief(model)} has no text.")
    schedule = replace(training.schedule, epochs=grid_epochs)
    stages = (
        GridStage(
            axes={name: tuple(values) for name, values in grid.items()}, cells=tuple(rivals),
            efforts=tuple(efforts), kept=kept,
        ),
        FinalsStage(training=training, n_seeds=n_seeds),
        FinalScoresStage(most_members=TEXT_MEMBERS),
    )  # fmt: skip
    method = layer_named(model, training.model.hidden)
    short = replace(training, schedule=schedule)
    return Study.of(task, method, training=short, stages=stages, seed=seed)


def read_grid_options(texts: Iterable[str]) -> dict[str, tuple[int | float, ...]]:
    """Return which settings vary, and what they may be, as a command line says it.

    "dropout=0.2:0.6" is three values from 0.2 to 0.6, "dropout=0.2:0.6:5" five, and
    "hidden=500/700" is those two. A name may lack its "dropout_": "recurrent=0.1:0.3".

    Args:
        texts: Such settings; several may stand between commas.

    Raises:
        ConfigError: A text is no such setting, or a setting is named twice.
    """
    found: dict[str, tuple[int | float, ...]] = {}
    for text in (part.strip() for one in texts for part in one.split(",")):
        name, sign, values = text.partition("=")
        name = name.strip().replace("-", "_")
        if f"dropout_{name}" in OF_MODEL and name not in OF_MODEL:
            name = f"dropout_{name}"
        if not (sign and name and values.strip()):
            raise ConfigError(
                "`grid` must be settings with their values, such as dropout=0.2:0.6 or "
                f"hidden=500/700. Got {brief(text)}."
            )
        if name in found:
            raise ConfigError(f"`grid` must name each setting once. Got {name!r} twice.")
        found[name] = _values(values.strip(), text)
    return found


def _values(values: str, text: str) -> tuple[int | float, ...]:
    if match := _RANGE.fullmatch(values):
        low, high, n = float(match[1]), float(match[2]), int(match[3] or N_VALUES)
        if not (low < high and 2 <= n <= MOST_VALUES):
            raise ConfigError(
                f"A range of `grid` must rise, and have 2 to {MOST_VALUES:,} values. "
                f"Got {brief(text)}."
            )
        return tuple(float(f"{value:.6g}") for value in np.linspace(low, high, n))
    parts = [part.strip() for part in values.split("/")]
    if not all(re.fullmatch(_NUMBER, part) for part in parts):
        raise ConfigError(
            f"The values of `grid` must be a range, 0.2:0.6, or numbers, 500/700. "
            f"Got {brief(text)}."
        )
    return tuple(int(part) if re.fullmatch(r"[-+]?\d+", part) else float(part) for part in parts)
