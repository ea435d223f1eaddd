"""What a run keeps of its networks' errors on validation, so that they have intervals later."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.errors import RunError, brief
from cellcolony.runs.conformal.adaptive import WINDOW, fewest, quantile_rank
from cellcolony.store.reading import parse_tensors, readable
from cellcolony.tasks.forecast import Forecast
from cellcolony.wording import count

SPLIT = "valid"
OF_STEPS = " steps"
"""Ends the name of the errors that grow with the steps beyond the last row."""

Residuals = NDArray[np.float32]
"""`(rows, n_outputs)`: truth less forecast on the last scored validation rows, in scaled units."""


@dataclass(frozen=True, eq=False)
class Calibration:
    """The errors of one network on validation.

    Attributes:
        residuals: See `Residuals`.
        steps: `(origins, n_steps, n_targets)`: the sizes of its errors so many steps beyond a row
            when predictions are fed back, in units of the recent error; None where that cannot be.
    """

    residuals: Residuals
    steps: NDArray[np.float32] | None = None

    def check(self, level: float) -> None:
        """Check that there are enough errors for a level.

        Raises:
            RunError: There are not.
        """
        n, needed = len(self.residuals), fewest(level)
        if n < needed:
            raise RunError(
                f"An interval of {level:g} needs {count(needed, 'scored row')} of validation, and "
                f"the run has {n:,}. Ask for at most {n / (n + 1):.3g}, or validate on more rows."
            )

    def half_beyond(self, level: float, n_steps: int) -> NDArray[np.float64]:
        """Return how far intervals beyond the last row reach, in units of the recent error.

        Args:
            level: The share that is to lie within.
            n_steps: How many steps beyond.

        Returns:
            `(n_steps, n_targets)`.

        Raises:
            RunError: So many steps beyond, or for such a share, no errors are kept.
        """
        if self.steps is None:
            raise RunError(
                "No errors of this network beyond a last row are kept, of which intervals of "
                "`steps` are made: they are of the best network and the ensemble of a forecast, "
                "where enough rows validate."
            )
        n_origins, most = self.steps.shape[:2]
        if n_steps > most:
            raise RunError(
                f"Intervals are known for up to {count(most, 'step')} beyond the last row. Got "
                f"{n_steps:,}: ask for fewer, or for no `interval`."
            )
        if n_origins < fewest(level):
            raise RunError(
                f"An interval of {level:g} needs {count(fewest(level), 'row')} of validation to "
                f"start from, and the run has {n_origins:,}. Ask for at most "
                f"{n_origins / (n_origins + 1):.3g}."
            )
        by_size = np.sort(self.steps[:, :n_steps].astype(np.float64), axis=0)
        return by_size[quantile_rank(n_origins, level) - 1]


def residuals_of(task: Forecast, predictions: Sequence[NDArray[np.floating]]) -> Residuals | None:
    """Return a network's errors on the last scored validation rows, one series after the other.

    Args:
        task: The data.
        predictions: Of the validation split, `(time, n_targets)` for each series.

    Returns:
        None where a forecast is no finite number, or there is none.
    """
    each = max(WINDOW // max(len(predictions), 1), 1)
    found = []
    pairs = zip(task.truth(SPLIT), predictions, task.scored(SPLIT), strict=True)
    with np.errstate(over="ignore", invalid="ignore"):  # a diverged model has inf or NaN
        for truth, predicted, scored in pairs:
            found.append((truth[scored] - predicted[scored])[-each:])
        rows = np.concatenate(found) / task.transform.target_scaling.width
        residuals = rows.astype(np.float32)
    return residuals if len(residuals) and np.isfinite(residuals).all() else None


def residuals_file(found: Mapping[str, Calibration]) -> bytes:
    """Return the errors of networks, by their names, as safetensors."""
    tensors = {name: one.residuals for name, one in found.items()}
    steps = {f"{name}{OF_STEPS}": one.steps for name, one in found.items() if one.steps is not None}
    return save({name: np.ascontiguousarray(one) for name, one in {**tensors, **steps}.items()})


def read_residuals(
    content: bytes, where: str, n_outputs: int, n_targets: int
) -> dict[str, Calibration]:
    """Read what `residuals_file` wrote, which somebody else may have made.

    Args:
        content: The file.
        where: What an error calls it.
        n_outputs: How many outputs the networks have.
        n_targets: How many columns are forecast.

    Raises:
        RunError: It is no such file, or holds what cannot be.
    """
    where = f"{where}: the errors on validation"
    with readable(where):
        tensors = parse_tensors(content)
        for name, one in tensors.items():
            n_dimensions, n_last = (3, n_targets) if name.endswith(OF_STEPS) else (2, n_outputs)
            if one.dtype != np.float32 or one.ndim != n_dimensions or 0 in one.shape:
                raise ValueError(f"{brief(name)} has another type or shape than it must have")
            if one.shape[-1] != n_last or len(one) > WINDOW or not np.isfinite(one).all():
                raise ValueError(f"{brief(name)} holds values that cannot be")
    names = [name for name in tensors if not name.endswith(OF_STEPS)]
    if len(names) + sum(f"{name}{OF_STEPS}" in tensors for name in names) != len(tensors):
        raise RunError(f"{where} cannot be read: there are steps of a network that is not there.")
    return {name: Calibration(tensors[name], tensors.get(f"{name}{OF_STEPS}")) for name in names}
