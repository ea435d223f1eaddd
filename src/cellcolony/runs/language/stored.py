"""Read a run of a language model: one that ended, was killed, or still trains."""

from __future__ import annotations

import csv
import io
from pathlib import Path

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.epoch import Epoch
from cellcolony.runs.language import directory
from cellcolony.runs.language.curve import COLUMNS, COLUMNS_OF_OLD
from cellcolony.runs.language.result import LanguageResult, Scores
from cellcolony.store import foreign
from cellcolony.store.reading import read_text
from cellcolony.toml_table import parse_toml


def open_language_run(path: str | Path) -> LanguageResult:
    """Read a run directory, which somebody else may have made: nothing in it is executed.

    Raises:
        RunError: A file of it is missing or broken.
    """
    path = Path(path)
    config = directory.read_language_config(path)
    architecture, vocabulary = directory.read_model(path)
    has_weights = (path / directory.WEIGHTS).exists()
    return LanguageResult(
        config,
        architecture,
        vocabulary,
        _curve(path),
        _scores(path),
        path,
        directory.read_weights(path) if has_weights else None,
    )


def _curve(run: Path) -> tuple[Epoch, ...]:
    path = run / directory.CURVE
    if not path.exists():
        return ()
    text = read_text(run, path, foreign.LARGEST_SETTINGS)
    try:
        columns, *rows = list(csv.reader(io.StringIO(text))) or [[]]
        if tuple(columns) not in (COLUMNS, COLUMNS_OF_OLD):
            raise ValueError(f"its columns must be {', '.join(COLUMNS)}")
        epochs = []
        for number, row in enumerate(rows):
            one = dict(zip(columns, row, strict=True))
            losses = float(one["train_loss"]), float(one["valid_loss"])
            epochs.append(
                Epoch(
                    number,
                    float(one["learning_rate"]),
                    *losses,
                    float(one["seconds"]),
                    int(one["tokens"]),
                    one.get("failure") or None,
                )
            )
        return tuple(epochs)
    except (ValueError, csv.Error) as error:
        raise RunError(f"{path}: the learning curve cannot be read: {error}.") from error


def _scores(run: Path) -> Scores | None:
    path = run / directory.RESULT
    if not path.exists():
        return None
    text = read_text(run, path, foreign.LARGEST_SETTINGS)
    try:
        return Scores.from_table(parse_toml(text, str(path)))
    except ConfigError as error:
        raise RunError(str(error)) from error
