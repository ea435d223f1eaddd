"""Presets: settings of a search under a name. One TOML file a preset; nothing else is edited."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.networks.protocol import Protocol
from cellcolony.search.ants import AntSwarm
from cellcolony.search.presets.settings import ants_from, protocol_from
from cellcolony.tasks.scaling import SCALES
from cellcolony.toml_table import TEXT, parse_toml, read_text

FOLDER = Path(__file__).parent / "library"
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
    return tuple(sorted(path.stem for path in FOLDER.glob("*.toml")))


def preset(name: str) -> Preset:
    """Return the preset called `name`.

    Args:
        name: A preset that comes with the program, or the path of a TOML file of your own.

    Raises:
        ConfigError: There is none, or its file has a fault; the message names the nearest one.
    """
    path = FOLDER / f"{name}.toml"
    if name not in preset_names():
        path = Path(name)
        if path.suffix != ".toml" and not path.is_file():
            raise ConfigError(
                f"There is no preset {name!r}.{did_you_mean(name, preset_names())} "
                "The path of a .toml file of your own will do as well."
            )
    table = parse_toml(read_text(path), str(path))
    table.check_keys(KEYS)
    scale = table.take("scale", TEXT, None)
    if scale is not None and scale not in SCALES:
        raise ConfigError(
            f"{path}: `scale` must be one of: {', '.join(SCALES)}. Got {scale!r}."
            + did_you_mean(scale, SCALES)
        )
    return Preset(
        name=path.stem,
        summary=table.take("summary", TEXT),
        source=table.take("source", TEXT),
        ants=ants_from(table.table("ants"), AntSwarm()),
        protocol=protocol_from(table, Protocol()),
        scale=scale,
    )


__all__ = ["Preset", "preset", "preset_names"]
