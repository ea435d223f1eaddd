"""Ctrl-C, and the request to end: each sets the next flag, and the one after the last leaves."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import numpy as np
from numpy.typing import NDArray

SIGNALS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def interrupts_set(*flags: NDArray[np.uint8]) -> Iterator[None]:
    """Let each SIGINT or SIGTERM set the next flag, `(1,)`, that is not set yet.

    Once all are set, one more raises KeyboardInterrupt. Outside the main thread, where Python
    handles no signals, nothing changes.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def set_or_raise(_signal: int, _frame: FrameType | None) -> None:
        for flag in flags:
            if not flag[0]:
                flag[0] = 1
                return
        raise KeyboardInterrupt

    previous = {number: signal.signal(number, set_or_raise) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)


@contextmanager
def interrupts_deferred() -> Iterator[None]:
    """Raise KeyboardInterrupt at the end where a SIGINT or SIGTERM came meanwhile, or came twice.

    What compiles needs it: the KeyboardInterrupt that Python raises in the middle of Numba's own
    code is lost now and then, and the program goes on as if nobody had pressed Ctrl-C.
    """
    came = np.zeros(1, np.uint8)
    with interrupts_set(came):
        yield
    if came[0]:
        raise KeyboardInterrupt
