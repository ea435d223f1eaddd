"""What a user would have used otherwise: plain models, one file each, scored on the same rows.

A plain rival is a function of the task, registered by name. A network rival is a function that
builds a network of a given width; `trained.py` trains it as the evolved networks were. Both fit on
training rows alone.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray

from cellcolony.networks.genome import Network
from cellcolony.registry import Registry
from cellcolony.tasks.deviations import kept_deviations
from cellcolony.tasks.findings import natural_key
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.scores import Errors


class Fitted(NamedTuple):
    """A rival after its fit.

    Attributes:
        n_weights: How many numbers were fitted.
        predict: Takes the name of a split and returns `(time, n_targets) float64` for each of its
            series, in own units.
        note: What the table must say about the fit beside the rival's name, or nothing.
        tried: The mean absolute error on validation of each entry of a menu; see `unit`.
    """

    n_weights: int
    predict: Callable[[str], list[NDArray[np.float64]]]
    note: str = ""
    tried: Mapping[str, float] = {}


class RivalScore(NamedTuple):
    """How a rival did.

    Attributes:
        name: The rival, and what must be said about its fit.
        n_weights: How many numbers were fitted.
        valid: On the rows that networks are chosen on.
        tested: On the untouched rows; None where there are none.
        seconds: Wall time of fit and predictions.
        epochs: How many epochs a network was trained; None where that is no word for the fit.
        tried: The mean absolute error on validation of each entry of its menu.
        errors: Its absolute errors on the untouched rows, as `Forecast.error_sums` sums them.
        deviations: By how much its predictions miss the scored rows of each split, in scaled units:
            see `tasks/deviations.py`. None of a split with too many of them, or of a model that
            diverged.
    """

    name: str
    n_weights: int
    valid: Errors
    tested: Errors | None
    seconds: float
    epochs: int | None = None
    tried: Mapping[str, float] = {}
    errors: NDArray[np.float64] | None = None
    deviations: Mapping[str, NDArray[np.float32]] = {}

    @property
    def test(self) -> Errors:
        """How it did on the untouched rows, where there are any."""
        assert self.tested is not None, "the task has no test split"
        return self.tested


RIVALS: Registry[Callable[[Forecast], Fitted]] = Registry(
    "rival", "cellcolony.tasks.rivals", "cellcolony.rivals"
)
register = RIVALS.register
CONDITIONS: dict[str, Callable[[Forecast], bool]] = {}
"""What a task must fulfil for a rival, by its name; a rival that is not named fits every task."""


def register_where(
    name: str, condition: Callable[[Forecast], bool]
) -> Callable[[Callable[[Forecast], Fitted]], Callable[[Forecast], Fitted]]:
    """Register a plain rival for the tasks that fulfil a condition."""
    CONDITIONS[name] = condition
    return register(name)


class Builder(Protocol):
    """Builds a network rival, without weights."""

    def __call__(self, n_inputs: int, n_outputs: int, *, width: int, output_cell: str) -> Network:
        """Return the network with `width` hidden nodes."""
        ...


NETWORKS: Registry[Builder] = Registry(
    "network rival", "cellcolony.tasks.rivals", "cellcolony.network_rivals"
)
register_network = NETWORKS.register


def names(task: Forecast | None = None) -> tuple[str, ...]:
    """Return the names of all plain rivals, or of those that fit a task, in natural order."""
    found = sorted(RIVALS.names(), key=natural_key)
    if task is not None:
        found = [name for name in found if name not in CONDITIONS or CONDITIONS[name](task)]
    return tuple(found)


def unit(task: Forecast) -> float:
    """Return what a mean error in scaled units is multiplied with for people.

    It is then in the target's own units; of several targets there are none, and it stays scaled.
    """
    width = task.transform.target_scaling.width
    return float(width[0]) if len(width) == 1 else 1.0


def scored(
    task: Forecast,
    name: str,
    n_weights: int,
    predict: Callable[[str], list[NDArray[np.float64]]],
    began: float,
    **more: Any,
) -> RivalScore:
    """Score a rival after its fit on validation, and on test where there is one.

    Args:
        task: The task; its test split is touched.
        name: The rival, and what must be said about its fit.
        n_weights: How many numbers were fitted.
        predict: Predicts a split: see `Fitted`.
        began: When its fit began, by `time.perf_counter`.
        **more: Other attributes of `RivalScore`.
    """
    predicted, test, errors = {"valid": predict("valid")}, None, None
    if task.has_test:
        predicted["test"] = predict("test")
        test = task.score("test", predicted["test"])
        errors = task.error_sums("test", predicted["test"])
    seconds = time.perf_counter() - began
    return RivalScore(
        name, n_weights, task.score("valid", predicted["valid"]), test, seconds, errors=errors,
        deviations=kept_deviations(task, predicted), **more,
    )  # fmt: skip


def compare(task: Forecast, rivals: Iterable[str] | None = None) -> list[RivalScore]:
    """Fit plain rivals and score them on validation and test.

    Args:
        task: The task; its test split is touched.
        rivals: Their names; None for all that fit the task.

    Raises:
        ConfigError: There is no such rival; the message names the nearest one.
    """
    results = []
    for name in names(task) if rivals is None else rivals:
        start = time.perf_counter()
        fitted = RIVALS[name](task)
        title = f"{name} ({fitted.note})" if fitted.note else name
        results.append(
            scored(task, title, fitted.n_weights, fitted.predict, start, tried=fitted.tried)
        )
    return results


__all__ = [
    "NETWORKS",
    "RIVALS",
    "Builder",
    "Fitted",
    "RivalScore",
    "compare",
    "names",
    "register",
    "register_network",
    "register_where",
    "scored",
    "unit",
]
