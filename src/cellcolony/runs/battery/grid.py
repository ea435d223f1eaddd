"""The configurations of a battery: a grid over axes, and some that are listed one by one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Annotated, Any, NamedTuple

from cellcolony.contract import Judge, Training
from cellcolony.errors import ConfigError, brief, did_you_mean
from cellcolony.judges import JUDGES
from cellcolony.runs.battery.data import Texts
from cellcolony.runs.budget import Budget
from cellcolony.search.methods import METHODS
from cellcolony.settings import (
    Before,
    Rule,
    Words,
    faults_at,
    read,
    read_tagged,
    record,
    settings,
)
from cellcolony.tasks import Task, training_of
from cellcolony.tasks.settings import names_of

MOST_CONFIGURATIONS = 100_000
"""Combinations of a grid: the paper's has 1,600."""
LISTED = "configuration"
"""What the axis is called on which each listed configuration is a level of its own."""
ABOUT = ("label", "groups", "budget")
PARTS = ("method", "training", "judge")
"""Keys of a level or of a listed configuration that are no settings of the method."""


class Place(NamedTuple):
    """A name on an axis: a level, or a group that several levels belong to."""

    axis: str
    name: str


@dataclass(frozen=True)
class Configuration:
    """One experiment of a battery.

    Attributes:
        label: What it is called; no other of the battery is called so.
        settings: The settings of the method; of a control, those of the method that it imitates.
        training: How candidates are trained.
        judge: How much training a candidate gets; None where nobody says so yet.
        method: The name of the method, or of the control.
        final: How the best candidate is trained in the end; None for no final training.
        levels: Its level on each axis.
        groups: What it is counted among in the tables: its levels, or the groups that they name.
        budget: When its searches end; None for the battery's.
    """

    label: str
    settings: Any
    training: Any
    judge: Judge | None
    method: str
    final: Any = None
    levels: tuple[Place, ...] = ()
    groups: tuple[Place, ...] = ()
    budget: Budget | None = None

    @property
    def search(self) -> Any:
        """The settings of the search."""
        entry = METHODS[self.method]
        return self.settings if entry.like is None else entry.like(self.settings)


AxisName = Annotated[str, Rule(lambda name: name != LISTED, f"not be {LISTED!r}")]
Groups = Annotated[
    tuple[str, ...],
    Before(lambda groups: (groups,) if isinstance(groups, str) else groups),
    Words("a text or a list of texts"),
]


@settings
class Axis:
    """A table [[axis]] of a battery's file.

    Attributes:
        name: What it is called.
        levels: What a configuration may be on it: tables of settings, each with a label.
    """

    name: AxisName
    levels: Annotated[tuple[Mapping[str, Any], ...], Rule(bool, "hold at least one table")]


@settings
class Level:
    """What a level, or a listed configuration, says of itself; the rest are settings.

    Attributes:
        label: What it is called.
        groups: What it is counted among in the tables; empty for itself.
        budget: When its searches end; None for the battery's. A method that does not train has its
            forward passes only, and may be given more of them.
    """

    label: str
    groups: Groups = ()
    budget: Texts | None = None


def configurations_from(
    axes: Sequence[Axis],
    listed: Sequence[Mapping[str, Any]],
    where: str,
    base: Configuration,
    task: type[Task],
) -> tuple[Configuration, ...]:
    """Return all configurations of a battery's file: the grid's, then the listed ones.

    Args:
        axes: Its tables [[axis]].
        listed: Its tables [[configuration]].
        where: What the file is called in an error.
        base: The settings that all of them begin with.
        task: What they learn.

    Raises:
        ConfigError: There are none or too many, two have the same label, two axes set the same
            setting, or a setting is unknown or has a value that it cannot have.
    """
    _check_names(where, "axis", [axis.name for axis in axes])
    _check_disjoint(where, axes)
    n = prod(len(axis.levels) for axis in axes)
    if n > MOST_CONFIGURATIONS:
        raise ConfigError(
            f"{where}: the axes have {n:,} combinations, and there may be "
            f"{MOST_CONFIGURATIONS:,}. Take out axes or levels."
        )
    found = [base] if axes else []
    for i, axis in enumerate(axes, 1):  # the last axis turns fastest
        at = f"{where}, axis {i} ({axis.name})"
        levels = [(one, f"{at}, levels {j}") for j, one in enumerate(axis.levels, 1)]
        _check_names(at, "level", [record(Level, *level).label for level in levels])
        found = [_changed(one, axis.name, *level, task) for one in found for level in levels]
    for i, one in enumerate(listed, 1):
        found.append(_changed(base, LISTED, one, f"{where}, {LISTED} {i}", task))
    if not found:
        raise ConfigError(
            f"{where}: there is nothing to run. Write tables [[axis]] or [[configuration]]."
        )
    _check_names(where, LISTED, [one.label for one in found])
    return tuple(found)


