"""The settings of a forecast task that do not concern how its files are written."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.tasks.gaps import FILLS
from cellcolony.tasks.scaling import SCALES


@dataclass(frozen=True)
class ForecastSettings:
    """What to forecast, and from what.

    Attributes:
        targets: The columns to predict.
        inputs: The columns to read; None for every column that holds numbers, targets included.
        horizon: How many rows ahead.
        scale: "minmax", "zscore" or "none".
        ignore: Columns that are no default inputs.
        time: The column of times, never an input; or None.
        fill: How missing values are filled, "previous" or "interpolate"; None refuses them.

    Raises:
        ConfigError: A value is not among those.
    """

    targets: tuple[str, ...]
    inputs: tuple[str, ...] | None = None
    horizon: int = 1
    scale: str = "zscore"
    ignore: tuple[str, ...] = ()
    time: str | None = None
    fill: str | None = None

    def __post_init__(self) -> None:
        for setting, names in (("target", self.targets), ("inputs", self.inputs)):
            if names is not None and not names:
                raise ConfigError(f"`{setting}` must name at least one column. Got none.")
            if names is not None and len(set(names)) < len(names):
                raise ConfigError(
                    f"`{setting}` must name each column once. Got {', '.join(names)}."
                )
        if isinstance(self.horizon, bool) or not isinstance(self.horizon, int) or self.horizon < 1:
            raise ConfigError(
                f"`horizon` must be a whole number of rows, 1 or more. Got {self.horizon!r}."
            )
        if self.scale not in SCALES:
            raise ConfigError(
                f"`scale` must be minmax, zscore or none. Got {self.scale!r}."
                + did_you_mean(str(self.scale), SCALES)
            )
        if self.fill is not None and self.fill not in FILLS:
            raise ConfigError(
                f"`fill` must be previous or interpolate. Got {self.fill!r}."
                + did_you_mean(str(self.fill), FILLS)
            )


def names_of(names: str | Iterable[str]) -> tuple[str, ...]:
    """Return one or several names as a tuple."""
    return (names,) if isinstance(names, str) else tuple(str(name) for name in names)
