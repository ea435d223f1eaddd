"""The configuration of a study: everything that makes it what it is, to and from `config.toml`.

    format, version, seed, order
    [packages]     the members of other packages that it uses, and the packages that they are from
    [task]         `kind`, what was understood of the data, their fingerprint and their source
    [method]       `name`, and the settings of the method of search
    [judge]        `name`, and the settings of the judge
    [training]     how a candidate is trained
    [caps]         the most that judging one candidate may take
    [[stages]]     `name`, and the settings of each stage, in their order
    [start]        of a search that began with given genomes: their digest, and where they are from

The budget, the number of workers and the executor do not belong to it: they may change with every
session, and `checkpoint.json` has those of the last one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from hashlib import sha256
from typing import Any

import tomli_w

from cellcolony.contract import Judge, Problem, Start, Training
from cellcolony.errors import ConfigError, brief
from cellcolony.judges import JUDGES
from cellcolony.judges.full import FullTraining
from cellcolony.judges.training.caps import Caps
from cellcolony.registry import REGISTRIES
from cellcolony.runs.budget import Budget
from cellcolony.runs.ledger import Order
from cellcolony.runs.stage import STAGES, Stage
from cellcolony.runs.start_file import digest_of_starts
from cellcolony.search.methods import Method, check_begins_with, method_of
from cellcolony.settings import MOST, plain
from cellcolony.tasks import TASKS, Facts, Task, training_of
from cellcolony.version import VERSION

CONFIG = "config.toml"
FORMAT = 3
"""Counts the changes of the run directory that other versions of the program cannot read."""
ORDERS = ("arrival", "strict")
_HEAD = """\
# A study of cellcolony {version}: its task, method, judge, training and stages. The budget and the
# number of workers are not part of it: checkpoint.json and result.toml have them.

