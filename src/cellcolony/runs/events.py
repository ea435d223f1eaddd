"""What happens in a study, told to all who observe it: the journal, the front, the live table."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from cellcolony.contract import Candidate, Evaluation, Measure
from cellcolony.layers.epoch import Epoch
from cellcolony.networks.genome import Network
from cellcolony.runs.budget import Budget
from cellcolony.runs.genomes import Champion
from cellcolony.runs.scores import Score


@dataclass(frozen=True)
class Compiling:
    """The cells are compiled for this machine, before the budget begins."""

    cell_names: tuple[str, ...]


@dataclass(frozen=True)
class SearchStarted:
    """The search begins, and its budget with it, or goes on.

    Attributes:
        budget: When it ends.
        workers: How many candidates are judged at once; None where a run's files do not say.
        seed: Keys every random stream.
        measure: What models of the task are compared by.
        compile_seconds: How long compiling took.
        seconds: How long earlier sessions of the search took.
        n_done: How many evaluations had arrived in them, failures included.
        n_failed: How many of those are failures.
        title: What the search is called.
        kind: What its genomes are.
        losses: The validation losses of those that did not fail; none where a run's files are
            followed, which tell them one by one.
    """

    budget: Budget
    workers: int | None
    seed: int
    measure: Measure
    compile_seconds: float = 0.0
    seconds: float = 0.0
    n_done: int = 0
    n_failed: int = 0
    title: str = "Search"
    kind: str = Network.kind
    losses: tuple[float, ...] = ()


@dataclass(frozen=True)
class Warned:
    """Something will not be as the user may expect; `text` is a whole sentence."""

    text: str


@dataclass(frozen=True)
class Foreseen:
    """What follows a search is told as it begins, and with an estimate as it ends.

    Attributes:
        text: A whole sentence.
    """

    text: str


@dataclass(frozen=True)
class Asked:
    """The search gave a candidate, and its judging begins.

    Attributes:
        candidate: What it gave.
        n_told: How many evaluations it had been told by then: a replay tells it as many.
    """

    candidate: Candidate
    n_told: int = 0


@dataclass(frozen=True)
class Done:
    """A candidate's evaluation has arrived.

    Attributes:
        candidate: Who was judged.
        evaluation: The verdict.
        cut_short: Whether the end of the search ended its training, which is kept because nothing
            else succeeded; a run that goes on trains it again.
    """

    candidate: Candidate
    evaluation: Evaluation
    cut_short: bool = False


@dataclass(frozen=True)
class Told:
    """The search was told an evaluation: it counts. In strict order this waits for its turn."""

    candidate: Candidate
    evaluation: Evaluation


@dataclass(frozen=True)
class FrontChanged:
    """A network was told that no other beats in both size and loss.

    Attributes:
        front: All such networks, from small to large; the last has the lowest loss.
    """

    front: tuple[Champion, ...]


@dataclass(frozen=True)
class Draining:
    """The user has ended the search; what still trains is waited for."""

    n_training: int


@dataclass(frozen=True)
class NothingLeft:
    """A run has ended and does not go on.

    Attributes:
        reason: Why, as the end of a sentence.
        is_final: Whether a larger budget would not help either.
    """

    reason: str
    is_final: bool = False


@dataclass(frozen=True)
class SearchEnded:
    """The search is over.

    Attributes:
        reason: Why, as the end of a sentence: "the time was up"; empty where that is not known.
        seconds: How long it took, all sessions together.
        interrupted: Whether the user stopped it.
        at_once: Whether the user did not want to wait for anything any more.
    """

    reason: str
    seconds: float
    interrupted: bool = False
    at_once: bool = False


@dataclass(frozen=True)
class StageStarted:
    """A stage after the search begins, or goes on.

    Attributes:
        stage: Its name.
        title: What happens in it, for people.
        n: How many items it has.
        n_done: How many of them earlier sessions have done.
        is_journaled: Whether its items stand in the journal; those of a control stand in a folder
            of their own.
    """

    stage: str
    title: str
    n: int
    n_done: int = 0
    is_journaled: bool = True


@dataclass(frozen=True)
class ItemDone:
    """An item of a stage is done.

    Attributes:
        stage: The stage's name.
        key: What identifies the item, and all that its result depends on.
        text: What came of it, for people.
        result: What came of it, as JSON can hold it.
        n: How many items the stage has.
        n_done: How many of them are done.
    """

    stage: str
    key: str
    text: str
    result: Mapping[str, Any]
    n: int
    n_done: int


@dataclass(frozen=True)
class Scored:
    """A study has come to its end, with the scores of all models that are compared."""

    scores: tuple[Score, ...]


@dataclass(frozen=True)
class Share:
    """A final training has come further.

    Attributes:
        title: What is trained.
        share: How much of the epoch under way is done, from 0 to 1.
        n_epochs: How many epochs there are in all.
        epoch: The epoch that has just ended; None between.
        is_best: Whether it is the best so far.
    """

    title: str
    share: float
    n_epochs: int
    epoch: Epoch | None = None
    is_best: bool = False


@dataclass(frozen=True)
class TrainedAgain:
    """A replay has trained a candidate again.

    Attributes:
        number: The candidate's number.
        n_done: How many were trained again so far.
        n: How many there are to train.
        n_different: How many of those done came out otherwise.
    """

    number: int
    n_done: int
    n: int
    n_different: int


Event: TypeAlias = (
    Compiling
    | SearchStarted
    | Warned
    | Foreseen
    | Asked
    | Done
    | Told
    | FrontChanged
    | Draining
    | NothingLeft
    | SearchEnded
    | StageStarted
    | ItemDone
    | Share
    | Scored
    | TrainedAgain
)
Observer: TypeAlias = Callable[[Event], object]
