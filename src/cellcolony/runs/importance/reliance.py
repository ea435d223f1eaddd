"""How much a network relies on a column, or on a lag of it, as `importance.csv` keeps it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import fields
from typing import Annotated, Any

from cellcolony.errors import RunError, brief
from cellcolony.runs.scores import LARGEST, rows_of, table_csv
from cellcolony.settings import Count, InfAndNan, OneOf, Rule, record, settings
from cellcolony.store.reading import readable

SHUFFLED, LAG, FROZEN, UNPLUGGED = "shuffled", "lag", "frozen", "unplugged"
"""What was done: a column was shuffled over time, a (column, lag) held at the column's mean, a
column held there alone, as a sensor that is unplugged, or together with those of the lines
before."""


def _may_be(value: float) -> bool:
    return abs(value) <= LARGEST or value == math.inf


Rise = Annotated[float, InfAndNan(), Rule(_may_be, f"be at most {LARGEST:g}, or infinite")]


@settings
class Reliance:
    """How far the validation error rises when a network no longer knows something.

    Attributes:
        kind: "shuffled", "lag", "frozen" or "unplugged".
        column: The input column.
        lag: Of a lag, how many steps back it is read; else None.
        rise: By how much the mean absolute error rises, in own units, in the mean over the targets;
            None for a column that was not shuffled because there are too many.
        relative: The same as a share of the error, in the mean over the targets.
    """

    kind: Annotated[str, OneOf((SHUFFLED, LAG, FROZEN, UNPLUGGED))]
    column: str
    lag: Count | None = None
    rise: Rise | None = None
    relative: Rise | None = None


_COLUMNS = tuple(one.name for one in fields(Reliance))


def importance_csv(found: Iterable[Reliance]) -> str:
    """Return what was measured as CSV, one a line."""
    return table_csv(_COLUMNS, ([getattr(one, name) for name in _COLUMNS] for one in found))


def read_importance(content: bytes, where: str, inputs: Sequence[str]) -> tuple[Reliance, ...]:
    """Read what `importance_csv` wrote.

    Args:
        content: The file.
        where: What an error calls it.
        inputs: The columns that there are.

    Raises:
        RunError: A line cannot be, or names another column.
    """
    where = f"{where}: which columns matter"
    with readable(where):
        text = content.decode("utf-8")
    found = rows_of(text, Reliance, where)
    for one in found:
        if one.column not in inputs:
            raise RunError(f"{where} cannot be read: there is no input {brief(one.column)}.")
    return found


def kept_importance(kept: Mapping[str, Any]) -> tuple[Reliance, ...]:
    """Read what `to_keep` made, from a journal that somebody else may have written.

    Raises:
        ConfigError, KeyError, TypeError, ValueError: It cannot be.
    """
    lines = [dict(zip(_COLUMNS, map(_text, line), strict=True)) for line in kept["lines"]]
    return tuple(record(Reliance, line, "a line", lax=True) for line in lines)


def to_keep(found: Iterable[Reliance]) -> dict[str, Any]:
    """Return what was measured as plain values for a journal, which knows no infinite number."""
    return {"lines": [[_text(getattr(one, name)) for name in _COLUMNS] for one in found]}


def _text(value: Any) -> str:
    return "" if value is None else str(value)
