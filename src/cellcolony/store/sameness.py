"""Where two trees of plain values and arrays differ: the first place to the last bit, or all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

LONGEST = 60
"""Characters of a value that is shown."""
ABSENT = "nothing"


class Difference(NamedTuple):
    """One place where two trees differ.

    Attributes:
        place: Its keys and places from the root on, joined by dots.
        there: What the first tree has there, as text.
        now: What the second one has.
    """

    place: str
    there: str
    now: str

    def __str__(self) -> str:
        return f"`{self.place}` (there {self.there}, now {self.now})"


def first_difference(there: Any, now: Any, place: str = "") -> Difference | None:
    """Return the first place where two trees differ; None where they are the same.

    Numbers are the same if they are of one type and equal to the last bit: 0.0 is not -0.0, nor 1
    1.0, and not-a-number is itself.

    Args:
        there: None, true or false, numbers, texts, arrays, and lists, tuples and mappings of them.
        now: Likewise.
        place: Where both stand.
    """
    if isinstance(there, Mapping) and isinstance(now, Mapping):
        pairs = [(key, there.get(key, _NONE), now.get(key, _NONE)) for key in {**there, **now}]
    elif isinstance(there, (list, tuple)) and isinstance(now, (list, tuple)):
        n = max(len(there), len(now))
        pairs = [(i, _at(there, i), _at(now, i)) for i in range(n)]
    elif isinstance(there, np.ndarray) and isinstance(now, np.ndarray):
        return _difference_of_arrays(there, now, place)
    elif type(there) is type(now) and repr(there) == repr(now):
        return None
    else:
        return Difference(place, _shown(there), _shown(now))
    found = (first_difference(one, other, _inside(place, key)) for key, one, other in pairs)
    return next(filter(None, found), None)


def _difference_of_arrays(there: NDArray[Any], now: NDArray[Any], place: str) -> Difference | None:
    if (there.shape, there.dtype) != (now.shape, now.dtype):
        return Difference(place, _kind_of(there), _kind_of(now))
    if there.tobytes() == now.tobytes():
        return None
    size = there.dtype.itemsize
    bytes_there, bytes_now = (
        np.frombuffer(array.tobytes(), np.uint8).reshape(-1, size) for array in (there, now)
    )
    flat = int((bytes_there != bytes_now).any(1).argmax())
    for i in np.unravel_index(flat, there.shape):
        place = _inside(place, i)
    return Difference(place, _shown(there.flat[flat].item()), _shown(now.flat[flat].item()))


class _Absent:
    def __repr__(self) -> str:
        return ABSENT


_NONE = _Absent()


def _at(values: Sequence[Any], i: int) -> Any:
    return values[i] if i < len(values) else _NONE


def _inside(place: str, key: object) -> str:
    return f"{place}.{key}" if place else str(key)


def _kind_of(array: NDArray[Any]) -> str:
    return f"{array.dtype} of shape {array.shape}"


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= LONGEST else text[: LONGEST - 3] + "..."


def differences(
    before: Mapping[str, Any], now: Mapping[str, Any], may_change: Iterable[str] = ()
) -> list[str]:
    """Return a phrase for every setting that has changed: its dotted name and both values.

    Args:
        before: The settings that a run was begun with, tables within tables.
        now: Those that it would be continued with.
        may_change: Names that are not looked at.
    """
    old, new = _flat(before), _flat(now)
    for key in may_change:
        old.pop(key, None)
        new.pop(key, None)
    return [
        f"{key} (there {_named(old, key)}, now {_named(new, key)})"
        for key in sorted(old.keys() | new.keys())
        if old.get(key, ABSENT) != new.get(key, ABSENT)
    ]


def _flat(value: Any, name: str = "") -> dict[str, Any]:
    """Return nested tables and lists of tables as one table of dotted names."""
    if isinstance(value, Mapping):
        parts = [(f"{name}.{key}" if name else str(key), one) for key, one in value.items()]
    elif isinstance(value, list) and value and isinstance(value[0], Mapping):
        parts = [(f"{name} {i}", one) for i, one in enumerate(value, 1)]
    elif isinstance(value, list) and len(value) == 1:
        return {name: value[0]}  # a list of one text is that text
    else:
        return {name: value}
    return {key: leaf for part, one in parts for key, leaf in _flat(one, part).items()}


def _named(values: Mapping[str, Any], key: str) -> str:
    return repr(values[key]) if key in values else ABSENT
