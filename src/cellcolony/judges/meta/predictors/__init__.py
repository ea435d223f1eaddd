"""What predicts the end of a training from its first marks: one file a predictor.

All of them follow `Predictor`, and take and give log perplexity, capped: see `Prefixes`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self

import numpy as np
from numpy.typing import NDArray

from cellcolony.judges.meta.curve import Prefixes
from cellcolony.registry import Registry

Arrays = Mapping[str, NDArray[Any]]
"""What a predictor has learned, by name: float64, or int64 for places in a table."""


class Predictor(Protocol):
    """Predicts the final log perplexity of trainings.

    Attributes:
        title: What it is called in a report.
        source: Where it comes from.
    """

    title: ClassVar[str]
    source: ClassVar[str]

    @classmethod
    def fit(cls, train: Prefixes, valid: Prefixes, seed: int) -> Self:
        """Learn from curves.

        Args:
            train: To learn from.
            valid: To choose by: when to stop, for instance.
            seed: Keys all that is random.
        """
        ...

    def predict(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the final log perplexity, `(curves,)`, from the first marks, `(curves, marks)`."""
        ...

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return all that it has learned."""
        ...

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_first: int) -> Self:
        """Read what `to_arrays` returned, which somebody else may have changed.

        Args:
            arrays: What it returned.
            n_first: How many marks it is given.

        Raises:
            KeyError, ValueError: An array is missing, or of another shape or kind.
        """
        ...


PREDICTORS: Registry[type[Predictor]] = Registry("predictor", "cellcolony.judges.meta.predictors")
USUAL = "ridge"
"""The one that serves while there are few curves."""


def array_of(
    arrays: Arrays, name: str, shape: tuple[int | None, ...], dtype: type = np.float64
) -> NDArray[Any]:
    """Return an array of a saved predictor.

    Args:
        arrays: All of them.
        name: Its name.
        shape: Its shape; None for an axis of any length.
        dtype: Of its numbers.

    Raises:
        KeyError: It is missing.
        ValueError: It is of another shape or kind, or a number of it is not finite.
    """
    found = arrays[name]
    fits = found.ndim == len(shape) and all(
        own is None or own == size for own, size in zip(shape, found.shape, strict=True)
    )
    if not fits or found.dtype != dtype or not np.isfinite(found).all():
        must = f"finite {np.dtype(dtype).name} of shape {shape}".replace("None", "any")
        raise ValueError(f"{name} must be {must}, not {found.dtype} of shape {found.shape}")
    return found
