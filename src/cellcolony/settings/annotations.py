"""What annotations of settings say beside the type, and the types that settings often have."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le

MOST = 10**15
"""The largest count, size or number of seconds in a file of a run."""


@dataclass(frozen=True)
class Words:
    """Says what a value must be, where the annotation alone would not say it well."""

    text: str


@dataclass(frozen=True)
class Called:
    """Gives a field the name by which users know it: that of an option."""

    name: str


@dataclass(frozen=True)
class Rule:
    """A condition that a value of the right type must meet.

    Attributes:
        fits: The condition.
        must: What the value must do, as in "`cells` must {name each member once}".
    """

    fits: Callable[[Any], bool]
    must: str


@dataclass(frozen=True)
class OneOf:
    """A text that is one of some names; another is answered with the nearest."""

    names: tuple[str, ...]


@dataclass(frozen=True)
class Known:
    """A text that names something.

    Attributes:
        look_up: Raises `ConfigError` where there is nothing of that name: `SPECIES.__getitem__`.
    """

    look_up: Callable[[str], object]


@dataclass(frozen=True)
class Before:
    """Changes a value before it is checked."""

    change: Callable[[Any], Any]


class InfAndNan:
    """Lets a number be infinite, or not a number."""


DISTINCT = Rule(lambda given: len(set(given)) == len(given), "name each member once")
OneOrMore = Annotated[int, Ge(1), Le(100_000)]
ZeroOrMore = Annotated[int, Ge(0), Le(100_000)]
Positive = Annotated[float, Gt(0), Le(1e100)]
"""The end of the range keeps sums and products of settings finite."""
NotNegative = Annotated[float, Ge(0), Le(1e100)]
Share = Annotated[float, Ge(0), Le(1)]
Number = Annotated[float, InfAndNan(), Words("a number")]
Count = Annotated[int, Ge(0), Le(MOST), Words("a whole number from 0 to 1e15")]
Amount = Annotated[float, Ge(0), Le(MOST), Words("a number from 0 to 1e15")]
"""`Count` and `Amount` are for files of runs, which somebody else may have written."""
