"""Read the settings of a search for networks from its run directory."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from cellcolony.config import RunConfig
from cellcolony.errors import ConfigError, RunError
from cellcolony.store import foreign
from cellcolony.store.reading import read_text
from cellcolony.tasks.summary import Summary
from cellcolony.tasks.transform import Transform
from cellcolony.toml_table import FLAG, TABLE, TEXT, TomlTable

Settings = TypeVar("Settings")

CONFIG = "config.toml"


def read_settings(run: Path, parse: Callable[[str], Settings]) -> Settings:
    """Return the settings of a run.

    Args:
        run: The run directory.
        parse: Makes settings of the text, or raises ConfigError.

    Raises:
        RunError: It is no run directory, or its settings cannot be read.
    """
    path = run / CONFIG
    if not path.is_file():
        raise RunError(f"{run} is no run directory: it has no {CONFIG}.")
    text = read_text(run, path, foreign.LARGEST_SETTINGS)
    try:
        return parse(text)
    except ConfigError as error:
        raise RunError(f"{path}: the settings cannot be read: {error}") from error


def read_config(run: Path) -> RunConfig:
    """Return the settings of a search for networks.

    Raises:
        RunError: As for `read_settings`.
    """
    return read_settings(run, _checked_config)


def _checked_config(text: str) -> RunConfig:
    config = RunConfig.from_toml(text)
    TomlTable(config.data, "[data]").take("fingerprint", TEXT)
    TomlTable(config.search, "[search]").take("ants", TABLE, {})
    protocol = TomlTable(config.protocol, "[protocol]")
    for key, kind in (("name", TEXT), ("residual", FLAG), ("output_cell", TEXT)):
        protocol.take(key, kind)
    transform = Transform.from_dict(config.transform)
    data = Summary.from_dict(config.data, "[data]")
    for key in ("inputs", "targets", "horizon"):
        if getattr(data, key) != getattr(transform, key):
            raise ConfigError(f"[data] and [transform] have another `{key}` each.")
    return config
