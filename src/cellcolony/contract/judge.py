"""How candidates are trained, and how much training each gets."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract.candidate import Candidate, Evaluation

StopFlag: TypeAlias = NDArray[np.uint8]
"""`(1,)`; while it is not 0, a training ends soon with what it has."""
Work: TypeAlias = Callable[[Any], Any]
"""Carries out one task on a worker: judges a candidate, for instance."""
Begin: TypeAlias = Callable[[StopFlag], Work]
"""Is called once on a worker, with the stop flag, and returns what carries out tasks there. It is
sent to other processes, so it must be picklable; what it returns may hold anything."""


@dataclass(frozen=True)
class Training:
    """How genomes of one kind are trained for a task.

    Attributes:
        settings: The class of its settings, a frozen dataclass.
        begin: From the task, the settings, the seed, the caps of one candidate, the cells that may
            come and whether workers are other processes, to what begins on a worker: a function
            from a `Candidate` to its `Evaluation`.
        output_cell: From the settings to the cell of output nodes; None where there are none.
        warm_up: Compiles what cells need before the first training by these settings, in the
            calling thread; None where nothing is compiled.
        executor: Where candidates are judged if nobody says where.
        fitted: From the settings and the task to the settings for these data; None where they are
            the same for all.
        presets: Settings under a name.
        on_gpu: Whether `begin` takes a `device`, "cuda": candidates train on a GPU where somebody
            says so.
    """

    settings: type
    begin: Callable[..., Begin]
    output_cell: Callable[[Any], str] | None = None
    warm_up: Callable[[Iterable[str], Any], float] | None = None
    executor: str = "threads"
    fitted: Callable[[Any, Any], Any] | None = None
    presets: Mapping[str, Any] = field(default_factory=dict)
    on_gpu: bool = False


class Referee(Protocol):
    """A judge's half on the master: it decides what the method is told, and who is promoted.

    The ledger asks it before the method: a promotion is a candidate of its own, with a new number,
    that goes on from the weights and the memory of an earlier one. Everything that it decides
    depends on what it was told, in that order, and on nothing else, so that strict order holds.
    When everything was told, it must either promote somebody or have told the method everything.
    """

    def assign(self, candidate: Candidate) -> Candidate:
        """Return a candidate of the method with the effort that its first judging is worth."""
        ...

    def ask(self, number: int) -> Candidate | None:
        """Return the candidate that is promoted next, under this number; None for nobody."""
        ...

    def tell(
        self, candidate: Candidate, evaluation: Evaluation
    ) -> Sequence[tuple[int, Evaluation]]:
        """Take in an evaluation; return what the method is told now, by its candidates' numbers."""
        ...

    def state(self) -> dict[str, Any]:
        """Return everything that `restore` needs, as plain arrays and values.

        `judges/saved.py` makes such values of candidates and evaluations.
        """
        ...


class Judge(Protocol):
    """The settings of a judge: a frozen dataclass in `judges/`, or in another package.

    A judge that is much faster with many candidates at once has a class attribute `batch`, how
    many: its half on a worker then takes a tuple of candidates too, and returns a list of as many
    evaluations, each the same as alone.

    A judge that must see the study beforehand has a method `begin_study(task, training, efforts)`:
    it is given what is known of the data, how candidates are trained, and how many times the
    training's epochs they are by the method, and returns the judge as the study keeps it, or raises
    `ConfigError`.

    A judge that stands on files names those that a run directory keeps in a class attribute `kept`,
    and has two more methods: `files()` returns them by name, from where its settings say, and
    `with_files(files, where)` what begins with files that a run has kept. Both raise `RunError`
    where they are not those that the study was begun with.

    Where the best candidates of a search are those of the lowest guide, not of the lowest loss, a
    class attribute `by_guide` is true: so they are chosen for final trainings, which measure them;
    `led_by` says for reports what the guide is, in words that follow "led by". Where candidates
    have the beginning of a longer training alone, `begins` is true.
    """

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return the half on a worker, on top of the task's own training.

        Args:
            train: Returns the task's training; with `keep_memory=True` evaluations carry what a
                promoted candidate goes on from, and `schedule_effort` is the effort that learning
                rates are spread over. With `of_epochs=n` trainings of texts are the beginnings of
                trainings of n epochs; `beside` tells their guide from the tokens of the validation
                text (`judges.training.texts.Beside`), and `proxy` is a smaller training for
                candidates of less effort (`judges.training.texts.Proxy`). `train(untrained=True)`
                returns what scores weights as they are: on a worker,
                `judges.training.untrained.Untrained`. It raises `ConfigError` where genomes have no
                weights of their own.
        """
        ...

    def referee(self) -> Referee:
        """Return the half on the master, as a search begins."""
        ...

    def restore(self, state: Mapping[str, Any]) -> Referee:
        """Return the half on the master, as `Referee.state` left it.

        Raises:
            KeyError, TypeError, ValueError: The state holds a value that cannot be.
        """
        ...
