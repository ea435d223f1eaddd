"""What a peer of `peers.py` is given, and what it gives back."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.series import Series

Predict = Callable[[NDArray[np.float32], NDArray[np.intp]], NDArray[np.floating]]
"""From the inputs of a series, `(time, n_inputs)`, and some of its rows, rising, to `(rows,)`: what
the target is predicted to be `horizon` rows after each. All in scaled units."""


class OutOfTimeError(BaseException):
    """The budget is spent. No `Exception`: libraries catch those, and try their next model."""


class Budget:
    """Processor time of this process, with all its threads, from now on."""

    def __init__(self, seconds: float) -> None:
        self.seconds = seconds
        self._start = time.process_time()

    @property
    def spent(self) -> float:
        """Seconds that are over."""
        return time.process_time() - self._start

    @property
    def is_spent(self) -> bool:
        """Whether there is none left."""
        return self.spent >= self.seconds

    def of_trial(self) -> Budget:
        """Return what one of many trials may take: a third of all, or what is left."""
        return Budget(min(self.seconds / 3, self.seconds - self.spent))

    @contextmanager
    def enforced(self) -> Iterator[None]:
        """Raise `OutOfTimeError` when the budget is spent, and again each second if it is caught.

        For libraries that cannot be asked to stop. In the main thread.
        """

        def stop(*_: Any) -> None:
            raise OutOfTimeError

        signal.signal(signal.SIGPROF, stop)
        signal.setitimer(signal.ITIMER_PROF, max(self.seconds - self.spent, 0.001), 1.0)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0.0)


class Fitted(NamedTuple):
    """A model that was fitted.

    Attributes:
        error: The mean absolute error on validation, in scaled units.
        about: Its settings.
        predict: What it predicts.
    """

    error: float
    about: str
    predict: Predict


@dataclass(frozen=True)
class Problem:
    """All that a peer sees of a task: nothing of its test rows.

    Attributes:
        train: The series to fit to, scaled; targets are those `horizon` rows ahead.
        valid: The series to choose on.
        own: Which of the inputs is the target's present value.
        horizon: How many rows ahead the target lies.
        lags: Numbers of lags worth trying; every scored row has as many earlier rows as the last.
        periods: The periods of the target on the training rows, in rows.
        rng: What settings are drawn from.
        budget: What fitting and choosing may take.
        notes: What did not work, for the table.
    """

    train: Sequence[Series]
    valid: Sequence[Series]
    own: int
    horizon: int
    lags: tuple[int, ...]
    periods: tuple[int, ...]
    rng: np.random.Generator
    budget: Budget
    notes: list[str] = field(default_factory=list)

    def error(self, predict: Predict) -> float:
        """Return the mean absolute error on validation, in scaled units."""
        errors = []
        for inputs, targets, counts in self.valid:
            rows = np.flatnonzero(counts)
            errors.append(np.abs(predict(inputs, rows) - targets[rows, 0]))
        return float(np.concatenate(errors).mean())

    def one_of(self, *choices: Any) -> Any:
        """Draw one of some values."""
        return choices[self.rng.integers(len(choices))]

    def between(self, low: float, high: float) -> float:
        """Draw a number, uniformly on the logarithmic scale."""
        return float(np.exp(self.rng.uniform(np.log(low), np.log(high))))


class Peer(NamedTuple):
    """A kind of model of another library.

    Attributes:
        fits: Yields models until the budget is spent; that with the lowest error is tested.
        module: What is imported before the budget begins.
        draws: Whether it depends on the seed.
    """

    fits: Callable[[Problem], Iterator[Fitted]]
    module: str
    draws: bool = True


def listed(**settings: Any) -> str:
    """Return settings as a line of words."""
    return ", ".join(
        f"{name} {value:.3g}" if isinstance(value, float) else f"{name} {value}"
        for name, value in settings.items()
    )
