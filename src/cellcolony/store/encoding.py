"""Nested plain values and arrays as JSON and safetensors, and back; no pickle, no code.

An array stands in the JSON as `{"$array": NAME, "shape": [...], "dtype": "..."}`, where NAME is its
place in the tree, and a number that is not finite as `{"$float": "inf"}`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.errors import RunError
from cellcolony.store.reading import parse_tensors

ARRAY, FLOAT = "$array", "$float"
DTYPES = ("bool", "int8", "int16", "int32", "int64", "uint8", "float32", "float64")
PLAIN = frozenset((bool, int, str, type(None)))


def encode(values: Any) -> tuple[Any, bytes]:
    """Return a tree of values as what JSON can hold, and its arrays as a safetensors file.

    Args:
        values: None, true or false, numbers, texts, arrays, and lists, tuples and mappings of them;
            a tuple comes back as a list. Keys are texts without `/` that do not begin with `$`.

    Raises:
        TypeError: Something else stands in it.
    """
    arrays: dict[str, NDArray[Any]] = {}
    tree = _encoded(values, "", arrays)
    return tree, save(arrays)


def decode(tree: Any, file: bytes) -> Any:
    """Read what `encode` wrote.

    Raises:
        RunError: The bytes are no safetensors, an array is missing or left over, or one has another
            shape or type than the tree says.
    """
    try:
        arrays = parse_tensors(file)
        values = _decoded(tree, arrays)
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        raise RunError(f"the values cannot be read: {error!r}") from error
    except RecursionError:
        raise RunError("the values cannot be read: they are nested too deeply") from None
    if arrays:
        raise RunError(f"the arrays {sorted(arrays)[:3]} belong to nothing")
    return values


def _encoded(value: Any, place: str, arrays: dict[str, NDArray[Any]]) -> Any:
    if isinstance(value, np.ndarray):
        if value.dtype.name not in DTYPES:
            raise TypeError(f"{place}: an array of {value.dtype} cannot be kept.")
        arrays[place] = np.ascontiguousarray(value).reshape(value.shape)
        return {ARRAY: place, "shape": list(value.shape), "dtype": value.dtype.name}
    if isinstance(value, np.generic):
        value = value.item()
    if value is None or isinstance(value, (bool, int, str)):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else {FLOAT: repr(value)}
    if isinstance(value, (list, tuple)):
        if _is_table(value):
            return list(value)
        return [_encoded(one, f"{place}/{i}", arrays) for i, one in enumerate(value)]
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, str) or "/" in key or key.startswith("$"):
                raise TypeError(f"{place}: the key {key!r} cannot be kept.")
        return {key: _encoded(one, f"{place}/{key}", arrays) for key, one in value.items()}
    raise TypeError(f"{place}: a {type(value).__name__} cannot be kept.")


def _is_table(values: Sequence[Any]) -> bool:
    """Say whether these are plain values, or lists of them: the edges of networks, for instance.

    They are most of a checkpoint, and looked at one by one they would take most of its time.
    """
    kinds = set(map(type, values))
    if kinds == {list}:
        kinds = set(map(type, chain.from_iterable(values)))
    return kinds <= PLAIN


def _decoded(tree: Any, arrays: dict[str, NDArray[Any]]) -> Any:
    """Return the values of a tree; each array is taken out of `arrays`."""
    if isinstance(tree, list):
        return tree if _is_table(tree) else [_decoded(one, arrays) for one in tree]
    if not isinstance(tree, dict):
        return tree
    if ARRAY in tree:
        array = arrays.pop(tree[ARRAY])
        found = [list(array.shape), array.dtype.name]
        if found != [tree["shape"], tree["dtype"]]:
            expected = f"{tree['dtype']} of shape {tree['shape']}"
            raise ValueError(f"{tree[ARRAY]} must be {expected}, not {found[1]} of {found[0]}")
        return array
    if FLOAT in tree:
        if tree[FLOAT] not in ("inf", "-inf", "nan"):
            raise ValueError(f"{tree[FLOAT]!r} is no number")
        return float(tree[FLOAT])
    return {key: _decoded(one, arrays) for key, one in tree.items()}
