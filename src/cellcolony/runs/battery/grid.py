"""The configurations of a battery: a grid over axes, and some that are listed one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import product
from math import prod
from typing import NamedTuple

from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.networks.protocol import Protocol, protocol_from
from cellcolony.runs.against import METHODS
from cellcolony.search.ants import AntSwarm
from cellcolony.search.random import RandomSearch
from cellcolony.settings import read
from cellcolony.toml_table import TABLES, TEXT, TomlTable

MOST_CONFIGURATIONS = 100_000
"""Combinations of a grid: the paper's has 1,600."""
LISTED = "configuration"
"""What the axis is called on which each listed configuration is a level of its own."""
ANTS = "ants"
LEVEL_KEYS = ("label", "groups", "method", "protocol")
"""Keys of a level or of a listed configuration that are no settings of the colony."""


class Place(NamedTuple):
    """A name on an axis: a level, or a group that several levels belong to."""

    axis: str
    name: str


@dataclass(frozen=True)
class Configuration:
    """One experiment of a battery.

    Attributes:
        label: What it is called; no other of the battery is called so.
        ants: The colony; of random search, the one whose march is walked.
        protocol: How networks are trained.
        method: "ants" or "random".
        levels: Its level on each axis.
        groups: What it is counted among in the tables: its levels, or the groups that they name.
    """

    label: str
    ants: AntSwarm
    protocol: Protocol
    method: str = ANTS
    levels: tuple[Place, ...] = ()
    groups: tuple[Place, ...] = ()

    @property
    def search(self) -> AntSwarm | RandomSearch:
        """The settings of the search."""
        return self.ants if self.method == ANTS else METHODS[self.method](self.ants)


def configurations_from(table: TomlTable, base: Configuration) -> tuple[Configuration, ...]:
    """Return all configurations of a battery's file: the grid's, then the listed ones.

    Args:
        table: The whole file.
        base: The settings that all of them begin with.

    Raises:
        ConfigError: There are none or too many, two have the same label, two axes set the same
            setting, or a setting is unknown or has a value that it cannot have.
    """
    axes = [_axis(axis) for axis in table.tables("axis")]
    _check_names(table.where, "axis", [name for name, _ in axes])
    _check_disjoint(table.where, axes)
    n = prod(len(levels) for _, levels in axes)
    if n > MOST_CONFIGURATIONS:
        raise ConfigError(
            f"{table.where}: the axes have {n:,} combinations, and there may be "
            f"{MOST_CONFIGURATIONS:,}. Take out axes or levels."
        )
    grid = product(*(levels for _, levels in axes)) if axes else ()
    names = [name for name, _ in axes]
    found = [_combined(base, names, levels) for levels in grid]
    found += [_changed(base, LISTED, one) for one in table.tables("configuration")]
    if not found:
        raise ConfigError(
            f"{table.where}: there is nothing to run. Write tables [[axis]] or [[configuration]]."
        )
    _check_names(table.where, "configuration", [one.label for one in found])
    return tuple(found)


def _axis(axis: TomlTable) -> tuple[str, list[TomlTable]]:
    axis.check_keys(("name", "levels"))
    name = axis.take("name", TEXT)
    if name == LISTED:
        raise ConfigError(f"{axis.where}: an axis cannot be called {LISTED!r}: choose another.")
    axis.take("levels", TABLES)
    levels = TomlTable(axis.values, f"{axis.where} ({name})").tables("levels")
    if not levels:
        raise ConfigError(f"{axis.where}: `levels` must hold at least one table. Got none.")
    _check_names(axis.where, "level", [level.take("label", TEXT) for level in levels])
    return name, levels


def _combined(base: Configuration, axes: list[str], levels: Iterable[TomlTable]) -> Configuration:
    one = base
    for axis, level in zip(axes, levels, strict=True):
        one = _changed(one, axis, level)
    return one


def _changed(base: Configuration, axis: str, level: TomlTable) -> Configuration:
    """Return a configuration that has a level's settings, and a base's for the rest."""
    label = level.take("label", TEXT)
    method = level.take("method", TEXT, base.method)
    if method not in (ANTS, *METHODS):
        known = (ANTS, *METHODS)
        raise ConfigError(
            f"{level.where}: `method` must be one of: {', '.join(known)}. Got {brief(method)}."
            + did_you_mean(method, known)
        )
    groups = level.texts("groups", label)
    _check_names(level.where, "group", list(groups))
    return replace(
        base,
        label=f"{base.label}, {label}" if base.label else label,
        ants=read(AntSwarm, level.values, level.where, base.ants, LEVEL_KEYS),
        protocol=protocol_from(level.values, level.where, base.protocol),
        method=method,
        levels=(*base.levels, Place(axis, label)),
        groups=(*base.groups, *(Place(axis, group) for group in groups)),
    )


def _check_names(where: str, kind: str, names: list[str]) -> None:
    for name, n in Counter(names).items():
        if n > 1:
            raise ConfigError(f"{where}: {kind} {name!r} stands {n} times. Name each once.")
        if not (name.strip() and name.isprintable()):
            raise ConfigError(f"{where}: each {kind} needs a name of one line. Got {name!r}.")


def _check_disjoint(where: str, axes: list[tuple[str, list[TomlTable]]]) -> None:
    owner: dict[str, str] = {}
    for name, levels in axes:
        for key in sorted({key for level in levels for key in level.values}):
            if key in ("label", "groups"):
                continue
            if key in owner:
                raise ConfigError(
                    f"{where}: the axes {owner[key]!r} and {name!r} both set `{key}`. "
                    "Let one axis set it."
                )
            owner[key] = name
