"""Keeps generated code in a cache folder between processes, so that it is never out of date.

Numba's own cache lies beside a source file and checks that file alone: after a change in a module
that the file imports, the cached code is wrong. So each kernel runs from a copy in the cache
folder, under a name that is a hash of everything its machine code depends on. What operations
compute is written into that copy, so that an operation of another package is in the hash too.

Kernels of networks are plain Python, which `native.py` compiles. If several processes need the same
thing at once, one makes it while the others wait and load it: so all compute the same bits. What
was made is marked by an empty file, and loaded from then on without a lock: a thousand workers that
start do not wait for each other.
"""

from __future__ import annotations

import atexit
import errno
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache
from pathlib import Path
from types import ModuleType

import llvmlite
import numba
import numpy as np
import platformdirs
from llvmlite import binding
from numba.core.errors import NumbaError

from cellcolony.store.writing import writing

FOLDER = "CELLCOLONY_CACHE_DIR"
"""The environment variable that names the folder."""
LOCK = "lock"
"""An empty file in the folder; a process that compiles holds a lock on it."""
DONE = ".done"
"""How the name of the empty file ends that says that something is compiled."""

lock = threading.Lock()
"""Held by the thread that compiles or loads."""


@cache
def cache_folder() -> Path:
    """Return the folder of generated and compiled code.

    It is `CELLCOLONY_CACHE_DIR`, or else the user's cache folder. If that folder cannot be written,
    it is a temporary one that this process deletes when it ends; its path is put into the
    environment, so that processes which this one starts use it too.
    """
    wanted = os.environ.get(FOLDER) or platformdirs.user_cache_dir("cellcolony")
    folder = Path(wanted)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="cellcolony-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
        os.environ[FOLDER] = str(folder)
    return folder


@cache
def _machine() -> str:
    features = binding.get_host_cpu_features().flatten()
    return "\n".join(
        (numba.__version__, llvmlite.__version__, binding.get_host_cpu_name(), features)
    )


def load(stem: str, source: str, depends_on: Iterable[Path] = ()) -> ModuleType:
    """Import Python source as a module whose Numba functions are cached on disk.

    The same source on the same machine is the same module, in this process and the next. Several
    processes may do this at once.

    Args:
        stem: The first part of the module's name, for people who look into the cache folder.
        source: The module's text.
        depends_on: Files of this package that the text imports and that become machine code.
    """
    parts = [source, _machine(), *(path.read_text(encoding="utf-8") for path in depends_on)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
    name = f"cellcolony_{stem}_{digest}"
    with lock:
        if name not in sys.modules:
            with once(name):
                _import(name, source)
        return sys.modules[name]


def load_copy(
    path: Path,
    dtype: type[np.floating],
    depends_on: Iterable[Path],
    imports: Mapping[str, ModuleType] | None = None,
    more: str = "",
    vector: int | None = None,
    draws: bool = False,
) -> ModuleType:
    """Import a copy of a file of kernels for one precision; they compile when they are first used.

    Args:
        path: The file, in which `REAL = types.float32` stands for the precision.
        dtype: float32 or float64.
        depends_on: As for `load`.
        imports: What the copy imports in place of modules of these names: other copies, whose names
            hash all that they depend on.
        more: Source that is added at the end.
        vector: Floats in a vector, for which `VECTOR = 8` stands in the file; None for a file that
            says nothing of it.
        draws: Whether lanes are draws of weights, for which `DRAWS = False` stands in the file.
    """
    stem = f"{path.stem}_{np.dtype(dtype).name}"
    source = path.read_text(encoding="utf-8") + more
    source = source.replace("REAL = types.float32", f"REAL = types.{np.dtype(dtype).name}", 1)
    instead = {name: copy.__name__ for name, copy in (imports or {}).items()}
    if vector is not None:
        stem = f"{stem}_{vector}"
        instead["VECTOR = 8"] = f"VECTOR = {vector}"
    if draws:
        stem = f"{stem}_draws"
        instead["DRAWS = False"] = "DRAWS = True"
    for words, others in instead.items():
        assert words in source, words
        source = source.replace(words, others, 1)
    return load(stem, source, depends_on)


def _import(name: str, source: str) -> None:
    path = cache_folder() / f"{name}.py"

    def bring() -> None:
        if not _holds(path, source):
            write_atomically(path, source.encode())
        _execute(name, path)

    _made_again_if_damaged((f"{name}.*",), bring)


def _holds(path: Path, text: str) -> bool:
    try:
        return path.read_bytes() == text.encode()
    except OSError:
        return False


def _made_again_if_damaged(kept: Iterable[str], bring: Callable[[], object]) -> None:
    """Load or compile; where that fails, do so again without what the folder keeps compiled.

    Compiled code that a full disk or a crash has damaged must not be in the way of a search.

    Args:
        kept: Patterns of what may be damaged, which is forgotten one after the other.
        bring: Loads or compiles, and raises what is wrong.

    Raises:
        NotWrittenError: The folder cannot be written to.
    """
    compiled = cache_folder() / "__pycache__"
    with writing(cache_folder()):
        for damaged in kept:
            try:
                bring()
                return
            except NumbaError:  # it was read well, and is wrong
                raise
            except Exception:  # Numba unpickles its index: anything may come
                for file in compiled.glob(damaged):
                    file.unlink(missing_ok=True)
        bring()


def _execute(name: str, path: Path) -> None:
    spec = importlib.util.spec_from_file_location(name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    # Registered first: Numba looks a function's module up by name.
    sys.modules[name] = module
    try:
        spec.loader.exec_module(module)
    except BaseException:
        del sys.modules[name]
        raise


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file of the folder whole or not at all."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
    os.replace(temporary, path)


@contextmanager
def once(name: str) -> Iterator[None]:
    """Let one process alone compile something, the first time; it is loaded from then on.

    Where the mark is there and the code is not, several processes may compile it: that costs time
    and changes nothing.
    """
    mark = cache_folder() / f"{name}{DONE}"
    if mark.exists():
        yield
        return
    with _locked():
        yield
        with suppress(OSError):  # a disk that is full, or read only: the next start takes the lock
            mark.touch()


@contextmanager
def _locked() -> Iterator[None]:
    """Hold the folder's lock, so that other processes wait before they compile or load."""
    with ExitStack() as stack:
        with suppress(OSError):  # without locks, each process compiles for itself
            file = stack.enter_context((cache_folder() / LOCK).open("ab"))
            _lock_file(file.fileno())
        yield


def _lock_file(file: int) -> None:
    if sys.platform == "win32":
        import msvcrt

        while True:
            try:
                return msvcrt.locking(file, msvcrt.LK_LOCK, 1)
            except OSError as error:
                if error.errno != errno.EDEADLK:  # the error after 10 seconds of waiting
                    raise
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX)
