"""Train what a study has trained again: each must come out as its journal and its files say."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from cellcolony.contract import Begin, Evaluation, StopFlag
from cellcolony.judges.saved import evaluation_to_dict
from cellcolony.layers.trained import Trained, read_trained
from cellcolony.networks.train import DIVERGED
from cellcolony.runs.events import Compiling, Done, Event, Observer, TrainedAgain
from cellcolony.runs.executors import Demand, Submit, interrupts_deferred, interrupts_set, working
from cellcolony.runs.executors.worker import WorkerDiedError
from cellcolony.runs.items import Item
from cellcolony.runs.journal import evaluation_of
from cellcolony.runs.replay.search import Played
from cellcolony.runs.replay.snapshot import as_the_journal_keeps_it
from cellcolony.runs.session import Session
from cellcolony.runs.stages.finals import begin_finals
from cellcolony.runs.stages.search import begin_judging
from cellcolony.store.sameness import Difference, first_difference

REPEATABLE = (DIVERGED, "its validation loss", "its loss was", "it needs more than")
"""How the failures begin that a second training must end in too; the others depend on time, on
memory, or on who else was at work."""
CUT_SHORT = "the end of the search cut its training short"


@dataclass(frozen=True)
class Retrained:
    """What has come of the trainings.

    Attributes:
        n_same: How many came out as the journal says: loss, curve, steps and weights, to the last
            bit, or the same failure.
        different: The trainings that did not, by what they are called, and where they first differ.
        apart: How many were not trained, by the reason why their verdict cannot be compared.
        n_finals: How many of all were final trainings.
        scores: Where the scores on validation differ from those of the models; None where they are
            the same.
    """

    n_same: int
    different: Mapping[str, Difference]
    apart: Mapping[str, int]
    n_finals: int = 0
    scores: Difference | None = None

    @property
    def is_same(self) -> bool:
        """Whether all that could be compared is the same."""
        return not self.different and self.scores is None

    def __add__(self, other: Retrained) -> Retrained:
        """Return what has come of the trainings of both."""
        return Retrained(
            self.n_same + other.n_same,
            {**self.different, **other.different},
            Counter(self.apart) + Counter(other.apart),
            self.n_finals + other.n_finals,
            self.scores or other.scores,
        )


@dataclass
class Retraining:
    """Trains again what it is given, some at once, and compares.

    Attributes:
        submit: Lets a training be done.
        told: From what came of one to plain values and arrays, which are compared.
        most: How many trainings are waited for at most.
        stop: `(1,)`; not 0 once the user wants to leave.
        n: How many will be given.
        emit: Is told of every training.
    """

    submit: Submit
    told: Callable[[Any], Any]
    most: int
    stop: StopFlag
    n: int
    emit: Observer
    apart: Counter[str] = field(default_factory=Counter)
    different: dict[str, Difference] = field(default_factory=dict)
    n_same: int = 0
    _training: deque[tuple[str, Any, Future[Any]]] = field(default_factory=deque)

    def train(self, name: str, expected: Any, payload: Any) -> None:
        """Train again.

        Args:
            name: What the training is called.
            expected: What must come of it, as `told` returns it.
            payload: What the worker is given.

        Raises:
            KeyboardInterrupt: The user wants to leave.
        """
        self._training.append((name, expected, self.submit(payload)))
        if len(self._training) >= self.most:
            self._compare_first()

    def leave_apart(self, reason: str, n: int = 1) -> None:
        """Count what cannot be compared, by the reason."""
        if n:
            self.apart[reason] += n

    def judge(self, name: str, expected: Evaluation, candidate: Any) -> None:
        """Train a candidate again, if what came of it must come again."""
        failure = expected.failure
        if failure is not None and not failure.startswith(REPEATABLE):
            self.leave_apart(failure)
        else:
            self.train(name, _verdict(expected), candidate)

    def finish(self) -> Retrained:
        """Wait for the last trainings, and return what has come of all.

        Raises:
            KeyboardInterrupt: The user wants to leave.
        """
        while self._training:
            self._compare_first()
        return Retrained(self.n_same, self.different, self.apart)

    def _compare_first(self) -> None:
        name, expected, future = self._training.popleft()
        try:
            again = self.told(future.result())
        except WorkerDiedError as error:
            again = {"failure": str(error)}
        if self.stop[0]:  # this training was cut short
            raise KeyboardInterrupt
        found = first_difference(expected, again)
        if found is None:
            self.n_same += 1
        else:
            self.different[name] = found
        n_done = self.n_same + len(self.different)
        n = self.n - self.apart.total()
        self.emit(TrainedAgain(n_done - 1, n_done, n, len(self.different)))


def retrain_candidates(
    played: Played, rivals: list[Item], emit: Observer, prefix: str = ""
) -> Retrained:
    """Train the candidates of a search again, and the rivals that were trained like them.

    Args:
        played: The search, with its data.
        rivals: The items of rivals that are done.
        emit: Is told of what happens.
        prefix: Stands before what trainings are called.

    Raises:
        KeyboardInterrupt: The user wants to leave.
    """
    session, tape, noun = played.session, played.tape, played.replayed.noun
    config = session.config
    if config.trained_by.warm_up is not None:
        emit(Compiling(config.cells))
        with interrupts_deferred():
            config.trained_by.warm_up(config.cells, config.training)
    n = played.replayed.n_done + len(rivals)
    per_gpu = session.hands.per_gpu_of_candidates
    with _retraining(begin_judging(session), session, _verdict, n, emit, per_gpu) as again:

        def observe(event: Event) -> None:
            if isinstance(event, Done):
                name = f"{prefix}{noun} {event.candidate.number}"
                again.judge(name, event.evaluation, event.candidate)

        tape.play(tape.begin((observe,)), 0, tape.end)
        again.leave_apart(CUT_SHORT, tape.n_cut_short)
        for item in rivals:
            done = session.items("cells")[item.key]
            again.judge(f"{item.title} as a candidate", evaluation_of(done), item.payload)
        return again.finish()


def retrain_finals(session: Session, finals: list[Item], emit: Observer) -> Retrained:
    """Do final trainings again, into memory.

    Args:
        session: The study, with its data.
        finals: Those that are done.
        emit: Is told of what happens.

    Raises:
        KeyboardInterrupt: The user wants to leave.
        RunError: A file is damaged.
    """
    task: Any = session.task
    hands = session.hands
    begin = partial(begin_finals, task.train, task.valid, hands.device, hands.threads)
    with _retraining(begin, session, _learned, len(finals), emit, hands.per_gpu) as again:
        for item in finals:
            payload = replace(item.payload, folder=None, share=None)
            again.train(item.title, _learned(read_trained(item.payload.folder)), payload)
        return replace(again.finish(), n_finals=len(finals))


@contextmanager
def _retraining(
    begin: Begin, session: Session, told: Callable[[Any], Any], n: int, emit: Observer,
    per_gpu: int | None,
) -> Iterator[Retraining]:  # fmt: skip
    """Let trainings be done on a study's workers; Ctrl-C sets their stop flag."""
    hands, seconds = session.hands, session.config.caps.seconds
    is_strict = session.config.order == "strict"
    demand = Demand(hands.workers, seconds, is_strict, per_gpu=per_gpu)
    with working(begin, hands.executor, demand) as crew, interrupts_set(crew.stop):
        try:
            yield Retraining(crew.submit, told, 2 * hands.workers, crew.stop, n, emit)
        finally:
            crew.stop[0] = 1


def _verdict(evaluation: Evaluation) -> dict[str, Any]:
    """Return an evaluation as the journal tells it, without seconds."""
    return as_the_journal_keeps_it(evaluation_to_dict(evaluation))


def _learned(trained: Trained | Exception) -> dict[str, Any]:
    """Return what has come of a final training, without seconds."""
    if isinstance(trained, Exception):
        return {"failure": str(trained)}
    epochs = [
        {"valid_loss": one.valid_loss, "train_loss": one.train_loss, "failure": one.failure}
        for one in trained.epochs
    ]
    return {"epochs": epochs, "weights": trained.weights}
