"""Where a task's data came from: what is needed to have the same data again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from cellcolony.errors import ConfigError, brief
from cellcolony.tasks.settings import ForecastSettings
from cellcolony.tasks.splits import SPLITS
from cellcolony.tasks.tables import CsvFormat
from cellcolony.toml_table import TEXT, TEXT_LIST, WHOLE, Kind, TomlTable


@dataclass(frozen=True)
class Source:
    """The files of a task and how they are read.

    Attributes:
        folder: Where their names begin.
        files: The names of each split's files, in order.
        settings: What was asked for.
        format: How the files are written.
    """

    folder: str
    files: Mapping[str, tuple[str, ...]]
    settings: ForecastSettings
    format: CsvFormat

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML or JSON."""
        files = {split: list(names) for split, names in self.files.items()}
        settings, format = asdict(self.settings), asdict(self.format)
        return {"folder": self.folder, "files": files, "settings": settings, "format": format}

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> Source:
        """Read what `to_dict` wrote; what is None may be left out.

        Raises:
            ConfigError: A value is missing, unknown or of another kind.
        """
        table = TomlTable(plain, "[data.source]")
        files, settings = table.table("files"), table.table("settings")
        settings.take("targets", TEXT_LIST)
        return Source(
            folder=table.take("folder", TEXT),
            files={split: tuple(files.take(split, TEXT_LIST)) for split in SPLITS},
            settings=ForecastSettings(**_taken(settings, _SETTINGS)),
            format=CsvFormat(**_taken(table.table("format"), _FORMAT)),
        )


@dataclass(frozen=True)
class DemoSource:
    """The series of the demonstration, which is made from a seed.

    Attributes:
        seed: That of the series.
    """

    seed: int
    KEY: ClassVar[str] = "demo"

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML or JSON."""
        return {self.KEY: self.seed}

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> DemoSource:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: The seed is none.
        """
        seed = TomlTable(plain, "[data.source]").take(DemoSource.KEY, WHOLE)
        if seed < 0:
            raise ConfigError(
                f"The demonstration's seed must be a whole number of at least 0. Got {brief(seed)}."
            )
        return DemoSource(seed)


_SETTINGS = {
    **dict.fromkeys(("targets", "inputs", "ignore"), TEXT_LIST),
    **dict.fromkeys(("scale", "time", "fill"), TEXT),
    "horizon": WHOLE,
}
_FORMAT = {**dict.fromkeys(("sep", "decimal", "encoding"), TEXT), "na": TEXT_LIST}


def _taken(table: TomlTable, kinds: Mapping[str, Kind]) -> dict[str, Any]:
    table.check_keys(kinds)
    given = {key: table.take(key, kinds[key]) for key in kinds if table.values.get(key) is not None}
    return {key: tuple(one) if isinstance(one, list) else one for key, one in given.items()}
