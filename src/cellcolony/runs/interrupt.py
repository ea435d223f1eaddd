"""Ctrl-C: the first ends the search in good order, the second leaves at once."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np
from numpy.typing import NDArray


@contextmanager
def first_interrupt_sets(stop: NDArray[np.uint8]) -> Iterator[None]:
    """Let the first Ctrl-C set `stop`, `(1,)`; once it is set, Ctrl-C raises KeyboardInterrupt.

    Outside the main thread, where Python handles no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def set_or_raise(_signal: int, _frame: FrameType | None) -> None:
        if stop[0]:
            raise KeyboardInterrupt
        stop[0] = 1

    previous = signal.signal(signal.SIGINT, set_or_raise)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, previous)
