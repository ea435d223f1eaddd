"""Compiles exported C where there is a compiler, measures its size, and runs it."""

from __future__ import annotations

import ctypes
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError, brief
from cellcolony.export.c.source import prefix_of

COMPILERS = ("gcc", "clang", "cc")
STANDARD = ("-std=c99",)
_DRIVER = """
#include "{file}.c"
void run(const float *rows, long n, float *out);
void run(const float *rows, long n, float *out)
{{
    static {prefix}_state state;
    long i;
    {prefix}_reset(&state);
    for (i = 0; i < n; i++) {{
        {prefix}_step(&state, rows + i * {prefix}_n_columns, out + i * {prefix}_n_targets);
    }}
}}
"""


def compiler() -> str | None:
    """Return the path of a C compiler; None where there is none."""
    return next((path for name in COMPILERS if (path := shutil.which(name))), None)


@dataclass(frozen=True)
class Program:
    """An exported file, compiled and loaded into this process.

    Attributes:
        n_targets: How many numbers a forecast has.
    """

    n_targets: int
    _library: ctypes.CDLL

    def run(self, rows: NDArray[np.floating]) -> NDArray[np.float32]:
        """Forecast rows from the first of a series: `(time, columns)` to `(time, n_targets)`."""
        given = np.ascontiguousarray(rows, np.float32)
        out = np.zeros((len(given), self.n_targets), np.float32)
        pointer = ctypes.c_void_p
        self._library.run(
            given.ctypes.data_as(pointer), ctypes.c_long(len(given)), out.ctypes.data_as(pointer)
        )
        return out

    def seconds(self, rows: NDArray[np.floating]) -> float:
        """Return how long a row takes: the quickest of several passes over the rows."""
        seconds = []
        for _ in range(5):
            started = time.perf_counter()
            self.run(rows)
            seconds.append(time.perf_counter() - started)
        return min(seconds) / len(rows)


@contextmanager
def program(main: Path, n_targets: int, with_compiler: str) -> Iterator[Program]:
    """Compile an exported file for this machine.

    Args:
        main: The C file; its header lies beside it.
        n_targets: How many numbers a forecast has.
        with_compiler: The compiler.
    """
    with tempfile.TemporaryDirectory(prefix="cellcolony-", ignore_cleanup_errors=True) as folder:
        driver, built = Path(folder, "driver.c"), Path(folder, "program.so")
        driver.write_text(_DRIVER.format(file=main.stem, prefix=prefix_of(main.stem)))
        options = ("-O2", "-shared", "-fPIC", f"-I{main.resolve().parent}", str(driver))
        _compile(with_compiler, *options, "-o", str(built))
        yield Program(n_targets, ctypes.CDLL(str(built)))


def flash_bytes(main: Path, with_compiler: str, *options: str) -> int | None:
    """Return the bytes of code and constants of a build for size; None where `size` is missing."""
    size = shutil.which("size")
    if size is None:
        return None
    with tempfile.TemporaryDirectory(prefix="cellcolony-", ignore_cleanup_errors=True) as folder:
        built = str(Path(folder, "built.o"))
        without_unwinding = "-fno-asynchronous-unwind-tables"  # which boards do without
        what = "-Os", without_unwinding, *options, "-c", str(main.resolve())
        _compile(with_compiler, *what, "-o", built)
        told = subprocess.run([size, built], capture_output=True, text=True, check=True).stdout
    text, data = told.splitlines()[1].split()[:2]
    return int(text) + int(data)


def _compile(with_compiler: str, *options: str) -> None:
    done = subprocess.run([with_compiler, *STANDARD, *options], capture_output=True, text=True)
    if done.returncode:
        raise ConfigError(f"{with_compiler} cannot compile the file: {brief(done.stderr)}.")
