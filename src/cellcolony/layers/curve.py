"""The learning curve of a language model as a table: `curve.csv`, for people and for programs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable

from cellcolony.layers.epoch import Epoch, perplexity

COLUMNS = (
    "epoch", "learning_rate", "train_perplexity", "valid_perplexity", "train_loss", "valid_loss",
    "seconds", "tokens", "failure",
)  # fmt: skip
MOST = 10**15
"""The largest number of seconds or tokens that a table may hold."""


def curve_csv(epochs: Iterable[Epoch]) -> str:
    """Return a line for each epoch; they count from 1, losses are in nats a token."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for epoch in epochs:
        both = epoch.train_loss, epoch.valid_loss
        writer.writerow(
            [
                epoch.number + 1,
                repr(epoch.rate),
                *(f"{perplexity(loss):.4f}" for loss in both),
                *(repr(loss) for loss in both),
                f"{epoch.seconds:.3f}",
                epoch.n_tokens,
                epoch.failure or "",
            ]
        )
    return file.getvalue()


def epochs_in(table: str) -> tuple[Epoch, ...]:
    """Read what `curve_csv` wrote, which somebody else may have changed.

    Raises:
        ValueError: It is no such table, or a value is not possible.
    """
    try:
        columns, *rows = list(csv.reader(io.StringIO(table))) or [[]]
    except csv.Error as error:
        raise ValueError(str(error)) from error
    if tuple(columns) != COLUMNS:
        raise ValueError(f"its columns must be {', '.join(COLUMNS)}")
    epochs = []
    for number, row in enumerate(rows):
        one = dict(zip(columns, row, strict=True))
        if one["epoch"] != str(number + 1):
            raise ValueError(f"line {number + 2} must be that of epoch {number + 1}")
        seconds, n_tokens = float(one["seconds"]), int(one["tokens"])
        for name, value in (("seconds", seconds), ("tokens", n_tokens)):
            if not 0 <= value <= MOST:
                raise ValueError(f"`{name}` of epoch {number + 1} must be from 0 to {MOST:.0e}")
        rate, train_loss, valid_loss = (
            float(one[name]) for name in ("learning_rate", "train_loss", "valid_loss")
        )
        failure = one["failure"] or None
        if failure is None and not math.isfinite(valid_loss):
            raise ValueError(f"`valid_loss` of epoch {number + 1} must be finite")
        if failure is not None and number != len(rows) - 1:
            raise ValueError(f"epoch {number + 1} failed, and other epochs follow it")
        epochs.append(Epoch(number, rate, train_loss, valid_loss, seconds, n_tokens, failure))
    return tuple(epochs)
