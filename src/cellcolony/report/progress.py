"""What a study has reached so far, in numbers that a person follows while it runs."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field

from cellcolony.runs import events
from cellcolony.runs.genomes import size_of
from cellcolony.runs.watch.following import Seen, StudyEnded
from cellcolony.runs.watch.tally import AskedLine, DoneLine, ToldAnew


@dataclass
class SearchProgress:
    """What one search has reached: a study's own, or that of its control.

    Attributes:
        clock: Tells the time in seconds.
        started: The search's first event.
        ended: The search's last event; None before.
        draining: How many trainings are waited for after an interrupt; 0 at any other time.
        n_done: Evaluations that arrived, failures included.
        n_failed: How many of them are failures.
        best: The evaluation of the lowest loss; None before one succeeds.
        best_number: Its candidate's number.
        best_size: Its genome's size.
        generation: The number of the generation that was asked last; None for a search without any.
        entropy: How even the search's choices were when it last told it, which it does not of
            second trainings: from 0 for decided to 1; None for a search that does not say.
    """

    clock: Callable[[], float]
    started: events.SearchStarted
    ended: events.SearchEnded | None = None
    draining: int = 0
    n_done: int = 0
    n_failed: int = 0
    best: float | None = None
    best_number: int = -1
    best_size: int = 0
    entropy: float | None = None
    generation: int | None = None
    _losses: list[float] = field(default_factory=list)
    _began: float = 0.0

    def start(self, event: events.SearchStarted) -> None:
        """Begin, or go on."""
        self.started, self._began = event, self.clock() - event.seconds
        self.ended, self.draining = None, 0
        self.n_done, self.n_failed = event.n_done, event.n_failed
        if event.losses:
            self._losses = sorted(event.losses)

    def observe(self, event: events.Event | Seen) -> None:
        """Take in an event of the search."""
        if isinstance(event, events.Asked):
            self.entropy = event.candidate.how.get("entropy", self.entropy)
            self.generation = event.candidate.how.get("generation", self.generation)
        elif isinstance(event, AskedLine):
            self.entropy = self.entropy if event.entropy is None else event.entropy
            self.generation = self.generation if event.generation is None else event.generation
        elif isinstance(event, events.Done):
            verdict = event.evaluation
            loss = None if verdict.failure is not None else verdict.loss
            if self._take_in(event.candidate.number, loss):
                self.best_size = size_of(event.candidate.genome)
        elif isinstance(event, DoneLine):
            if self._take_in(event.number, event.loss):
                self.best_size = event.size
        elif isinstance(event, events.FrontChanged):
            self._take_best(event.front[-1])
        elif isinstance(event, events.Draining):
            self.draining = event.n_training
        elif isinstance(event, events.SearchEnded):
            self.ended, self.draining = event, 0

    def _take_in(self, number: int, loss: float | None) -> bool:
        """Count an evaluation; say whether it is the best, so that its genome's size is asked."""
        self.n_done += 1
        if loss is None:
            self.n_failed += 1
            return False
        insort(self._losses, loss)
        if self.best is not None and loss >= self.best:
            return False
        self.best, self.best_number = loss, number
        return True

    def _take_best(self, champion: events.Champion) -> None:
        """Take in the best of a front: that of an earlier session, or one known already."""
        if self.best is None or champion.loss < self.best:
            self.best, self.best_number = champion.loss, champion.number
            self.best_size = champion.size

    @property
    def median(self) -> float | None:
        """The median loss of the candidates that succeeded; None before one does."""
        n = len(self._losses)
        return (self._losses[n // 2] + self._losses[(n - 1) // 2]) / 2 if n else None

    @property
    def seconds(self) -> float:
        """How long the search has taken, in wall time."""
        return self.clock() - self._began if self.ended is None else self.ended.seconds

    @property
    def per_minute(self) -> float:
        """How many candidates a minute were done, over the whole search."""
        return 60 * self.n_done / self.seconds if self.seconds > 0 else 0.0

    @property
    def share(self) -> float | None:
        """The share of the budget that is spent, 0 to 1; None where that cannot be told."""
        budget, shares = self.started.budget, []
        if budget.n_networks is not None:
            shares.append(self.n_done / budget.n_networks)
        if budget.seconds is not None:
            shares.append(self.seconds / budget.seconds)
        if budget.generations is not None and self.generation is not None:
            shares.append(self.generation / budget.generations)
        return min(1.0, max(shares)) if shares else None


@dataclass
class StageProgress:
    """How a stage after the search stands.

    Attributes:
        started: The stage's first event.
        n_done: How many of its items are done.
        n: How many it has.
        last: What came of the item that was done last; empty before.
    """

    started: events.StageStarted
    n_done: int
    n: int
    last: str = ""


@dataclass
class TrainingProgress:
    """How a final training stands.

    Attributes:
        n_epochs: How many epochs it has in all.
        n_done: How many of them are done.
        share: How much of the next one is done, from 0 to 1.
        least: The lowest validation loss so far; None before the first epoch has ended.
        best_epoch: The epoch that has it, from 1.
        is_over: Whether its last epoch has ended, or it has failed.
    """

    n_epochs: int
    n_done: int = 0
    share: float = 0.0
    least: float | None = None
    best_epoch: int = 0
    is_over: bool = False

    def observe(self, event: events.Share) -> None:
        """Take in how far it has come."""
        self.n_epochs, self.share, epoch = event.n_epochs, event.share, event.epoch
        if epoch is None:
            self.is_over = False
            return
        if epoch.number < self.n_done:  # it was begun anew
            self.least, self.best_epoch = None, 0
        self.n_done, self.share = epoch.number + 1, 0.0
        self.is_over = epoch.failure is not None or self.n_done >= self.n_epochs
        if event.is_best and epoch.failure is None:
            self.least, self.best_epoch = epoch.valid_loss, self.n_done


@dataclass
class Progress:
    """Follows a study's events, or what its files say of them.

    Attributes:
        clock: Tells the time in seconds.
        compiling: How many cells are being compiled; 0 at any other time.
        searches: The searches so far, by their titles: the study's own, then its control.
        stage: The stage that is under way; None during the search and before it.
        trainings: The final trainings that were told of, by what they are called.
        study_ended: How the study ended; None before.
    """

    clock: Callable[[], float] = time.monotonic
    compiling: int = 0
    searches: dict[str, SearchProgress] = field(default_factory=dict)
    stage: StageProgress | None = None
    trainings: dict[str, TrainingProgress] = field(default_factory=dict)
    study_ended: StudyEnded | None = None
    _current: str = ""

    @property
    def current(self) -> SearchProgress | None:
        """The search that was begun last; None before."""
        return self.searches.get(self._current)

    @property
    def search(self) -> SearchProgress | None:
        """The search under way, else the study's own; None before it begins, or without one."""
        if self.current is not None and self.current.ended is None:
            return self.current
        return next(iter(self.searches.values()), None)

    @property
    def under_way(self) -> dict[str, TrainingProgress]:
        """The final trainings that are not over."""
        return {title: one for title, one in self.trainings.items() if not one.is_over}

    def observe(self, event: events.Event | Seen) -> None:
        """Take in an event."""
        if isinstance(event, events.Compiling):
            self.compiling = len(event.cell_names)
        elif isinstance(event, ToldAnew):
            if event.title == next(iter(self.searches), event.title):
                self._reset()
            else:
                self.searches.pop(event.title, None)
        elif isinstance(event, events.SearchStarted):
            self._start(event)
        elif isinstance(event, events.StageStarted):
            self.stage = StageProgress(event, event.n_done, event.n)
        elif isinstance(event, events.ItemDone):
            self._take_item(event)
        elif isinstance(event, events.Share):
            training = self.trainings.setdefault(event.title, TrainingProgress(event.n_epochs))
            training.observe(event)
        elif isinstance(event, StudyEnded):
            self._end(event)
        elif self.current is not None:
            self.current.observe(event)

    def _reset(self) -> None:
        vars(self).update(vars(Progress(self.clock)))

    def _start(self, event: events.SearchStarted) -> None:
        is_own = event.title == next(iter(self.searches), event.title)
        if is_own and not event.n_done:
            self._reset()  # another run begins
        self.compiling, self._current, self.study_ended = 0, event.title, None
        if not event.n_done or event.title not in self.searches:
            self.searches[event.title] = SearchProgress(self.clock, event)
        self.searches[event.title].start(event)
        if is_own:  # what followed it is to be done again
            self.stage, self.trainings = None, {}

    def _take_item(self, event: events.ItemDone) -> None:
        stage = self.stage
        if stage is None or stage.started.stage != event.stage:
            return
        stage.n_done, stage.n, stage.last = event.n_done, event.n, event.text
        for title, training in self.trainings.items():
            if event.text.startswith((f"{title}: ", f"{title} failed")):
                training.is_over = True

    def _end(self, event: StudyEnded) -> None:
        self.study_ended, self.stage, outcome = event, None, event.outcome
        search = next(iter(self.searches.values()), None)
        if search is not None:
            search.ended = events.SearchEnded(
                outcome.reason, outcome.search_seconds, outcome.interrupted
            )
