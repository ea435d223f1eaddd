"""Say in words what a value must be, by its annotation."""

from __future__ import annotations

import math
import types
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from cellcolony.settings.annotations import OneOf, Words

WIDEST_INTERVAL = 1e6
"""Up to this bound a message names both ends of a number's range."""


def options_of(kind: Any) -> list[Any]:
    """Return the alternatives of a union other than None; of another type, none."""
    is_union = get_origin(kind) in (Union, types.UnionType)
    return [one for one in get_args(kind) if one is not types.NoneType] if is_union else []


def type_and_notes(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """Return the type and the notes of an annotation; of `X | None`, those of X."""
    kind, notes = hint, ()
    if get_origin(hint) is Annotated:
        kind, notes = get_args(hint)[0], hint.__metadata__
    if len(options := options_of(kind)) == 1:
        kind, inner = type_and_notes(options[0])
        notes = (*notes, *inner)
    return kind, notes


def names_of(kind: Any, notes: tuple[Any, ...]) -> tuple[str, ...]:
    """Return the names among which a value is chosen; none where it is not."""
    if get_origin(kind) is Literal:
        return get_args(kind)
    return next((note.names for note in notes if isinstance(note, OneOf)), ())


def must_of(kind: Any, notes: tuple[Any, ...], fault: Mapping[str, Any]) -> str:
    """Say what a value must do that has a fault, as pydantic describes it."""
    told = any(isinstance(note, Words) for note in notes)
    is_too_large = fault["type"].startswith("less_than") and not options_of(kind)
    if told or not is_too_large or _is_interval(kind, _bounds(notes)):
        return f"be {_words(kind, notes)}"
    ((key, most),) = fault["ctx"].items()
    written = f"{most:,}" if isinstance(most, int) else f"{most:g}"
    return f"be {'at most' if key == 'le' else 'below'} {written}"


def words_of(hint: Any) -> str:
    """Say what a value must be, by an annotation: "a whole number of at least 1"."""
    return _words(*type_and_notes(hint))


def _words(kind: Any, notes: tuple[Any, ...]) -> str:
    for note in notes:
        if isinstance(note, Words):
            return note.text
    if names := names_of(kind, notes):
        return listed(names)
    if options := options_of(kind):
        return " or ".join(map(words_of, options))
    if kind in (int, float):
        return _number_words(kind, _bounds(notes))
    if get_origin(kind) is tuple:
        of, _ = type_and_notes(get_args(kind)[0])
        plural = {str: "texts", int: "whole numbers", float: "finite numbers"}.get(of, "tables")
        return f"a list of {plural}"
    return {bool: "true or false", str: "a text"}.get(kind, "a table")


def _bounds(notes: tuple[Any, ...]) -> dict[str, float]:
    return {k: getattr(n, k) for n in notes for k in ("ge", "gt", "le", "lt") if hasattr(n, k)}


def _is_interval(kind: Any, bounds: Mapping[str, float]) -> bool:
    high = bounds.get("le", bounds.get("lt", math.inf))
    return kind is float and len(bounds) == 2 and high <= WIDEST_INTERVAL


def _number_words(kind: type, bounds: Mapping[str, float]) -> str:
    if _is_interval(kind, bounds):
        low = f"[{bounds['ge']:g}" if "ge" in bounds else f"({bounds['gt']:g}"
        high = f"{bounds['le']:g}]" if "le" in bounds else f"{bounds['lt']:g})"
        return f"a number in {low}, {high}"
    name = "a whole number" if kind is int else "a finite number"
    if "ge" in bounds:
        return f"{name} of at least {bounds['ge']:,}"
    return f"{name} above {bounds['gt']:g}" if "gt" in bounds else name


def listed(names: Sequence[str]) -> str:
    """Return names in quotes, with "or" before the last."""
    quoted = [repr(name) for name in names]
    return " or ".join([*([", ".join(quoted[:-1])] if quoted[1:] else []), quoted[-1]])
