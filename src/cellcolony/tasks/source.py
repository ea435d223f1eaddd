"""Where a task's data came from: what is needed to have the same data again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from cellcolony.errors import ConfigError
from cellcolony.tasks.settings import ForecastSettings
from cellcolony.tasks.splits import SPLITS
from cellcolony.tasks.tables import CsvFormat


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
        try:
            settings = {key: _tuple(value) for key, value in plain["settings"].items()}
            format = {key: _tuple(value) for key, value in plain["format"].items()}
            files = {split: tuple(map(str, plain["files"][split])) for split in SPLITS}
            return Source(
                str(plain["folder"]), files, ForecastSettings(**settings), CsvFormat(**format)
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise ConfigError(f"The source of the data cannot be read: {error!r}.") from error


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
        seed = plain[DemoSource.KEY]
        if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
            raise ConfigError(
                f"The seed of the demonstration must be a whole number of at least 0. Got {seed!r}."
            )
        return DemoSource(seed)


def _tuple(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