"""


@dataclass(frozen=True)
class StudyConfig:
    """The configuration of a study.

    Attributes:
        task: What `Task.describe` says of the data.
        method: The settings of the method of search.
        training: How a candidate is trained.
        stages: What is done, in this order.
        judge: How much training a candidate gets.
        caps: The most that judging one candidate may take.
        seed: Keys every random stream.
        order: How results are told to the search.
        version: The version of the program that began the study.
        packages: The packages of members that are not ours, by "kind name".
        starts: The genomes that its search begins with; they stand in a file of their own.

    Raises:
        ConfigError: The parts do not fit together, or a value cannot be.
    """

    task: Mapping[str, Any]
    method: Any
    training: Any
    stages: tuple[Stage, ...]
    judge: Judge = field(default_factory=FullTraining)
    caps: Caps = field(default_factory=Caps)
    seed: int = 0
    order: Order = "arrival"
    version: str = VERSION
    packages: Mapping[str, str] = field(default_factory=dict)
    starts: tuple[Start, ...] = ()

    def __post_init__(self) -> None:
        if type(self.seed) is not int or not 0 <= self.seed <= MOST:
            raise ConfigError(
                f"`seed` must be a whole number of at least 0. Got {brief(self.seed)}."
            )
        if self.order not in ORDERS:
            raise ConfigError(f"`order` must be 'arrival' or 'strict'. Got {brief(self.order)}.")
        if self.order == "strict" and self.caps.seconds is not None:
            raise ConfigError(
                "In strict order a search must not depend on the machine: cap candidates by "
                f"`candidate_steps`. Got `candidate_seconds` {self.caps.seconds:g}."
            )
        self.trained_by  # noqa: B018  it raises where task and method do not fit
        if self.starts:
            check_begins_with(self.method_name)
        for stage in self.stages:
            self._check_stage(stage)

    def _check_stage(self, stage: Stage) -> None:
        kind = self.task["kind"]
        if stage.task not in (None, kind):
            known = [n for n in STAGES.own_names() if STAGES[n].task in (None, kind)]
            raise ConfigError(
                f"The stage {stage.name!r} is for a {stage.task} task, and the task is {kind!r}. "
                f"Its stages are {', '.join(known)}."
            )
        if (check := getattr(stage, "check", None)) is not None:
            check(self)

    @cached_property
    def task_class(self) -> type[Task]:
        """The class of the task."""
        return TASKS[self.task["kind"]]

    @cached_property
    def facts(self) -> Facts:
        """What is known of the data without having them."""
        return self.task_class.facts(self.task, "[task]")

    @cached_property
    def method_name(self) -> str:
        """The name of the method."""
        return method_of(self.method)[0]

    @cached_property
    def method_entry(self) -> Method:
        """The method of which these are the settings."""
        return method_of(self.method)[1]

    @property
    def genome(self) -> str:
        """The kind of genome that is searched for."""
        return self.method_entry.genome

    @property
    def is_by_guide(self) -> bool:
        """Whether the best candidates are those of the lowest guide, not of the lowest loss."""
        return getattr(self.judge, "by_guide", False)

    @cached_property
    def trained_by(self) -> Training:
        """How candidates are trained.

        Raises:
            ConfigError: The task cannot train what the method searches for.
        """
        return training_of(self.task_class, self.genome, f"the method {self.method_name!r}")

    @cached_property
    def problem(self) -> Problem:
        """What the method must know of the task."""
        output_cell = self.trained_by.output_cell
        return self.facts.problem("linear" if output_cell is None else output_cell(self.training))

    @property
    def cells(self) -> tuple[str, ...]:
        """The cells that candidates may compute, those of outputs among them, sorted."""
        own = set(self.method_entry.cells(self.method))
        if self.trained_by.output_cell is not None:
            own.add(self.trained_by.output_cell(self.training))
        return tuple(sorted(own))

    def stage(self, name: str) -> Stage | None:
        """Return the stage of a name; None where the study has none."""
        return next((stage for stage in self.stages if stage.name == name), None)

    @property
    def searches(self) -> tuple[Any, ...]:
        """The searches within the study, in the order of its stages: see `runs/within.py`."""
        stages: tuple[Any, ...] = self.stages
        return tuple(
            one for stage in stages if hasattr(stage, "searches") for one in stage.searches(self)
        )

    def with_stage(self, stage: Stage) -> StudyConfig:
        """Return the configuration with a stage in the place of the one of its name."""
        stages = tuple(stage if one.name == stage.name else one for one in self.stages)
        return replace(self, stages=stages)

    def within(self, budget: Budget) -> tuple[StudyConfig, Budget]:
        """Return the study whose method has as many generations as a budget allows.

        Raises:
            ConfigError: The budget counts generations, and the method has none.
        """
        if budget.generations is None:
            return self, budget
        if not hasattr(self.method, "generations"):
            raise ConfigError(
                f"The method {self.method_name!r} has no generations. Got a budget of {budget}."
            )
        return replace(self, method=replace(self.method, generations=budget.generations)), budget

    def check_budget(self, budget: Budget) -> None:
        """Check that a budget has a candidate for each colony, where the method has several.

        Raises:
            ConfigError: It has fewer.
        """
        n, colonies = budget.n_candidates, getattr(self.method, "colonies", 1)
        if n is not None and colonies > n:
            raise ConfigError(
                f"`colonies` must be at most the budget, {budget}: each colony asks for one at "
                f"least. Got {colonies}."
            )

    def to_toml(self) -> str:
        """Return the configuration as TOML."""
        body = {
            "format": FORMAT,
            "version": self.version,
            **self._search(),
            "packages": dict(self.packages),
            "task": _without_none(self.task),
            "stages": [{"name": stage.name, **plain(stage)} for stage in self.stages],
            **self._start(),
        }
        return _HEAD.format(version=self.version) + tomli_w.dumps(body)

    def to_compare(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values.

        What may grow from session to session, such as generations, is left out; so are the stages:
        each of their items tells by its key what it depends on.
        """
        own = self._search()
        for name in self.method_entry.grows:
            *within, last = name.split(".")
            table = own["method"]
            for part in within:
                table = table[part]
            table.pop(last, None)
        return {**own, **_without_none(self.facts.compared()), **self._start()}

    def _start(self) -> dict[str, Any]:
        """Return what is said of the genomes that the search begins with."""
        if not self.starts:
            return {}
        origins = [start.origin for start in self.starts]
        return {"start": {"digest": digest_of_starts(self.starts), "from": origins}}

    @property
    def digest(self) -> str:
        """A digest of what a continued run must have in common with this: see `to_compare`."""
        text = json.dumps(self.to_compare(), sort_keys=True, default=str)
        return sha256(text.encode()).hexdigest()

    @property
    def title(self) -> str:
        """What a study is called that has no run directory."""
        return f"{self.method_name}, {self.digest[:8]}"

    def to_show(self) -> dict[str, Any]:
        """Return what makes the study what it is in tables, for people: without what was found."""
        return {
            "version": self.version,
            **self._search(),
            "task": {"kind": self.task["kind"], **_without_none(self.facts.compared())},
            "stages": {stage.name: plain(stage) for stage in self.stages},
        }

    def _search(self) -> dict[str, Any]:
        return {
            "seed": self.seed,
            "order": self.order,
            "method": {"name": self.method_name, **plain(self.method)},
            "judge": {"name": judge_name(self.judge), **plain(self.judge)},
            "training": plain(self.training),
            "caps": plain(self.caps),
        }

    def with_packages(self) -> StudyConfig:
        """Return the configuration with the packages of all members that are not ours."""
        named = set(_texts_in([self._search(), [plain(stage) for stage in self.stages]]))
        named |= {self.task["kind"], *self.cells, *(stage.name for stage in self.stages)}
        found = {
            f"{registry.kind} {name}": origin
            for registry in REGISTRIES
            for name in sorted(named)
            if (origin := registry.package_of(name)) is not None
        }
        return replace(self, packages=found)


def judge_name(judge: Judge) -> str:
    """Return the name of a judge.

    Raises:
        ConfigError: It has none.
    """
    for name in JUDGES.names():
        if JUDGES[name] is type(judge):
            return name
    raise ConfigError(f"There is no judge of the class {type(judge).__name__}. Register it.")


def _texts_in(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping | list | tuple):
        for one in value.values() if isinstance(value, Mapping) else value:
            yield from _texts_in(one)


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(one) for key, one in value.items() if one is not None}
    return [_without_none(one) for one in value] if isinstance(value, list | tuple) else value
