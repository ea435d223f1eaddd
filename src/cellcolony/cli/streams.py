"""Standard streams as the command line needs them, whoever started it."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from io import TextIOWrapper
from types import FrameType

STREAMS = ("stdin", "stdout", "stderr")


def make_streams_safe() -> None:
    """Let standard streams take any text, and stand for nothing where the caller has closed them.

    A closed one is opened on the null device before any other file: a journal must not become file
    number 1, which C libraries print to. A letter that an encoding lacks is printed as a question
    mark.
    """
    for number, name in enumerate(STREAMS):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # the lowest free number: this one
        if getattr(sys, name) is None:
            mode = "r" if name == "stdin" else "w"
            setattr(sys, name, open(number, mode, encoding="utf-8", closefd=False))  # noqa: SIM115
        stream = getattr(sys, name)
        if name != "stdin" and isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")


@contextmanager
def terminated_like_interrupted() -> Iterator[None]:
    """Let SIGTERM raise KeyboardInterrupt, as Ctrl-C does, where nobody else handles it.

    Schedulers and service managers end a program so: it leaves as if its user had asked.
    """
    is_main = threading.current_thread() is threading.main_thread()
    if not is_main or signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
        yield
        return
    signal.signal(signal.SIGTERM, _interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
