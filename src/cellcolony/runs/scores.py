"""The errors of networks and of their rivals, and the files that keep them."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean

from cellcolony.errors import RunError, brief
from cellcolony.store.reading import LARGEST_SCORES, read_text
from cellcolony.toml_table import MOST

SPLITS = ("valid", "test")
LARGEST_ERROR = 1e300
"""So that means of errors are finite."""
FRONT_COLUMNS = ("id", "n_weights", "valid_mae", "test_mae", "chosen")


@dataclass(frozen=True)
class ModelScore:
    """How one model did on one target of one split. All models are scored on the same rows.

    Attributes:
        model: What the model is called: "network 97", "ridge, 4 lags".
        network: The network's number; None for a rival.
        n_weights: The model's trainable numbers.
        split: "valid" or "test".
        target: The column that was forecast.
        mae: Mean absolute error. Units: the target's own.
        mse: Mean squared error. Units: the target's own, squared.
        n_rows: How many rows were scored.
        seconds: How long the model's training took, in wall time.
        epochs: How many epochs of training are behind its weights; None where that is no word for
            the fit.
    """

    model: str
    network: int | None
    n_weights: int
    split: str
    target: str
    mae: float
    mse: float
    n_rows: int
    seconds: float
    epochs: int | None = None


_COLUMNS = tuple(field.name for field in fields(ModelScore))


def mean_mae(scores: Iterable[ModelScore], network: int, split: str) -> float | None:
    """Return a network's mean absolute error, its mean over several targets; None without one."""
    errors = [score.mae for score in scores if (score.network, score.split) == (network, split)]
    return fmean(errors) if errors else None


def front_csv(scores: Sequence[ModelScore], chosen: int) -> str:
    """Return the front as CSV, from small to large; errors in own units, meant over the targets.

    Args:
        scores: Those of the front's networks among others, in the front's order.
        chosen: The number of the network that is best by validation.
    """
    sizes = {score.network: score.n_weights for score in scores if score.network is not None}
    rows = []
    for number, n_weights in sizes.items():
        errors = [mean_mae(scores, number, split) for split in ("valid", "test")]
        rows.append([number, n_weights, *errors, "yes" if number == chosen else "no"])
    return table_csv(FRONT_COLUMNS, rows)


def scores_csv(scores: Iterable[ModelScore]) -> str:
    """Return scores as CSV, one a line."""
    return table_csv(_COLUMNS, ([getattr(score, name) for name in _COLUMNS] for score in scores))


def read_scores(path: Path) -> tuple[ModelScore, ...]:
    """Read what `scores_csv` wrote.

    Raises:
        RunError: The file cannot be read, or a line is not a score.
    """
    lines = csv.DictReader(io.StringIO(read_text(path.parent, path, LARGEST_SCORES), newline=""))
    try:
        return tuple(_score(row) for row in lines)
    except KeyError as error:
        raise RunError(f"{path}: the scores cannot be read: there is no column {error}.") from error
    except (ValueError, csv.Error) as error:
        where = f"{path}, line {lines.line_num}"
        raise RunError(f"{where}: the scores cannot be read: {error}.") from error


def _score(row: dict[str, str | None]) -> ModelScore:
    if row["split"] not in SPLITS:
        raise ValueError(f"`split` must be {' or '.join(SPLITS)}, not {brief(row['split'])}")
    return ModelScore(
        model=row["model"] or "",
        network=_count(row, "network") if row["network"] else None,
        n_weights=_count(row, "n_weights"),
        split=row["split"],
        target=row["target"] or "",
        mae=_error(row, "mae"),
        mse=_error(row, "mse"),
        n_rows=_count(row, "n_rows"),
        seconds=_seconds(row),
        epochs=_count(row, "epochs") if row["epochs"] else None,
    )


def _count(row: dict[str, str | None], name: str) -> int:
    text = row[name] or ""
    if not (text.isascii() and text.isdigit() and len(text) < len(str(MOST))):
        raise ValueError(f"`{name}` must be a whole number of at most 15 digits, not {brief(text)}")
    return int(text)


def _error(row: dict[str, str | None], name: str) -> float:
    """Return an error; that of a model that diverged is infinite or no number."""
    error = float(row[name] or "")
    if error < 0 or (name == "mae" and LARGEST_ERROR < error < math.inf):
        raise ValueError(f"`{name}` must be from 0 to {LARGEST_ERROR:g}, not {error}")
    return error


def _seconds(row: dict[str, str | None]) -> float:
    seconds = float(row["seconds"] or "")
    if not 0 <= seconds <= MOST:
        raise ValueError(f"`seconds` must be from 0 to {MOST:,}, not {seconds}")
    return seconds


def table_csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """Return a table as CSV; what is None is empty."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue()
