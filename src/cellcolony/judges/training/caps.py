"""Limits on the training of one candidate, in seconds or in updates."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated

import numpy as np
from annotated_types import Gt
from numpy.typing import NDArray

from cellcolony.settings import Called, settings

LOOK_SECONDS = 0.02
"""How often a training's clock is checked."""


@settings
class Caps:
    """Limits; a candidate that needs more has failed.

    Attributes:
        seconds: Wall time of its training; None for no limit. How many candidates stay within it
            depends on the machine.
        steps: Its updates; None for no limit. The same candidates stay within it on every machine.

    Raises:
        ConfigError: A cap is not above 0.
    """

    seconds: Annotated[float, Gt(0), Called("candidate_seconds")] | None = None
    steps: Annotated[int, Gt(0), Called("candidate_steps")] | None = None

    def failure_in_steps(self, n_steps: int) -> str | None:
        """Return why a training of so many updates fails; None if it is within the limit."""
        if self.steps is None or n_steps <= self.steps:
            return None
        return f"it needs more than {self.steps} updates, its cap"

    @property
    def failure_in_seconds(self) -> str:
        """Why a training fails whose time is up."""
        return f"it took more than {self.seconds:g} s, its cap"


@contextmanager
def timed(
    stop: NDArray[np.uint8], seconds: float | None
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Give a training its own stop flag, which is set by the run's flag or by the clock.

    Args:
        stop: `(1,)`; the run's own flag.
        seconds: How long the training may take; None for no limit.

    Yields:
        The flag for the training, and one that is set if its time was up; both `(1,)`.
    """
    is_late = np.zeros(1, np.uint8)
    if seconds is None:
        yield stop, is_late
        return
    own, ended = np.zeros(1, np.uint8), threading.Event()
    deadline = time.monotonic() + seconds

    def look() -> None:
        while not ended.wait(LOOK_SECONDS):
            if stop[0]:
                own[0] = 1
            elif time.monotonic() >= deadline:
                own[0] = is_late[0] = 1
                return

    clock = threading.Thread(target=look, name="clock", daemon=True)
    clock.start()
    try:
        yield own, is_late
    finally:
        ended.set()
        clock.join()
