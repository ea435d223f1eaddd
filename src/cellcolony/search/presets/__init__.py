"""Presets: settings of a search under a name. One TOML file a preset; nothing else is edited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.networks.protocol import Protocol
from cellcolony.search.ants import AntSwarm
from cellcolony.search.presets.settings import ants_from, protocol_from
from cellcolony.tasks.scaling import SCALES
from cellcolony.toml_library import TomlLibrary
from cellcolony.toml_table import TEXT

LIBRARY = TomlLibrary("preset", Path(__file__).parent / "library")
KEYS = ("summary", "source", "protocol", "scale", "ants")


@dataclass(frozen=True)
class Preset:
    """Settings of a search under a name.

    Attributes:
        name: What it is called: the name of its file.
        summary: What it is, in one line.
        source: Where its settings come from.
        ants: The settings of the colony.
        protocol: How networks are trained.
        scale: How columns are scaled; None where the preset leaves it open.
    """

    name: str
    summary: str
    source: str
    ants: AntSwarm
    protocol: Protocol
    scale: str | None = None


def preset_names() -> tuple[str, ...]:
    """Return the names of the presets that come with the program, sorted."""
    return LIBRARY.names()


def preset(name: str) -> Preset:
    """Return the preset called `name`.

    Args:
        name: A preset that comes with the program, or the path of a TOML file of your own.

    Raises:
        ConfigError: There is none, or its file has a fault; the message names the nearest one.
    """
    table = LIBRARY.table(name)
    table.check_keys(KEYS)
    scale = table.take("scale", TEXT, None)
    if scale is not None and scale not in SCALES:
        raise ConfigError(
            f"{table.where}: `scale` must be one of: {', '.join(SCALES)}. Got {scale!r}."
            + did_you_mean(scale, SCALES)
        )
    return Preset(
        name=Path(name).stem,
        summary=table.take("summary", TEXT),
        source=table.take("source", TEXT),
        ants=ants_from(table.table("ants"), AntSwarm()),
        protocol=protocol_from(table, Protocol()),
        scale=scale,
    )


__all__ = ["Preset", "preset", "preset_names"]
