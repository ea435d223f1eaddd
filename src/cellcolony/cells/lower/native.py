"""Calls functions that LLVM has compiled, and keeps their object files in the cache folder.

A function is one of a module of `compiled.py`, whose name hashes its source and all that it
depends on; an object file's name adds what translates it, and the types of its arguments. A file
begins with a digest of the rest: one that is damaged is compiled again.
"""

from __future__ import annotations

import ctypes
import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
from numba import from_dtype, types

from cellcolony.cells.lower import compiled, llvm
from cellcolony.cells.lower.kinds import ArrayKind
from cellcolony.store.writing import writing

SOURCES = "kinds.py", "llvm.py", "translation.py", "values.py"
"""Files of this folder by which machine code is made."""
RETURNED = {"int": ctypes.c_ssize_t, "bool": ctypes.c_ssize_t, "float": ctypes.c_double}
"""What a call returns, by what its function says of itself."""
DIGEST_BYTES = hashlib.sha256().digest_size

_addresses: dict[str, int] = {}
_calls: dict[FunctionType, Callable[..., Any]] = {}


def call(function: FunctionType, *arguments: Any) -> Any:
    """Call a function of a cached module; the first call compiles it or loads it.

    Args:
        function: The function; every call brings arguments of the same types.
        *arguments: Numbers, contiguous arrays, and records of integers and float64.
    """
    return bound(function, *arguments)()


def bound(function: FunctionType, *arguments: Any) -> Callable[[], Any]:
    """Return what calls a function with the same arguments each time, whatever arrays then hold."""
    if function not in _calls:
        kinds = tuple(map(_kind, arguments))
        parts = [part for kind in kinds for part in _ctypes(kind)]
        of_c = ctypes.CFUNCTYPE(RETURNED.get(function.__annotations__["return"]), *parts)
        _calls[function] = of_c(address(function, kinds))
    called = _calls[function]
    parts = [part for argument in arguments for part in _parts(argument)]

    def call_it(kept: object = arguments) -> Any:
        return called(*parts)

    return call_it


def address(python: FunctionType, kinds: Sequence[Any]) -> int:
    """Return the address of a function that is compiled now, or was by an earlier process.

    Args:
        python: A function of a module of `compiled.py`, which says what it returns.
        kinds: The types of its arguments: see `kinds.py`.
    """
    digest = hashlib.sha256(f"{kinds}\0{_translator()}".encode()).hexdigest()[:12]
    name = f"{python.__module__}.{python.__name__}_{digest}"
    with compiled.lock:
        if name not in _addresses:
            with compiled.once(name):
                code = _object_code(name, lambda: llvm.object_code(python, kinds, name))
            _addresses[name] = llvm.loaded(code, name)
        return _addresses[name]


@cache
def _translator() -> str:
    folder = Path(__file__).parent
    return "\0".join((folder / name).read_text(encoding="utf-8") for name in SOURCES)


def _object_code(name: str, compile_it: Callable[[], bytes]) -> bytes:
    """Return what the folder keeps; if that is nothing, or damaged, it is compiled and kept."""
    path = compiled.cache_folder() / f"{name}.o"
    with suppress(OSError):
        kept = path.read_bytes()
        digest, code = kept[:DIGEST_BYTES], kept[DIGEST_BYTES:]
        if digest == hashlib.sha256(code).digest():
            return code
    code = compile_it()
    with writing(compiled.cache_folder()):
        compiled.write_atomically(path, hashlib.sha256(code).digest() + code)
    return code


def _kind(argument: Any) -> Any:
    if isinstance(argument, np.ndarray):
        return ArrayKind(from_dtype(argument.dtype), argument.ndim)
    if isinstance(argument, np.void):
        return argument.dtype
    return types.float64 if isinstance(argument, (float, np.floating)) else types.intp


def _ctypes(kind: Any) -> list[Any]:
    if isinstance(kind, ArrayKind):
        return [ctypes.c_ssize_t] * (1 + kind.n_dimensions)
    return [ctypes.c_double if kind == types.float64 else ctypes.c_ssize_t]


def _parts(argument: Any) -> Iterator[Any]:
    if isinstance(argument, np.ndarray):
        assert argument.flags.c_contiguous
        yield argument.ctypes.data
        yield from argument.shape
    elif isinstance(argument, np.void):
        yield argument.__array_interface__["data"][0]
    else:
        yield argument
