"""A battery: what its file asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.networks.protocol import protocol_from
from cellcolony.runs.battery.data import Data, data_from
from cellcolony.runs.battery.grid import Configuration, configurations_from
from cellcolony.runs.budget import Budget
from cellcolony.search.ants import AntSwarm
from cellcolony.search.presets import preset
from cellcolony.settings import read
from cellcolony.toml_library import TomlLibrary
from cellcolony.toml_table import TEXT, WHOLE, TomlTable, parse_toml, read_text

LIBRARY = TomlLibrary("battery", Path(__file__).parent / "library")
MOST_RUNS = 1_000_000
KEYS = (
    "summary", "repeats", "seed", "budget", "protocol", "preset", "data", "ants", "axis",
    "configuration", "baseline",
)  # fmt: skip


@dataclass(frozen=True)
class Battery:
    """Configurations, and how often each is run.

    Attributes:
        name: What it is called: the name of its file.
        text: The file as it is.
        overrides: What the command line set instead of the file, as the file would say it.
        values: The file's settings with the overrides in them.
        repeats: How often each configuration is run; repeat r has the seed `seed + r`.
        seed: That of repeat 0.
        budget: When each search ends.
        data: What is forecast.
        configurations: The experiments.
        baseline: The label of the configuration that the others are held against; None without.
    """

    name: str
    text: str
    overrides: Mapping[str, Any]
    values: Mapping[str, Any]
    repeats: int
    seed: int
    budget: Budget
    data: Data
    configurations: tuple[Configuration, ...]
    baseline: str | None

    @property
    def n_runs(self) -> int:
        """How many runs there are in all."""
        return self.repeats * len(self.configurations)

    def jobs(self) -> Iterator[tuple[Configuration, int]]:
        """Yield each configuration and repeat, so that what is cut short is still balanced."""
        for repeat in range(self.repeats):
            for configuration in self.configurations:
                yield configuration, repeat


def battery_names() -> tuple[str, ...]:
    """Return the names of the batteries that come with the program, sorted."""
    return LIBRARY.names()


def battery_summary(name: str) -> str:
    """Return what a battery that comes with the program is, in one line.

    Raises:
        ConfigError: There is none of this name, or its file has a fault.
    """
    return LIBRARY.table(name).take("summary", TEXT)


def read_battery(name: str, overrides: Mapping[str, Any] | None = None) -> Battery:
    """Read the file of a battery.

    Args:
        name: A battery that comes with the program, or the path of a TOML file.
        overrides: Values by their keys in the file; those of `data` replace single options, and all
            of it where it is 'demo'.

    Raises:
        ConfigError: There is no such battery, or its file has a fault.
    """
    path = LIBRARY.path(name)
    return parse_battery(read_text(path), str(path), overrides or {})


def parse_battery(text: str, where: str, overrides: Mapping[str, Any], name: str = "") -> Battery:
    """Return what the text of a battery's file asks for.

    Args:
        text: What stands in the file.
        where: What the file is called in an error.
        overrides: As for `read_battery`.
        name: What the battery is called, where that is not the name of the file.

    Raises:
        ConfigError: It has a fault; the message names the file.
    """
    table = parse_toml(text, where)
    table = TomlTable(laid_over(table.values, overrides), where)
    table.check_keys(KEYS)
    preset_name, limits = table.take("preset", TEXT, "default"), table.texts("budget")
    with table.names_faults():
        start, budget = preset(preset_name), Budget.parse(limits)
    protocol = protocol_from(table.values, where, start.protocol)
    colony = table.table("ants")
    ants = read(AntSwarm, colony.values, colony.where, start.ants)
    base = Configuration("", ants, protocol)
    configurations = configurations_from(table, base)
    baseline = table.take("baseline", TEXT, None)
    labels = [configuration.label for configuration in configurations]
    if baseline is not None and baseline not in labels:
        raise ConfigError(
            f"{where}: `baseline` must be the label of a configuration. Got {brief(baseline)}."
            + did_you_mean(baseline, labels)
        )
    repeats = _whole(table, "repeats", 1, least=1)
    if repeats * len(configurations) > MOST_RUNS:
        raise ConfigError(
            f"{where}: `repeats` must leave at most {MOST_RUNS:,} runs of "
            f"{len(configurations):,} configurations. Got {brief(repeats)}."
        )
    return Battery(
        name=name or Path(where).stem,
        text=text,
        overrides=overrides,
        values=table.values,
        repeats=repeats,
        seed=_whole(table, "seed", 0, least=0),
        budget=budget,
        data=data_from(table, start.scale),
        configurations=configurations,
        baseline=baseline,
    )


def laid_over(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a battery's values with others laid over them, those of `data` one by one.

    New files for training take away the former `valid` and `test` too: those go with the former.
    """
    merged = dict(values) | dict(overrides)
    own, other = values.get("data"), overrides.get("data")
    if isinstance(own, dict) and isinstance(other, dict):
        kept = {k: v for k, v in own.items() if k not in ("valid", "test") or "files" not in other}
        merged["data"] = kept | other
    return merged


def _whole(table: TomlTable, key: str, default: int, least: int) -> int:
    value = table.take(key, WHOLE, default)
    if value < least:
        raise ConfigError(f"{table.where}: `{key}` must be at least {least}. Got {brief(value)}.")
    return value
