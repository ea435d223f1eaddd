"""Where a task's data came from: what is needed to have the same data again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from annotated_types import Ge

from cellcolony.settings import Rule, plain, read, settings
from cellcolony.tasks.settings import ForecastSettings
from cellcolony.tasks.splits import SPLITS
from cellcolony.tasks.tables import CsvFormat

WHERE = "[task.source]"
"""What it is called in an error: its place in `config.toml`."""


@settings
class Source:
    """The files of a task and how they are read.

    Attributes:
        folder: Where their names begin.
        files: The names of each split's files, in order.
        settings: What was asked for.
        format: How the files are written.

    Raises:
        ConfigError: A value is of another kind.
    """

    folder: str
    files: Annotated[
        Mapping[str, tuple[str, ...]],
        Rule(set(SPLITS).issubset, f"list the files of {', '.join(SPLITS)}"),
    ]
    settings: ForecastSettings
    format: CsvFormat

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML or JSON."""
        return plain(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> Source:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value is missing, unknown or of another kind.
        """
        return read(Source, values, WHERE)


@settings
class DemoSource:
    """The series of the demonstration, which is made from a seed.

    Attributes:
        demo: The seed of the series.

    Raises:
        ConfigError: The seed is none.
    """

    demo: Annotated[int, Ge(0)]
    KEY: ClassVar[str] = "demo"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML or JSON."""
        return plain(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> DemoSource:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: The seed is missing or none.
        """
        return read(DemoSource, values, WHERE)