def _changed(
    base: Configuration, axis: str, table: Mapping[str, Any], where: str, task: type[Task]
) -> Configuration:
    """Return a configuration that has a level's settings, and a base's for the rest."""
    level = record(Level, table, where)
    groups = level.groups or (level.label,)
    _check_names(where, "group", groups)
    with faults_at(where):
        budget = base.budget if level.budget is None else Budget.parse(names_of(level.budget))
    return replace(
        with_settings(base, table, where, task),
        label=f"{base.label}, {level.label}" if base.label else level.label,
        levels=(*base.levels, Place(axis, level.label)),
        groups=(*base.groups, *(Place(axis, group) for group in groups)),
        budget=budget,
    )


def with_settings(
    base: Configuration, table: Mapping[str, Any], where: str, task: type[Task]
) -> Configuration:
    """Return a configuration with the method, the training and the judge that a table names.

    Args:
        base: What it is without them.
        table: `method`, `training` and `judge`, each a name or a table of settings, or settings of
            the method by their own names.
        where: What the table is called in an error.
        task: What is learned.

    Raises:
        ConfigError: A name or a setting is unknown, or has a value that it cannot have.
    """
    given = {key: table[key] for key in table if key not in (*ABOUT, *PARTS)}
    method, inside = base.method, _named("method", table, where)
    if "name" in inside:
        method = inside["name"]
        known = [one for one in METHODS.names() if METHODS[one].genome in task.trainings]
        if not (isinstance(method, str) and method in known):
            cure = did_you_mean(method, known) if isinstance(method, str) else ""
            raise ConfigError(
                f"{where}: `method` must be one of: {', '.join(known)}. Got {brief(method)}.{cure}"
            )
    entry = METHODS[method]
    own = METHODS[entry.control_of] if entry.control_of and entry.like else entry
    settings = base.settings if type(base.settings) is own.settings else own.settings()
    named = {key: value for key, value in inside.items() if key != "name"}
    for part, at in ((named, f"{where}, [method]"), (given, where)):
        if part:
            settings = read(own.settings, part, at, settings)
    training, judge = base.training, base.judge
    if "training" in table or "name" in inside:
        trained_by = training_of(task, entry.genome, f"The method {method!r}")
        training = _training(table, where, trained_by, training)
    if "judge" in table:
        judge = read_tagged(JUDGES, _named("judge", table, where), f"{where}, judge", base=judge)
    return replace(base, settings=settings, training=training, judge=judge, method=method)


def _named(part: str, table: Mapping[str, Any], where: str) -> Mapping[str, Any]:
    """Return a part of a table, which may be a name or a table; an empty one where it is none."""
    given = table.get(part, {})
    given = {"name": given} if isinstance(given, str) else given
    if not isinstance(given, Mapping):
        raise ConfigError(f"{where}: `{part}` must be a name or a table. Got {brief(given)}.")
    return given


def _training(table: Mapping[str, Any], where: str, training: Training, base: Any) -> Any:
    """Return a training by its name, or by a table: what it leaves open is of the name, or base."""
    given = _named("training", table, where)
    name, is_name = given.get("name"), isinstance(table.get("training"), str)
    start = base if type(base) is training.settings else training.settings()
    if isinstance(name, str) and (is_name or training.presets):
        if name not in training.presets:
            cure = did_you_mean(name, training.presets)
            raise ConfigError(f"{where}: there is no protocol {name!r}.{cure}")
        start = training.presets[name]
    return start if is_name else read(training.settings, given, f"{where}, training", start)


def _check_names(where: str, kind: str, names: Sequence[str]) -> None:
    for name, n in Counter(names).items():
        if n > 1:
            raise ConfigError(f"{where}: {kind} {name!r} stands {n} times. Name each once.")
        if not (name.strip() and name.isprintable()):
            raise ConfigError(f"{where}: each {kind} needs a name of one line. Got {name!r}.")


def _check_disjoint(where: str, axes: Iterable[Axis]) -> None:
    """Check that no two axes set the same setting, of which one would be lost."""
    owner: dict[str, str] = {}
    for axis in axes:
        name = axis.name
        keys = {key for level in axis.levels for key in _keys(level) if key not in ABOUT}
        for key in sorted(keys):
            parts = key.split(".")
            above = [".".join(parts[:i]) for i in range(1, len(parts) + 1)]
            for known in owner:
                if owner[known] != name and (known in above or known.startswith(f"{key}.")):
                    raise ConfigError(
                        f"{where}: the axes {owner[known]!r} and {name!r} both set `{key}`. "
                        "Let one axis set it."
                    )
        owner |= dict.fromkeys(keys, name)


def _keys(table: Mapping[str, Any], before: str = "") -> Iterator[str]:
    """Yield the dotted names of what a table sets; one with a `name` sets all of its part."""
    for key, value in table.items():
        if isinstance(value, Mapping) and "name" not in value:
            yield from _keys(value, f"{before}{key}.")
        else:
            yield f"{before}{key}"
