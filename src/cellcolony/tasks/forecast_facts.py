"""What is known of a forecast task without its data, as a run's settings keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from cellcolony.contract import LinearView, Problem
from cellcolony.errors import ConfigError
from cellcolony.settings import record, settings
from cellcolony.tasks import linear_view
from cellcolony.tasks.source import DemoSource, Source
from cellcolony.tasks.summary import Summary
from cellcolony.tasks.transform import Transform
from cellcolony.wording import names


@dataclass(frozen=True, eq=False)
class ForecastFacts:
    """The facts of a forecast task.

    Attributes:
        fingerprint: A hash of the used columns, the horizon and the splits.
        summary: What was understood of the data.
        transform: From a table's columns to a network's inputs, and back.
        source: Where the data can be had from again; None for data frames.
        prints: The fingerprint of each file, by its name.
        linear: What linear regression says of taps, where the study asked for it.
    """

    fingerprint: str
    summary: Summary
    transform: Transform
    source: Source | DemoSource | None
    prints: Mapping[str, str]
    linear: LinearView | None = None

    @property
    def title(self) -> str:
        """What is forecast, in a few words."""
        return f"Forecast of {names(self.summary.targets)}, {self.summary.ahead} ahead"

    @property
    def targets(self) -> tuple[str, ...]:
        """What is forecast and scored: columns, or each of their steps as `y[t+1]`."""
        return self.transform.outputs

    def problem(self, output_cell: str) -> Problem:
        """Return what a method of search must know."""
        linear = self.linear if output_cell == "linear" else None
        columns, outputs = self.transform.targets, self.targets
        forecast = () if columns == outputs else columns
        return Problem(self.transform.inputs, outputs, output_cell, linear, forecast)

    def compared(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values.

        Ranges follow from the data, and runs of earlier versions of the program have none.
        """
        transform = replace(self.transform, input_range=None)
        return {"fingerprint": self.fingerprint, "transform": transform.to_dict()}

    @staticmethod
    def read(table: Mapping[str, Any], where: str) -> ForecastFacts:
        """Read what `Forecast.describe` wrote.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        own = record(_Written, table, where)
        transform = Transform.from_dict(own.transform)
        summary = Summary.from_dict(table, where)
        for key in ("inputs", "targets", "horizon", "first"):
            if getattr(summary, key) != getattr(transform, key):
                raise ConfigError(f"{where} and [task.transform] have another `{key}` each.")
        source = None
        if own.source is not None:
            kind = DemoSource if DemoSource.KEY in own.source else Source
            source = kind.from_dict(own.source)
        prints = {one.name: one.fingerprint for one in own.files}
        linear = None
        if own.linear is not None:
            sizes = len(transform.inputs), len(transform.outputs)
            linear = linear_view.from_dict(own.linear, *sizes)
        return ForecastFacts(own.fingerprint, summary, transform, source, prints, linear)


@settings
class _File:
    """What `Forecast.describe` says of a file, beside its summary."""

    name: str
    fingerprint: str


@settings
class _Written:
    """What `Forecast.describe` writes, beside its summary."""

    fingerprint: str
    transform: Mapping[str, Any]
    files: tuple[_File, ...]
    source: Mapping[str, Any] | None = None
    linear: Mapping[str, Any] | None = None
