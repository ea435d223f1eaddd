"""What the training of a sparse network needs to go on later as if it had never ended.

It is a mapping of names to arrays, so that a file can hold it:

theta           `(n_weights,)`: the weights after the last update, of the weights in use
best            `(n_weights,)`: those that the training returns: see `TrainingResult`
first, second   `(n_weights,)`: the optimizer's memory of gradients and of their squares
curve           `(n_epochs + 1,) float64`: the validation loss, of the starting weights first
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import RunError, brief

Numbers = NDArray[np.floating]
_OF_WEIGHTS: tuple[str, ...] = ("theta", "best", "first", "second")


@dataclass(frozen=True, eq=False)
class TrainingMemory:
    """The arrays that a training works on and changes.

    Attributes:
        theta: `(n_weights,)`: the weights.
        best: `(n_weights,)`: those of the best epoch.
        optimizer: `(3, n_weights)`: room for the gradient, then the optimizer's memory.
        curve: `(epochs + 1,) float64`: validation losses; NaN where not known.
        n_known: How many of them are known; 0 for a training that starts.
    """

    theta: Numbers
    best: Numbers
    optimizer: Numbers
    curve: NDArray[np.float64]
    n_known: int

    @staticmethod
    def start(theta: Numbers, epochs: int) -> TrainingMemory:
        """Return the memory of a training that starts from these weights."""
        optimizer = np.zeros((3, theta.size), theta.dtype)
        return TrainingMemory(theta, theta.copy(), optimizer, np.full(epochs + 1, np.nan), 0)

    @staticmethod
    def of(memory: Mapping[str, Numbers], theta: Numbers, epochs: int) -> TrainingMemory:
        """Return a copy of an earlier training's memory.

        Args:
            memory: What `to_dict` returned.
            theta: The network's own weights, whose number and type the memory must have.
            epochs: How many epochs the training will have in all.

        Raises:
            RunError: It is not the memory of such a training.
        """
        if memory.keys() != {*_OF_WEIGHTS, "curve"}:
            raise RunError(f"A training's memory cannot consist of {brief(sorted(memory))}.")
        known = memory["curve"]
        wanted: dict[str, tuple[np.dtype, tuple[int, ...]]]
        wanted = dict.fromkeys(_OF_WEIGHTS, (theta.dtype, theta.shape))
        wanted["curve"] = np.dtype(np.float64), (known.size,)
        for name, (dtype, shape) in wanted.items():
            array = memory[name]
            if (array.dtype, array.shape) != (dtype, shape) or not np.isfinite(array).all():
                raise RunError(
                    f"`{name}` in a training's memory must be finite numbers, {dtype} {shape}. "
                    f"Got {array.dtype} {array.shape}."
                )
        if not 1 <= known.size <= epochs + 1:
            raise RunError(
                f"A training of {epochs} epochs cannot go on after {known.size - 1} epochs."
            )
        curve = np.full(epochs + 1, np.nan)
        curve[: known.size] = known
        optimizer = np.stack([np.zeros_like(theta), memory["first"], memory["second"]])
        best = memory["best"].copy()
        return TrainingMemory(memory["theta"].copy(), best, optimizer, curve, known.size)

    def to_dict(self) -> dict[str, Numbers]:
        """Return what a training that has finished its epochs leaves to a later one."""
        _, first, second = self.optimizer
        return {
            "theta": self.theta,
            "best": self.best,
            "first": first.copy(),
            "second": second.copy(),
            "curve": self.curve,
        }
