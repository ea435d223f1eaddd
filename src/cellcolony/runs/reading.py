"""Read the files of a run directory, which somebody else may have made.

Nothing in them is executed, no link in the directory leads out of it, and nothing is read whole
that is larger than such a file can sensibly be.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load

from cellcolony import foreign
from cellcolony.config import RunConfig
from cellcolony.errors import ConfigError, RunError
from cellcolony.tasks.summary import Summary
from cellcolony.tasks.transform import Transform
from cellcolony.toml_table import FLAG, TABLE, TEXT, TomlTable

Settings = TypeVar("Settings")

CONFIG = "config.toml"

LARGEST_GENOME = 16 << 20
"""Bytes of `genome.json`: a network of 1,000 nodes and 100,000 edges takes 2 million."""
LARGEST_WEIGHTS = 16 << 20
"""Bytes of a champion's `weights.safetensors`: 4 million weights."""
LARGEST_SCORES = 64 << 20
"""Bytes of `scores.csv`: some 100 for each model, split and target."""
LARGEST_PREDICTIONS = 512 << 20
"""Bytes of `test_predictions.csv`: some 30 for each row and target."""
LARGEST_CHECKPOINT = 64 << 20
"""Bytes of `checkpoint.json`: the genomes of the front and of what is out, some 100."""
LARGEST_ARRAYS = 512 << 20
"""Bytes of a colony's or a checkpoint's arrays: 3 numbers for each of 10 million choices."""
LARGEST_LINE = 32 << 20
"""Bytes of a line of the journal: a genome, or a network's weights as text."""
LARGEST_HEADER = 16 << 20
"""Bytes of what a safetensors file says about its arrays: some 100 for each of them."""


def read(run: Path, path: Path, most_bytes: int) -> bytes:
    """Return what a file of a run directory holds.

    Raises:
        RunError: It cannot be opened, is no regular file, leads out of the directory, or is larger
            than `most_bytes`.
    """
    with _named(path):
        return foreign.read_regular(path, most_bytes, within=run)


def read_text(run: Path, path: Path, most_bytes: int) -> str:
    """Return the text in a file of a run directory.

    Raises:
        RunError: As for `read`, or it is no UTF-8.
    """
    try:
        return read(run, path, most_bytes).decode("utf-8")
    except UnicodeDecodeError as error:
        raise RunError(f"{path}: the file cannot be read: {error}.") from error


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


def parse_tensors(content: bytes) -> dict[str, NDArray[Any]]:
    """Return the arrays of a safetensors file by name.

    Raises:
        ValueError: It is none, or says too much about its arrays.
    """
    n_header = int.from_bytes(content[:8], "little")
    if n_header > LARGEST_HEADER:
        raise ValueError(f"its header has {n_header:,} bytes, and may have {LARGEST_HEADER:,}")
    try:
        return dict(load(content))
    except (SafetensorError, KeyError, TypeError, OverflowError) as error:
        raise ValueError(f"it is no safetensors file: {error!r}") from error


@contextmanager
def _named(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RunError(f"{path}: the file cannot be read: {error.strerror or error}.") from error
