"""The data of a battery: files and what is done to them, or the demonstration's series."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from cellcolony.errors import ConfigError
from cellcolony.tasks.demo import TARGET as DEMO_TARGET
from cellcolony.tasks.demo import demo_task
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.settings import names_of
from cellcolony.toml_table import TABLE, TEXT, TEXTS, WHOLE, TomlTable

DEMO = "demo"
_KINDS = {
    **dict.fromkeys(("files", "target", "valid", "test", "inputs", "ignore", "na"), TEXTS),
    **dict.fromkeys(("scale", "time", "fill", "sep", "decimal", "encoding"), TEXT),
    "horizon": WHOLE,
}


@dataclass(frozen=True)
class Data:
    """What the runs of a battery forecast.

    Attributes:
        options: Those of `Forecast.from_csv`, with the training files under `files`; None for the
            series of `cellcolony demo`.
    """

    options: Mapping[str, Any] | None

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that are forecast."""
        return (DEMO_TARGET,) if self.options is None else names_of(self.options["target"])

    def load(self) -> Forecast:
        """Read the files, whose relative paths are relative to the current folder.

        Raises:
            ConfigError: An option has a value that it cannot have.
            DataError: The data cannot be used.
        """
        if self.options is None:
            return demo_task(seed=0)
        options = dict(self.options)
        return Forecast.from_csv(options.pop("files"), **options)


def data_from(table: TomlTable, scale: str | None) -> Data:
    """Return what stands under the key `data` of a battery's file.

    Args:
        table: The whole file.
        scale: How columns are scaled where the file does not say it; None for the usual.

    Raises:
        ConfigError: It is missing, or an option is unknown or of another kind.
    """
    if table.values.get("data") == DEMO:
        return Data(None)
    kind = TABLE._replace(words="'demo', or a table with `files` and `target`")
    inside = TomlTable(table.take("data", kind, {}), f"{table.where}, [data]")
    if not inside.values:
        raise ConfigError(
            f"{table.where}: there is no data. Name files and --target on the command line, or "
            "write a table [data] with `files` and `target`, or data = 'demo'."
        )
    inside.check_keys(_KINDS)
    options = {key: inside.take(key, _KINDS[key]) for key in inside.values}
    inside.take("files", TEXTS)
    inside.take("target", TEXTS)
    if scale is not None:
        options.setdefault("scale", scale)
    return Data(options)
