"""Compiled code that is kept between starts, and can never be stale.

Numba keeps compiled code beside a source file, and looks at that file alone: if something that the
file imports changes, what was kept is wrong. So kernels run from a copy, in a cache folder, under a
name that hashes everything the machine code depends on.
"""

from __future__ import annotations

import atexit
import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import threading
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from types import ModuleType

import llvmlite
import numba
import platformdirs
from llvmlite import binding

_lock = threading.Lock()


@cache
def cache_folder() -> Path:
    """Return the folder of generated and compiled code.

    It is `CELLCOLONY_CACHE_DIR`, or the user's cache folder, or, where neither can be written, a
    folder of this process that ends with it.
    """
    wanted = os.environ.get("CELLCOLONY_CACHE_DIR") or platformdirs.user_cache_dir("cellcolony")
    folder = Path(wanted)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="cellcolony-"))
        atexit.register(shutil.rmtree, folder, ignore_errors=True)
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
        stem: Begins the module's name, for people who look into the cache folder.
        source: The module's text.
        depends_on: Files of this package that the text imports and that end up in machine code.
    """
    parts = [source, _machine(), *(path.read_text(encoding="utf-8") for path in depends_on)]
    digest = hashlib.sha256("\0".join(parts).encode()).hexdigest()[:20]
    name = f"cellcolony_{stem}_{digest}"
    with _lock:
        if name in sys.modules:
            return sys.modules[name]
        path = cache_folder() / f"{name}.py"
        if not path.exists():
            _write_atomically(path, source)
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
        return module


def _write_atomically(path: Path, text: str) -> None:
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".tmp")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(temporary, path)
