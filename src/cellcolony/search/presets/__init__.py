"""Presets: a study under a name, but for its data. One TOML file a preset; nothing else is edited.

`library/forecast/` holds those of `cellcolony search`, `library/language/` those of `evolve-node`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Annotated, Any, Literal, TypeAlias

from annotated_types import Ge

from cellcolony.contract import Judge
from cellcolony.judges import JUDGES
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.networks.protocol import Protocol, protocol_from
from cellcolony.search.ants import AntSwarm
from cellcolony.search.methods import METHODS
from cellcolony.search.nodes import NodeEvolution
from cellcolony.search.taps import Taps
from cellcolony.settings import Known, OneOf, faults_at, read, read_tagged, settings
from cellcolony.tasks.scaling import SCALES
from cellcolony.tasks.text.tokenizers import TOKENIZERS
from cellcolony.toml_library import TomlLibrary

TaskKind: TypeAlias = Literal["forecast", "language"]
TASKS: tuple[TaskKind, ...] = ("forecast", "language")
LIBRARIES = {
    task: TomlLibrary("preset", Path(__file__).parent / "library" / task) for task in TASKS
}
DEFAULTS = {"forecast": "default", "language": "small"}
RIVALS = ("lstm", "gru", "nascell")
"""The cells that an evolved node has to beat."""


@settings
class ForecastTaskSettings:
    """What a preset says of a forecast.

    Attributes:
        scale: How columns are scaled; None where the preset leaves it open.
        holds_out_test: Whether rows are held out for a test where files validate and none tests.
        calendar: Whether hour, weekday and month are read from a column of dates.
    """

    scale: Annotated[str, OneOf(SCALES)] | None = None
    holds_out_test: bool = True
    calendar: bool = True


@settings
class LanguageTaskSettings:
    """What a preset says of a text.

    Attributes:
        tokens: How a text is cut.
        vocabulary: How many tokens a model knows.
    """

    tokens: Annotated[str, Known(TOKENIZERS.__getitem__)] = "lines"
    vocabulary: Annotated[int, Ge(3)] = 10_000


@settings
class _Head:
    """What stands in a preset's file outside of tables; see `Preset`."""

    summary: str
    source: str
    rivals: tuple[str, ...] | None = None
    tuned: tuple[str, ...] = ()
    n_seeds: Annotated[int, Ge(1)] = 3
    rates: tuple[float, ...] = (1.0,)
    contenders: Annotated[int, Ge(1)] = 1
    control: str = "random"
    budget: tuple[str, ...] = ()


@dataclass(frozen=True)
class Preset:
    """A study under a name, but for its data.

    Attributes:
        name: What it is called: the name of its file.
        task: What it is for: "forecast" or "language".
        summary: What it is, in one line.
        source: Where its settings come from.
        task_settings: `ForecastTaskSettings` or `LanguageTaskSettings`.
        method: The settings of the method of search.
        training: How candidates are trained: a `Protocol`, or a `LanguageTraining`.
        judge: How much training a candidate gets; None for what suits the method.
        final: What is different in the final training, as its tables in the file.
        rivals: Who is compared; None where the preset leaves it open.
        tuned: Those of them that get as many trainings as the search.
        n_seeds: With how many seeds everybody is trained in the end.
        rates: The menu of learning rates of those trainings, as factors.
        contenders: How many of the best nodes take part in that menu.
        control: The controls of the search, with commas between.
        budget: When the search ends; empty where the preset leaves it open.
    """

    name: str
    task: TaskKind
    summary: str
    source: str
    task_settings: Any
    method: Any
    training: Any
    judge: Judge | None
    final: Mapping[str, Any]
    rivals: tuple[str, ...] | None
    tuned: tuple[str, ...]
    n_seeds: int
    rates: tuple[float, ...]
    contenders: int
    control: str
    budget: tuple[str, ...]

    @property
    def ants(self) -> AntSwarm:
        """The settings of the colony."""
        return self.method

    @property
    def protocol(self) -> Protocol:
        """How networks are trained."""
        return self.training

    @property
    def scale(self) -> str | None:
        """How columns are scaled; None where the preset leaves it open."""
        return self.task_settings.scale

    @property
    def holds_out_test(self) -> bool:
        """Whether rows are held out for a test where files validate and none tests."""
        return self.task_settings.holds_out_test

    @property
    def calendar(self) -> bool:
        """Whether hour, weekday and month are read from a column of dates."""
        return self.task_settings.calendar

    def final_training(self, training: LanguageTraining) -> LanguageTraining:
        """Return the final training, where candidates are trained by this one."""
        return read(LanguageTraining, self.final, f"{self.name}, [final]", training)


def preset_names(task: TaskKind = "forecast") -> tuple[str, ...]:
    """Return the names of the presets for a task that come with the program, sorted."""
    return LIBRARIES[task].names()


def preset(name: str, task: TaskKind = "forecast") -> Preset:
    """Return the preset called `name`.

    Args:
        name: A preset that comes with the program, or the path of a TOML file of your own.
        task: What it is for.

    Raises:
        ConfigError: There is none, or its file has a fault; the message names the nearest one.
    """
    table, where = LIBRARIES[task].values(name)
    is_text = task == "language"
    head = read(_Head, table, where, ignore=("task", "method", "training", "judge", "final"))
    about = read(
        LanguageTaskSettings if is_text else ForecastTaskSettings,
        table.get("task", {}),
        f"{where}, [task]",
    )
    usual = NodeEvolution() if is_text else Taps()
    genome = "tree" if is_text else "network"
    fitting = {one: METHODS[one] for one in METHODS.names() if METHODS[one].genome == genome}
    method = read_tagged(fitting, table.get("method", {}), f"{where}, [method]", base=usual)
    final = table.get("final", {})
    if is_text and head.rivals is None:
        head = replace(head, rivals=RIVALS)
    if is_text:
        training = read(LanguageTraining, table.get("training", {}), f"{where}, [training]")
        read(LanguageTraining, final, f"{where}, [final]", training)  # so that a fault is told now
    else:
        training = protocol_from(table, where, Protocol(), "training")
        protocol_from(table, where, training, "final")
    return Preset(
        name=Path(name).stem,
        task=task,
        task_settings=about,
        method=method,
        training=training,
        judge=_judge(table["judge"], f"{where}, [judge]") if "judge" in table else None,
        final=final,
        **vars(head),
    )


def _judge(table: Any, where: str) -> Judge:
    name = table.get("name") if isinstance(table, Mapping) else None
    if not isinstance(name, str):
        return read_tagged(JUDGES, table, where)  # which says what is wrong
    with faults_at(where):
        cls = JUDGES[name]  # alone: others bring a compiler
    return read_tagged({name: cls}, table, where)


__all__ = ["DEFAULTS", "RIVALS", "TASKS", "Preset", "TaskKind", "preset", "preset_names"]
