"""The contracts between the parts of a study, as prose and types.

A study is a task, a method, a judge and stages. The *task* holds the data, and says how a genome
of each kind is trained for it. The *method* of search proposes genomes: `ask` gives a candidate,
`tell` takes in what became of it. The *judge* decides how much training a candidate gets: on a
worker it turns a candidate into an `Evaluation`, and on the master its `Referee` may promote a
candidate to more training. *Stages* follow each other: the search, its control, rivals, final
trainings, scores.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from statistics import fmean
from typing import Any, ClassVar, Generic, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

StopFlag: TypeAlias = NDArray[np.uint8]
"""`(1,)`; while it is not 0, a training ends soon with what it has."""
Memory: TypeAlias = Mapping[str, NDArray[Any]]
"""Arrays by name: what a training needs, beside the weights, to go on to the bit."""


@dataclass(frozen=True, eq=False)
class Evaluation:
    """What came out of judging one candidate. Build it with `succeeded` or `failed`.

    Attributes:
        loss: The validation loss, lower is better; infinite for a failure.
        weights: The trained weights, `(n_all_weights,) float32`; None for a failure, and where a
            candidate's weights are not kept: those of a language model, for instance.
        curve: The validation loss of the starting weights, then after each epoch.
        seconds: Wall time that the judging took.
        n_steps: How many time steps were trained on.
        failure: Why the candidate failed, or None.
        memory: What the training needs to go on, where the judge may promote the candidate.
        guide: What the method is led by in the loss's place, lower is better: a screening score,
            what a longer training is predicted to end at, or the error on the training rows where
            the method evolves the weights itself. None where it is led by the loss. Fronts and
            scores know the loss alone.
        gradient_rms: The root mean square, over about the last thousand updates, of the loss's
            gradient by each weight, `(n_all_weights,) float32`, 0 where a weight reaches no output:
            how much the loss cares about it. None where the candidate does not ask for it, and
            where the optimizer does not know it.
    """

    loss: float
    weights: NDArray[np.float32] | None
    curve: tuple[float, ...] = ()
    seconds: float = 0.0
    n_steps: int = 0
    failure: str | None = None
    memory: Memory | None = None
    guide: float | None = None
    gradient_rms: NDArray[np.float32] | None = None

    @property
    def n_epochs(self) -> int:
        """How many epochs of training were finished, by the curve."""
        return max(len(self.curve) - 1, 0)

    @classmethod
    def succeeded(
        cls,
        loss: float,
        weights: NDArray[np.float32] | None,
        curve: tuple[float, ...] = (),
        seconds: float = 0.0,
        n_steps: int = 0,
        memory: Memory | None = None,
        guide: float | None = None,
        gradient_rms: NDArray[np.float32] | None = None,
    ) -> Evaluation:
        """Return the evaluation of a trained candidate; a loss that is not finite fails."""
        if not math.isfinite(loss):
            return cls.failed(f"its validation loss was {loss}", seconds, n_steps)
        kept, rms = (
            None if one is None else np.asarray(one, np.float32) for one in (weights, gradient_rms)
        )
        return cls(float(loss), kept, tuple(curve), seconds, n_steps, None, memory, guide, rms)

    @classmethod
    def failed(cls, reason: str, seconds: float = 0.0, n_steps: int = 0) -> Evaluation:
        """Return the evaluation of a candidate that diverged, ran out of time or died."""
        return cls(math.inf, None, (), seconds, n_steps, reason)

    def for_method(self) -> Evaluation:
        """Return what the method is told: the guide, where there is one, is the loss."""
        return self if self.guide is None else replace(self, loss=self.guide, guide=None)


class Signal(Enum):
    """What `ask` may answer instead of a candidate."""

    WAIT = "wait"
    """Nothing now: tell the results that are still out, then ask again."""
    DONE = "done"
    """Nothing any more: the search has ended."""


WAIT, DONE = Signal.WAIT, Signal.DONE


class Genome(Protocol):
    """What a search varies and a run keeps: a `Network`, or the `Tree` of a node; immutable.

    Attributes:
        kind: What it is called in the files of a run: "network" or "tree".
    """

    kind: ClassVar[str]

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values that JSON can hold, but for weights."""
        ...


G_co = TypeVar("G_co", bound=Genome, covariant=True)


