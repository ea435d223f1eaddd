"""A process that runs code in forks of itself, as if each were a process that has just begun.

It has imported what takes long of other packages, and nothing of this program unless it is asked
to: whatever a command has to find, import and register, it does so anew.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import IO

SLOW = (
    "cyclopts", "jinja2", "matplotlib.figure", "numba", "pandas", "pydantic.type_adapter",
    "rich.table", "scipy.sparse.csgraph",
)  # fmt: skip
"""What most commands import, and takes long."""


class Forking:
    """Runs code in forks of a process.

    Args:
        process: It runs this module.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process

    def run(self, code: str, *arguments: object) -> subprocess.CompletedProcess[str]:
        """Run code to its end, with `sys.argv` of these arguments."""
        ask, answers = self._process.stdin, self._process.stdout
        assert ask is not None
        assert answers is not None
        words = ["-c", *map(str, arguments)]
        print(json.dumps([code, words]), file=ask, flush=True)
        return subprocess.CompletedProcess(words, *json.loads(answers.readline()))


@contextmanager
def forking(folder: Path, environment: Mapping[str, str], *more: str) -> Iterator[Forking]:
    """Start the process in a folder, and end it at the end.

    Args:
        folder: Where the code runs.
        environment: What the process finds in its environment.
        *more: Modules that it imports too, such as those of this program.
    """
    command = [sys.executable, "-m", __name__, *more]
    with subprocess.Popen(
        command, env=dict(environment), cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        yield Forking(process)


def _serve() -> None:
    for name in (*SLOW, *sys.argv[1:]):
        import_module(name)
    for line in sys.stdin:
        code, words = json.loads(line)
        with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as errors:
            child = os.fork()
            if child == 0:
                _begin(code, words, out, errors)
            status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            told = [file.seek(0) or file.read() for file in (out, errors)]
        print(json.dumps([status, *told]), flush=True)


def _begin(code: str, words: list[str], out: IO[str], errors: IO[str]) -> None:
    """Run code and end as Python does."""
    with open(os.devnull) as nothing:
        os.dup2(nothing.fileno(), 0)
    os.dup2(out.fileno(), 1)
    os.dup2(errors.fileno(), 2)
    sys.argv[:] = words
    status = 1
    try:
        exec(compile(code, "<string>", "exec"), {"__name__": "__main__"})
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


if __name__ == "__main__":
    _serve()
