"""A battery: what its file asks for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from pathlib import Path
from typing import Annotated, Any

from annotated_types import Ge

from cellcolony.contract import Measure
from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.judges.full import FullTraining
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.runs.battery.data import LANGUAGE, Data, data_from, kind_of_data
from cellcolony.runs.battery.grid import (
    PARTS,
    Axis,
    Configuration,
    configurations_from,
    with_settings,
)
from cellcolony.runs.budget import Budget
from cellcolony.search.methods import METHODS, method_of
from cellcolony.search.presets import DEFAULTS, Preset, preset
from cellcolony.settings import faults_at, read, settings
from cellcolony.store import foreign
from cellcolony.tasks.forecast_options import Texts
from cellcolony.tasks.settings import names_of
from cellcolony.toml_library import TomlLibrary, read_text

LIBRARY = TomlLibrary("battery", Path(__file__).parent / "library")
MOST_RUNS = 1_000_000
TABLES = (*PARTS, "data", "final")

USUAL = {**DEFAULTS, "forecast": "ants"}
"""The preset where a battery names none: batteries repeat the experiments of the papers."""


@settings
class Head:
    """What stands in a battery's file, but for the parts that its data and method decide.

    Attributes:
        summary: What it is, in one line.
        preset: The settings that all configurations begin with; empty for the usual.
        repeats: How often each configuration is run.
        seed: That of the first repeat.
        budget: When each search ends; None for the preset's.
        baseline: The label of the configuration that the others are compared with.
        axis: The axes of a grid of configurations.
        configuration: Configurations that are listed one by one.
    """

    summary: str = ""
    preset: str = ""
    repeats: Annotated[int, Ge(1)] = 1
    seed: Annotated[int, Ge(0)] = 0
    budget: Texts | None = None
    baseline: str | None = None
    axis: tuple[Axis, ...] = ()
    configuration: tuple[Mapping[str, Any], ...] = ()


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
        data: What is learned.
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

    @property
    def measure(self) -> Measure:
        """What the runs are compared by."""
        return self.data.task.measure

    @property
    def title(self) -> str:
        """What is measured: "MAE", or "search perplexity" where nothing is trained in the end."""
        if self.data.kind != LANGUAGE:
            return self.measure.title
        stage = "search" if self.configurations[0].final is None else "final"
        return f"{stage} {self.measure.title}"

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
    values, where = LIBRARY.values(name)
    return read(Head, values, where, ignore=TABLES).summary


def read_battery(name: str, overrides: Mapping[str, Any] | None = None) -> Battery:
    """Read the file of a battery.

    Args:
        name: A battery that comes with the program, or the path of a TOML file.
        overrides: Values by their keys in the file; those of `data` replace single options, and all
            of it where it is the name of a demonstration's.

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
    try:
        values = laid_over(foreign.parse_toml(text), overrides)
    except ValueError as error:
        raise ConfigError(f"{where}: expected TOML: {error}.") from error
    head = read(Head, values, where, ignore=TABLES)
    kind = kind_of_data(values)
    with faults_at(where):
        start = preset(head.preset or USUAL[kind], "language" if kind == LANGUAGE else "forecast")
    data = data_from(values, where, start)
    base = Configuration("", start.method, start.training, None, method_of(start.method)[0])
    parts = {key: values[key] for key in PARTS if key in values}
    base = with_settings(base, parts, where, data.task)
    found = configurations_from(head.axis, head.configuration, where, base, data.task)
    found = tuple(_with_judge(_with_final(one, values, where, start, data), start) for one in found)
    labels = [one.label for one in found]
    if head.baseline is not None and head.baseline not in labels:
        raise ConfigError(
            f"{where}: `baseline` must be the label of a configuration. Got "
            f"{brief(head.baseline)}.{did_you_mean(head.baseline, labels)}"
        )
    if head.repeats * len(found) > MOST_RUNS:
        raise ConfigError(
            f"{where}: `repeats` must leave at most {MOST_RUNS:,} runs of {len(found):,} "
            f"configurations. Got {brief(head.repeats)}."
        )
    return Battery(
        name=name or Path(where).stem,
        text=text,
        overrides=overrides,
        values=values,
        repeats=head.repeats,
        seed=head.seed,
        budget=_budget(head, where, start, found),
        data=data,
        configurations=found,
        baseline=head.baseline,
    )


def _budget(head: Head, where: str, start: Preset, found: tuple[Configuration, ...]) -> Budget:
    """Return when searches end; only a method that ends by itself needs no budget."""
    limits = start.budget if head.budget is None else names_of(head.budget)
    if not limits and head.budget is None:
        for one in found:
            search = one.search
            if (
                METHODS[one.method].n_candidates(search) is None
                and METHODS[one.method].genome != "cell"
            ):
                raise ConfigError(
                    f"{where}: `budget` is missing; it must be a text or a list of texts: the "
                    f"method {one.method!r} ends by no other limit."
                )
        return Budget()
    with faults_at(where):
        budget = Budget.parse(limits)
        for one in found:
            has = "generations" in {field.name for field in fields(one.search)}
            if budget.generations is not None and not has:
                raise ConfigError(f"the method {one.method!r} has no generations.")
    return budget


def _with_final(
    one: Configuration, values: Mapping[str, Any], where: str, start: Preset, data: Data
) -> Configuration:
    """Return a configuration with its final training, where the file asks for one."""
    if "final" not in values:
        if METHODS[one.method].genome == "cell":
            raise ConfigError(
                f"{where}: the method {one.method!r} searches for nothing. Write a table [final]."
            )
        return one
    if data.kind != LANGUAGE:
        raise ConfigError(f"{where}: [final] is for texts, and the data are to be forecast.")
    final = start.final_training(one.training)
    return replace(one, final=read(LanguageTraining, values["final"], f"{where}, [final]", final))


def _with_judge(one: Configuration, start: Preset) -> Configuration:
    """Return a configuration with a judge: without one that of the preset, if for its method."""
    if one.judge is not None:
        return one
    is_start = isinstance(one.settings, type(start.method))
    return replace(one, judge=(start.judge if is_start else None) or FullTraining())


def laid_over(values: Mapping[str, Any], overrides: Mapping[str, Any]) -> dict[str, Any]:
    """Return a battery's values with others laid over them, those of `data` one by one.

    New files for training take away the former `valid` and `test` too: those go with the former.
    Those of a battery of texts are its `train`.
    """
    merged = dict(values) | dict(overrides)
    own, other = values.get("data"), overrides.get("data")
    if isinstance(other, dict):
        other = dict(other)
        given = {"data": other} if own is None else values
        if "files" in other and LANGUAGE in (kind_of_data(given), kind_of_data({"data": other})):
            other["train"] = other.pop("files")
        if isinstance(own, dict):
            is_new = "files" in other or "train" in other
            own = {k: v for k, v in own.items() if not (is_new and k in ("valid", "test"))}
            other = own | other
        merged["data"] = other
    return merged
