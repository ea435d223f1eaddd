"""The errors of networks and of their rivals, and the files that keep them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from statistics import fmean

from cellcolony.errors import RunError

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
    return _csv(FRONT_COLUMNS, rows)


def scores_csv(scores: Iterable[ModelScore]) -> str:
    """Return scores as CSV, one a line."""
    return _csv(_COLUMNS, ([getattr(score, name) for name in _COLUMNS] for score in scores))


def read_scores(path: Path) -> tuple[ModelScore, ...]:
    """Read what `scores_csv` wrote.

    Raises:
        RunError: The file cannot be read, or a line is not a score.
    """
    try:
        with path.open(encoding="utf-8", newline="") as file:
            return tuple(_score(row) for row in csv.DictReader(file))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise RunError(f"{path}: the scores cannot be read: {error!r}.") from error


def _score(row: dict[str, str]) -> ModelScore:
    return ModelScore(
        model=row["model"],
        network=int(row["network"]) if row["network"] else None,
        n_weights=int(row["n_weights"]),
        split=row["split"],
        target=row["target"],
        mae=float(row["mae"]),
        mse=float(row["mse"]),
        n_rows=int(row["n_rows"]),
        seconds=float(row["seconds"]),
        epochs=int(row["epochs"]) if row["epochs"] else None,
    )


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(["" if value is None else value for value in row] for row in rows)
    return text.getvalue()
