"""The learning curve of a language model, as a table that a person can read."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from typing import Any

from cellcolony.layers.epoch import Epoch, perplexity
from cellcolony.toml_table import AMOUNT, COUNT, TEXT, TomlTable

COLUMNS = (
    "epoch", "learning_rate", "train_perplexity", "valid_perplexity", "train_loss", "valid_loss",
    "seconds", "tokens", "failure",
)  # fmt: skip
COLUMNS_OF_OLD = COLUMNS[:-1]


def curve_csv(epochs: Iterable[Epoch]) -> str:
    """Return a line an epoch; they count from 1, losses are in nats a token."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(COLUMNS)
    for epoch in epochs:
        both = epoch.train_loss, epoch.valid_loss
        writer.writerow(
            [
                epoch.number + 1,
                f"{epoch.rate:.6g}",
                *(f"{perplexity(loss):.4f}" for loss in both),
                *(repr(loss) for loss in both),
                f"{epoch.seconds:.2f}",
                epoch.n_tokens,
                epoch.failure or "",
            ]
        )
    return file.getvalue()


def epochs_to_list(epochs: Iterable[Epoch]) -> list[dict[str, Any]]:
    """Return epochs as plain values."""
    return [asdict(epoch) for epoch in epochs]


def epochs_from_list(data: Iterable[Mapping[str, Any]]) -> tuple[Epoch, ...]:
    """Read what `epochs_to_list` wrote.

    Raises:
        ConfigError, TypeError, ValueError: A value is missing or cannot be.
    """
    epochs = []
    for number, one in enumerate(data):
        table = TomlTable(one, f"epoch {number + 1}")
        failure = one.get("failure")
        epoch = Epoch(
            table.take("number", COUNT),
            float(one["rate"]),
            float(one["train_loss"]),
            float(one["valid_loss"]),
            table.take("seconds", AMOUNT),
            table.take("n_tokens", COUNT),
            None if failure is None else table.take("failure", TEXT),
        )
        if epoch.number != number:
            raise ValueError(f"epoch {number + 1} says that it is {epoch.number + 1}")
        epochs.append(epoch)
    return tuple(epochs)
