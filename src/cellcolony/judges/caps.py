"""The most that judging one candidate may take."""

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
"""How often the clock of a training is looked at."""


@settings
class Caps:
    """What a candidate must not pass; one that does has failed.

    Attributes:
        seconds: Wall time of its training; None without this cap. How many candidates pass it
            depends on the machine.
        steps: Its updates; None without this cap. The same candidates pass it everywhere.

    Raises:
        ConfigError: A cap is not above 0.
    """

    seconds: Annotated[float, Gt(0), Called("candidate_seconds")] | None = None
    steps: Annotated[int, Gt(0), Called("candidate_steps")] | None = None

    def failure_in_steps(self, n_steps: int) -> str | None:
        """Say how a training of so many updates fails; None where it may go on."""
        if self.steps is None or n_steps <= self.steps:
            return None
        return f"it needs more than {self.steps} updates, its cap"

    @property
    def failure_in_seconds(self) -> str:
        """How a training fails whose time is up."""
        return f"it took more than {self.seconds:g} s, its cap"


@contextmanager
def timed(
    stop: NDArray[np.uint8], seconds: float | None
) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.uint8]]]:
    """Give a training a stop flag of its own, which the run's flag and the clock set.

    Args:
        stop: `(1,)`; the run's own flag.
        seconds: How long the training may take; None for as long as it wants.

    Yields:
        The flag for the training, and one that is set where its time was up; both `(1,)`.
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
