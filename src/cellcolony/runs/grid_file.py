"""What a grid of settings came to, as `grid.csv` keeps it: a line for each training."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Annotated

from annotated_types import Ge

from cellcolony.layers.epoch import perplexity
from cellcolony.runs.scores import rows_of, table_csv
from cellcolony.settings import Amount, Count, settings
from cellcolony.store.reading import readable

_COLUMNS = ("model", "rung", "epochs", "settings", "valid", "seconds")


@settings
class Tried:
    """A training of a model by one point of a grid.

    Attributes:
        model: What it is called.
        rung: Which rung it was trained on; they count from 0.
        epochs: For how long.
        settings: The point, such as "dropout=0.2 dropout_recurrent=0.1".
        valid: Its loss on validation, in nats a token; None for a failure.
        seconds: How long that took.
    """

    model: str
    rung: Count
    epochs: Count
    settings: str
    valid: Annotated[float, Ge(0)] | None = None
    seconds: Amount = 0.0

    @property
    def perplexity(self) -> float | None:
        """That on validation; None for a failure."""
        return None if self.valid is None else perplexity(self.valid)


def grid_csv(tried: Iterable[Tried]) -> str:
    """Return trainings as CSV, one a line."""
    return table_csv(_COLUMNS, ([getattr(one, name) for name in _COLUMNS] for one in tried))


def read_grid(content: bytes, where: str) -> tuple[Tried, ...]:
    """Read what `grid_csv` wrote, which somebody else may have made.

    Raises:
        RunError: A line cannot be.
    """
    where = f"{where}: the grid"
    with readable(where):
        text = content.decode("utf-8")
    return rows_of(text, Tried, where)
