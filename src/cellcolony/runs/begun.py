"""What a run was begun with, read again before it goes on or is repeated: settings and data."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from cellcolony.config import FORMAT, RunConfig
from cellcolony.errors import RunError
from cellcolony.runs import directory
from cellcolony.runs.checkpoint import Checkpoint, read_checkpoint
from cellcolony.runs.differences import differences
from cellcolony.runs.reading import read_config
from cellcolony.tasks.again import read_again
from cellcolony.tasks.forecast import Forecast
from cellcolony.toml_table import TABLE, TEXT, TomlTable


def settings_of(path: Path, purpose: str) -> RunConfig:
    """Return the settings of a run.

    Args:
        path: The run directory.
        purpose: What they are read for: "resumed".

    Raises:
        RunError: It is no run directory, its settings cannot be read, or an older format kept too
            little for this purpose.
    """
    config = read_config(path)
    if config.format != FORMAT:
        raise RunError(
            f"{path / directory.CONFIG}: `format` must be {FORMAT} for a run to be {purpose}. Got "
            f"{config.format}: it can be shown and used, but not {purpose}. Search again."
        )
    return config


def last_checkpoint(path: Path, settings: Mapping[str, Any]) -> Checkpoint | None:
    """Return the last checkpoint; None where it is damaged: the journal alone will do.

    Args:
        path: The run directory.
        settings: What a continued run must have in common with it, as `config.toml` has it.

    Raises:
        RunError: The run was begun with other settings.
    """
    try:
        checkpoint = read_checkpoint(path)
    except RunError:
        return None
    check_settings_unchanged(path, settings, checkpoint)
    return checkpoint


def check_settings_unchanged(
    path: Path, settings: Mapping[str, Any], checkpoint: Checkpoint
) -> None:
    """Check that `config.toml` is as the run was begun.

    Args:
        path: The run directory.
        settings: As `config.toml` has them now.
        checkpoint: Holds them as they were.

    Raises:
        RunError: The checkpoint has other settings.
    """
    found = differences(checkpoint.settings, settings)
    if found:
        raise RunError(
            f"{path / directory.CONFIG} is not as the run was begun: {'; '.join(found)}. Take back "
            "the change, or begin another run."
        )


def data_of(path: Path, config: RunConfig, task: Forecast | None) -> Forecast:
    """Return the data of a run.

    Args:
        path: The run directory.
        config: Its settings.
        task: The data, where the caller has them; None to read again where they came from.

    Raises:
        RunError: The run does not say where its data came from, or had others, or scaled them
            otherwise.
        ConfigError: What it says cannot be.
        DataError: The files cannot be used.
    """
    if task is None:
        if "source" not in config.data:
            raise RunError(
                f"{path}: the data of this run came from no file. Give them as `task`, from Python."
            )
        task = read_again(TomlTable(config.data, "[data]").take("source", TABLE))
    if task.fingerprint != config.data["fingerprint"]:
        raise RunError(
            f"{path} was begun on other data: {'; '.join(_changed(config, task))}. It needs the "
            "data that it had."
        )
    found = differences(config.to_compare()["transform"], task.transform.to_dict())
    if found:
        raise RunError(f"{path} was begun with data scaled otherwise: {'; '.join(found)}.")
    return task


def _changed(config: RunConfig, task: Forecast) -> list[str]:
    """Name the files that have changed; the whole where no single one has."""
    before, now = TomlTable(config.data, "[data]").tables("files"), task.recordings
    pairs = [
        (file.take("name", TEXT), file.take("fingerprint", TEXT), recording.fingerprint)
        for file, recording in zip(before, now, strict=False)
    ]
    changed = [
        f"{name} (fingerprint there {there[:8]}, now {here[:8]})"
        for name, there, here in pairs
        if there != here
    ]
    if len(before) == len(now) and changed:
        return changed
    there, here = config.data["fingerprint"][:8], task.fingerprint[:8]
    return [f"{len(before)} files there, {len(now)} now (fingerprint there {there}, now {here})"]
