"""What a cell may be that somebody else has written: its types, its size, and what it costs."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from cellcolony.cells.expression import Expression
from cellcolony.errors import GenomeError, brief

MOST_VALUES = 10_000
"""Values of a cell: an evolved node of the greatest height has some hundreds."""
MOST_STATES = 100
MOST_INDEX = 1_000
"""Projections of the input, or of the previous output; NASCell has 8 of each."""
LONGEST_NAME = 1_000
"""Characters of a name; an evolved node may be called by the text of its tree."""
LARGEST_NUMBER = 1e30
"""Of a constant and of a first weight: its square still is a float64, and a float32 holds it."""


def read_values(lines: object) -> list[Expression]:
    """Return the values of a cell's program, each made of those before it.

    Constants come out as floats, whose products end at infinity. Whole numbers would double their
    digits at each of them.

    Raises:
        GenomeError: A line is none, refers to a later one, or holds what it cannot.
    """
    if not isinstance(lines, list | tuple) or not 1 <= len(lines) <= MOST_VALUES:
        much = len(lines) if isinstance(lines, Sequence) else brief(lines)
        raise GenomeError(f"A cell's `program` must be a list of 1 to {MOST_VALUES:,}. Got {much}.")
    values: list[Expression] = []
    for i, line in enumerate(lines):
        if not isinstance(line, Mapping):
            raise GenomeError(f"Line {i} of a cell must be a table. Got {brief(line)}.")
        args = line.get("args", ())
        if not isinstance(args, list | tuple) or len(args) > 3:
            raise GenomeError(f"Line {i}: `args` must be a list of 0 to 3. Got {brief(args)}.")
        args = tuple(values[place_of(one, i, f"Line {i}: `args`")] for one in args)
        op = line.get("op")
        values.append(Expression(op, args, *_leaf(i, op, line)))  # pyright: ignore[reportArgumentType]
    return values


def read_states(states: object, values: Sequence[Expression]) -> dict[str, Expression]:
    """Return the next value of each memory, by name.

    Raises:
        GenomeError: A name or a place cannot be, or there are too many.
    """
    if not isinstance(states, Mapping) or len(states) > MOST_STATES:
        raise GenomeError(
            f"`states` must be a table of {MOST_STATES} at most. Got {brief(states)}."
        )
    return {
        name_of(name, "A state's name"): values[place_of(place, len(values), f"State {name!r}")]
        for name, place in states.items()
    }


def place_of(place: object, n: int, what: str) -> int:
    """Return the place of a value among the first `n`.

    Raises:
        GenomeError: It is none.
    """
    if type(place) is not int or not 0 <= place < n:
        raise GenomeError(
            f"{what} must refer to an earlier line, 0 to {n - 1}. Got {brief(place)}."
        )
    return place


def name_of(name: object, what: str) -> str:
    """Return a name.

    Raises:
        GenomeError: It is none, is too long, or holds what a terminal would obey.
    """
    if not isinstance(name, str) or not name.isprintable() or not 0 < len(name) <= LONGEST_NAME:
        raise GenomeError(
            f"{what} must be a text of 1 to {LONGEST_NAME:,} printable characters. "
            f"Got {brief(name)}."
        )
    return name


def _leaf(i: int, op: object, line: Mapping[str, Any]) -> tuple[Any, Any]:
    """Return what a leaf refers to, and how a param begins; None for what is no leaf."""
    value, init = line.get("value"), line.get("init")
    if op == "const":
        return _number(value, f"Line {i}: a constant"), None
    if op in ("x", "h"):
        if type(value) is not int or not 0 <= value <= MOST_INDEX:
            must = f"a whole number from 0 to {MOST_INDEX:,}"
            raise GenomeError(f"Line {i}: {op!r} must have as `value` {must}. Got {brief(value)}.")
        return value, None
    if op in ("state", "param"):
        name = name_of(value, f"Line {i}: the name of a {op}")
        if op == "state" or init is None or isinstance(init, str):
            return name, init if op == "param" else None
        return name, _number(init, f"Line {i}: `init`")
    if value is not None or init is not None:
        raise GenomeError(f"Line {i}: {brief(op)} has no `value` and no `init`.")
    return None, None


def _number(value: Any, what: str) -> float:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if not is_number or not abs(value) <= LARGEST_NUMBER or not math.isfinite(value):
        raise GenomeError(
            f"{what} must be a number from {-LARGEST_NUMBER:g} to {LARGEST_NUMBER:g}. "
            f"Got {brief(value)}."
        )
    return float(value)
