"""The settings of a training of a language model, to and from TOML."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import tomli_w

from cellcolony.config import without_none
from cellcolony.errors import ConfigError, brief
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.runs.kinds import LANGUAGE_MODEL
from cellcolony.store import foreign
from cellcolony.toml_table import TABLE, TEXT, WHOLE, TomlTable, settings_from
from cellcolony.version import VERSION

FORMAT = 1
"""Counts the changes of the directory that older programs cannot read."""

_HEAD = """\
# A run of cellcolony {version}: how a language model was trained. model.json holds its cells.

"""


@dataclass(frozen=True)
class LanguageConfig:
    """What a second training needs to be the same, but for the cells, which `model.json` holds.

    Attributes:
        cells: How the cells were called.
        seed: Keys every random stream.
        model: The model but for its cells.
        schedule: How it is trained.
        data: What is said of the text, its fingerprint and its source among it.
        version: The version of the program that ran.
    """

    cells: str
    seed: int
    model: ModelSettings
    schedule: Schedule
    data: Mapping[str, Any]
    version: str = field(default=VERSION)

    def to_toml(self) -> str:
        """Return the settings as TOML; what is None is left out."""
        body = {"kind": LANGUAGE_MODEL, "format": FORMAT, **asdict(self)}
        return _HEAD.format(version=self.version) + tomli_w.dumps(without_none(body))

    def to_compare(self) -> dict[str, Any]:
        """Return what a continued training must have in common with this; epochs may grow."""
        schedule = {key: one for key, one in asdict(self.schedule).items() if key != "epochs"}
        return without_none(
            {
                "seed": self.seed,
                "model": asdict(self.model),
                "schedule": schedule,
                "fingerprint": self.data["fingerprint"],
            }
        )

    @staticmethod
    def from_toml(text: str) -> LanguageConfig:
        """Read what `to_toml` wrote.

        Raises:
            ConfigError: It is no TOML, of another format, or a setting is missing or cannot be.
        """
        try:
            table = TomlTable(foreign.parse_toml(text), "config.toml")
        except ValueError as error:
            raise ConfigError(f"expected TOML: {error}.") from error
        if table.take("format", WHOLE) != FORMAT:
            raise ConfigError(
                f"`format` must be {FORMAT}. Got {brief(table.values['format'])}: written by "
                "another version?"
            )
        seed = table.take("seed", WHOLE)
        if seed < 0:
            raise ConfigError(f"`seed` must be at least 0. Got {seed}.")
        data = table.take("data", TABLE)
        TomlTable(data, "[data]").take("fingerprint", TEXT)
        return LanguageConfig(
            table.take("cells", TEXT),
            seed,
            settings_from(table.table("model"), ModelSettings()),
            settings_from(table.table("schedule"), Schedule()),
            data,
            table.take("version", TEXT),
        )
