"""Named tuples of numbers and arrays as flat records that kernels take by address."""

from __future__ import annotations

from typing import Any

import numpy as np


def as_record(values: Any) -> Any:
    """Return a record of a named tuple: integers as they are, arrays as the address of their data.

    A named tuple within it adds its fields under `name_field`. The caller keeps the arrays alive
    for as long as the record is used.

    Args:
        values: A named tuple of integers, floats, contiguous arrays and named tuples of these.
    """
    fields = list(_fields("", values))
    types = [np.float64 if isinstance(value, float) else np.int64 for _, value in fields]
    record = np.zeros((), [(name, kind) for (name, _), kind in zip(fields, types, strict=True)])
    for name, value in fields:
        record[name] = value
    return record[()]


def _fields(prefix: str, values: Any):
    for name, value in zip(values._fields, values, strict=True):
        if hasattr(value, "_fields"):
            yield from _fields(f"{prefix}{name}_", value)
        elif isinstance(value, np.ndarray):
            assert value.flags.c_contiguous, name
            yield prefix + name, value.ctypes.data
        else:
            yield prefix + name, value if isinstance(value, float) else int(value)
