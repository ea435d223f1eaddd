"""From the settings in a run's `config.toml` to the search that they belong to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from cellcolony.config import RunConfig
from cellcolony.errors import RunError
from cellcolony.judges.caps import Caps
from cellcolony.networks.protocol import Protocol
from cellcolony.runs.bench import SearchSettings
from cellcolony.search.ants import AntSwarm
from cellcolony.search.random import RandomSearch

Made = TypeVar("Made")


def search_of(config: RunConfig) -> SearchSettings:
    """Return the settings of a run's search.

    Raises:
        RunError: The method or a setting is unknown, or a value cannot be.
    """
    values = dict(config.search)
    method = values.pop("method", None)
    try:
        if method == AntSwarm.__name__:
            return AntSwarm(**values)
        if method == RandomSearch.__name__:
            return RandomSearch(AntSwarm(**values["ants"]))
    except (TypeError, ValueError, KeyError) as error:
        raise RunError(f"The settings of the search cannot be read: {error}") from error
    known = f"{AntSwarm.__name__} or {RandomSearch.__name__}"
    raise RunError(f"`search.method` must be {known}. Got {method!r}.")


def training_of(config: RunConfig) -> Protocol:
    """Return the settings of a run's training.

    Raises:
        RunError: A setting is unknown, or a value cannot be.
    """
    return _made(Protocol, config.protocol, "The settings of the training")


def caps_of(config: RunConfig) -> Caps:
    """Return the most that judging one candidate of a run may take.

    Raises:
        RunError: A cap is unknown, or a value cannot be.
    """
    return _made(Caps, config.caps, "The caps of a candidate")


def _made(kind: Callable[..., Made], values: Mapping[str, Any], what: str) -> Made:
    try:
        return kind(**values)
    except (TypeError, ValueError) as error:
        raise RunError(f"{what} cannot be read: {error}") from error
