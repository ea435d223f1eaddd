"""What is known of a forecast task without its data, as a run's settings keep it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError
from cellcolony.tasks.source import DemoSource, Source
from cellcolony.tasks.summary import Summary
from cellcolony.tasks.transform import Transform
from cellcolony.toml_table import TABLE, TEXT, TomlTable
from cellcolony.wording import count, names


@dataclass(frozen=True, eq=False)
class ForecastFacts:
    """The facts of a forecast task.

    Attributes:
        fingerprint: A hash of the used columns, the horizon and the splits.
        summary: What was understood of the data.
        transform: From a table's columns to a network's inputs, and back.
        source: Where the data can be had from again; None for data frames.
        prints: The fingerprint of each file, by its name.
    """

    fingerprint: str
    summary: Summary
    transform: Transform
    source: Source | DemoSource | None
    prints: Mapping[str, str]

    @property
    def title(self) -> str:
        """What is forecast, in a few words."""
        ahead = count(self.summary.horizon, "row")
        return f"Forecast of {names(self.summary.targets)}, {ahead} ahead"

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that are forecast."""
        return self.summary.targets

    def problem(self, output_cell: str) -> Problem:
        """Return what a method of search must know."""
        return Problem(self.transform.inputs, self.transform.targets, output_cell)

    def compared(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values."""
        return {"fingerprint": self.fingerprint, "transform": self.transform.to_dict()}

    @staticmethod
    def read(table: Mapping[str, Any], where: str) -> ForecastFacts:
        """Read what `Forecast.describe` wrote.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        whole = TomlTable(table, where)
        transform = Transform.from_dict(whole.take("transform", TABLE))
        summary = Summary.from_dict(table, where)
        for key in ("inputs", "targets", "horizon"):
            if getattr(summary, key) != getattr(transform, key):
                raise ConfigError(f"{where} and [task.transform] have another `{key}` each.")
        source = None
        if "source" in whole:
            values = whole.take("source", TABLE)
            kind = DemoSource if DemoSource.KEY in values else Source
            source = kind.from_dict(values)
        prints = {
            one.take("name", TEXT): one.take("fingerprint", TEXT) for one in whole.tables("files")
        }
        return ForecastFacts(whole.take("fingerprint", TEXT), summary, transform, source, prints)