@dataclass(frozen=True)
class Candidate(Generic[G_co]):
    """A genome to be judged.

    Attributes:
        number: Counts candidates from 0 in the order of asking.
        genome: A network with the weights that training starts from, or a node's tree.
        parents: The numbers of the candidates that it descends from; none where ants laid it out.
        how: How it was made, as plain values for the journal. `epochs_before`, where weights are
            handed down, counts the epochs of training behind the starting weights; `entropy` says
            from 1 to 0 how undecided a colony's choices were; `trained_again` is the number under
            which a network that is trained longer was trained before; `rung` is its rung in a race,
            and `niche` with whom it is compared there; `made` says who proposed it, `without` what
            columns it tries to do without, `pruned` the number of the network that it is with fewer
            weights; `taught_by` holds the numbers of those whose mean is its teacher; `promoted` is
            the number of the candidate that a judge gives more training;
            `effort_before` is the effort that its `memory` has behind it.
        effort: How much judging it is worth: training takes so many times the settings' epochs,
            those that `memory` has behind it included.
        memory: What an earlier training of it has left, to go on from; None to begin anew.
        rate: The learning rates of its training are the settings' times this.
        teacher: A trained network whose forecasts of the training rows it learns, in place of the
            targets; None to learn the targets. Validation takes the targets in either case.
        weight_decay: Added to the settings' own; for networks that are trained on series alone.
        with_gradient_rms: Whether its evaluation is to hold the `gradient_rms`.
    """

    number: int
    genome: G_co
    parents: tuple[int, ...] = ()
    how: Mapping[str, Any] = field(default_factory=dict)
    effort: int = 1
    memory: Memory | None = field(default=None, compare=False)
    rate: float = 1.0
    teacher: G_co | None = field(default=None, compare=False)
    weight_decay: float = 0.0
    with_gradient_rms: bool = False

    @property
    def n_trainings(self) -> int:
        """How many trainings of the settings' length it is worth, without what is behind it."""
        return n_trainings(self.effort, self.how)


@dataclass(frozen=True)
class Start:
    """A genome that a search begins with, beside or in place of its own first candidates.

    Attributes:
        genome: A network, with weights or without, or the tree of a node.
        origin: Where it comes from, in a few words: "runs/load, network 12".
        epochs: The epochs of training behind its weights.
        rate: The factor of the learning rates of its training.
    """

    genome: Genome
    origin: str
    epochs: int = 0
    rate: float = 1.0


START_FROM = "start-from"
"""How a candidate came that a search was given, in its `how`; `config.toml` says from where."""


def n_trainings(effort: int, how: Mapping[str, Any]) -> int:
    """Return how many trainings a candidate of this effort is worth, made in this way."""
    return effort - int(how.get("effort_before", 0))


class Search(Protocol):
    """A method of search at work, steady-state or generational.

    Results are told in any order. `ask` may change the state (evaporation, an island's turn) and
    draws from the given stream alone; `tell` draws nothing, so that a run's outcome depends only on
    the order of asks and tells. WAIT and DONE change no state. A search whose every candidate has
    been told must not answer WAIT. A failed candidate is told like any other. Numbers rise, and may
    have gaps: the judge takes some for the candidates that it promotes.
    """

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        ...

    def ask(self, number: int, rng: np.random.Generator) -> Candidate | Signal:
        """Return the next candidate under this number, or WAIT, or DONE."""
        ...

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Take in what became of an asked candidate.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        ...

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values; no pickle."""
        ...


Tap: TypeAlias = tuple[int, int]
"""An input column some rows back: its place, and the lag, 0 for the row itself."""


@dataclass(frozen=True)
class LinearStart:
    """A linear model of taps, fitted on the training rows: a network may start from it.

    Attributes:
        taps: What it reads.
        weights: Of each tap, one for each output, in scaled units.
        bias: One for each output.
    """

    taps: tuple[Tap, ...]
    weights: tuple[tuple[float, ...], ...]
    bias: tuple[float, ...]


@dataclass(frozen=True)
class LinearView:
    """What linear regression on the training rows says about taps; see `tasks/linear_view.py`.

    Attributes:
        lags: How many lags were looked at of each input column, rising from 0.
        path: The taps in the order in which forward selection takes them.
        starts: Linear models, the best on validation first; none where none is better than nothing.
        visibility: The taps that explain most of the target alone, with their shares.
        pairs: The pairs of taps whose products explain most of what `path` leaves.
    """

    lags: tuple[int, ...]
    path: tuple[Tap, ...] = ()
    starts: tuple[LinearStart, ...] = ()
    visibility: tuple[tuple[int, int, float], ...] = ()
    pairs: tuple[tuple[Tap, Tap], ...] = ()


@dataclass(frozen=True)
class Problem:
    """What a method of search must know of the task.

    Attributes:
        inputs: The names of the input columns, in the data's order; none for a text.
        outputs: The names of the targets, in the data's order; none for a text.
        output_cell: What output nodes compute.
        linear: What linear regression says about taps, where the study's methods ask for it.
    """

    inputs: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    output_cell: str = "linear"
    linear: LinearView | None = None


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


@dataclass(frozen=True)
class Measure:
    """What models of a task are compared by; lower is better.

    Attributes:
        name: What it is called in files: "mae".
        title: What it is called in a sentence: "MAE".
        loss: What the search minimises, in words: "scaled validation loss".
        of_loss: From a loss of the search to the measure; None where a loss alone does not tell.
        geometric: Whether the mean over seeds is that of the logarithms.
        others: What else models are scored by, beside it.
    """

    name: str
    title: str
    loss: str
    of_loss: Callable[[float], float] | None = None
    geometric: bool = False
    others: tuple[Measure, ...] = ()

    def mean(self, values: Sequence[float]) -> float:
        """Return the mean over targets or seeds: of perplexities, that of the mean loss."""
        if self.geometric:
            return math.exp(fmean(map(math.log, values)))
        return fmean(values)
