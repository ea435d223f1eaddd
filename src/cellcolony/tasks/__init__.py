"""What models are evolved for: a task holds data, and says how each kind of genome is trained on
them.

A task is a class that is registered in `TASKS` under its `kind`. It has a `measure`, `trainings` (a
`contract.Training` for each kind of genome), a `fingerprint` of its data, `describe()`, which says
all that a run's `config.toml` keeps of it, and `again(facts, files)`, which reads the data again.
`facts(table)` reads what `describe` wrote: what is known of the data without having them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Protocol

from cellcolony.contract import Measure, Problem, Training
from cellcolony.errors import ConfigError
from cellcolony.registry import Registry

Files = Mapping[str, Sequence[str]]
"""The files of some splits, by "train", "valid" and "test", where they have moved."""


class Facts(Protocol):
    """What is known of a task's data without having them; it comes from a run's `config.toml`.

    Attributes:
        fingerprint: A hash of the data.
        title: What is to be learned, in a few words.
        n_scored: How many rows or tokens each split scores.
    """

    fingerprint: str

    @property
    def title(self) -> str:
        """What is to be learned, in a few words."""
        ...

    @property
    def targets(self) -> tuple[str, ...]:
        """What is scored: the target columns, or nothing for a text as a whole."""
        ...

    def problem(self, output_cell: str) -> Problem:
        """Return what a method of search must know."""
        ...

    def compared(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values."""
        ...


class Task(Protocol):
    """The data of a study."""

    kind: ClassVar[str]
    measure: ClassVar[Measure]
    trainings: ClassVar[Mapping[str, Training]]

    @property
    def fingerprint(self) -> str:
        """A hash of the data."""
        ...

    def describe(self) -> dict[str, Any]:
        """Return what `config.toml` says of the data, as plain values."""
        ...

    def files(self) -> dict[str, str]:
        """Return what a run directory keeps of the data, by the files' names."""
        ...

    def check(self, training: Any) -> None:
        """Check that the data are enough for a training.

        Raises:
            DataError: They are not.
        """
        ...

    def score_candidate(
        self, genome: Any, loss: float, split: str, training: Any
    ) -> Iterable[tuple[str, str, float, int, int]]:
        """Score a genome as the search has trained it.

        Args:
            genome: With its trained weights, where those are kept.
            loss: Its validation loss.
            split: "valid" or "test".
            training: The settings by which it was trained.

        Returns:
            Target, measure, value, trainable numbers, and how many rows were scored; nothing on a
            split for which the trained weights are needed and not kept.
        """
        ...

    @classmethod
    def facts(cls, table: Mapping[str, Any], where: str) -> Any:
        """Read what `describe` wrote.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        ...

    @classmethod
    def again(cls, facts: Any, files: Files) -> Task:
        """Read the data again, from where they were or from files that are named anew.

        Raises:
            ConfigError: The settings do not say where the data came from.
            DataError: A file cannot be used.
        """
        ...


TASKS: Registry[type[Task]] = Registry("task", "cellcolony.tasks", "cellcolony.tasks")


def training_of(task: type[Task], genome: str, who: str) -> Training:
    """Return how genomes of a kind are trained for a task.

    Args:
        task: The class of the task.
        genome: The kind of genome.
        who: Who brings such genomes, for the error: "the method 'ants'".

    Raises:
        ConfigError: The task cannot train them; the message says which kinds it can.
    """
    if genome in task.trainings:
        return task.trainings[genome]
    fits = " or ".join(f"a {kind}" for kind in task.trainings)
    raise ConfigError(f"{who} searches for a {genome}, and the task {task.kind!r} trains {fits}.")
