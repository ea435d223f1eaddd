"""Say in which settings two runs differ, and how."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

ABSENT = "nothing"


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
        f"{key} (there {_shown(old, key)}, now {_shown(new, key)})"
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


def _shown(values: Mapping[str, Any], key: str) -> str:
    return repr(values[key]) if key in values else ABSENT
