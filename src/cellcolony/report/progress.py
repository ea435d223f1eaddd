"""What a search has reached so far, in numbers that a person follows while it runs."""

from __future__ import annotations

import time
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field

from cellcolony.networks.genome import Network
from cellcolony.report.measure import MEASURES, Measure
from cellcolony.runs.events import (
    Asked,
    Champion,
    Compiling,
    Done,
    Draining,
    Event,
    FrontChanged,
    RivalsStarted,
    Scoring,
    SearchEnded,
    SearchStarted,
)
from cellcolony.runs.genomes import size_of
from cellcolony.runs.watching.following import Seen
from cellcolony.runs.watching.tally import AskedLine, DoneLine, ToldAnew


@dataclass
class Progress:
    """Follows a run's events, or what its files say of them.

    Attributes:
        clock: Tells the time in seconds.
        started: The search's first event; None before.
        ended: The search's last event; None before.
        compiling: How many cells are being compiled; 0 at any other time.
        scoring: How many networks are being scored; 0 at any other time.
        draining: How many trainings are waited for after an interrupt; 0 at any other time.
        rivals: Which rivals are being fitted; nothing at any other time.
        n_done: Evaluations that arrived, failures included.
        n_failed: How many of them are failures.
        best: The evaluation of the lowest loss; None before one succeeds.
        best_number: Its candidate's number.
        best_size: Its genome's size.
        generation: The number of the generation that was asked last; None for a search without any.
        entropy: How even the search's choices were when it last told it, which it does not of
            second trainings: from 0 for decided to 1; None for a search that does not say.
    """

    clock: Callable[[], float] = time.monotonic
    started: SearchStarted | None = None
    ended: SearchEnded | None = None
    compiling: int = 0
    scoring: int = 0
    draining: int = 0
    rivals: str = ""
    n_done: int = 0
    n_failed: int = 0
    best: float | None = None
    best_number: int = -1
    best_size: int = 0
    entropy: float | None = None
    generation: int | None = None
    _losses: list[float] = field(default_factory=list)
    _began: float = 0.0

    def observe(self, event: Event | Seen) -> None:
        """Take in an event."""
        if isinstance(event, Asked):
            self.entropy = event.candidate.how.get("entropy", self.entropy)
            self.generation = event.candidate.how.get("generation", self.generation)
        elif isinstance(event, AskedLine):
            self.entropy = self.entropy if event.entropy is None else event.entropy
            self.generation = self.generation if event.generation is None else event.generation
        elif isinstance(event, Done):
            verdict = event.evaluation
            loss = None if verdict.failure is not None else verdict.loss
            if self._take_in(event.candidate.number, loss):
                self.best_size = size_of(event.candidate.genome)
        elif isinstance(event, DoneLine):
            if self._take_in(event.number, event.loss):
                self.best_size = event.size
        elif isinstance(event, (Compiling, ToldAnew)):
            vars(self).update(vars(Progress(self.clock)))  # a new run begins
            if isinstance(event, Compiling):
                self.compiling = len(event.cell_names)
        elif isinstance(event, SearchStarted):
            if self.started is not None and self.started.title != event.title:
                vars(self).update(vars(Progress(self.clock)))  # another search of the same run
            self.compiling, self.started, self._began = 0, event, self.clock() - event.seconds
            self.ended, self.scoring, self.rivals = None, 0, ""
            self.n_done, self.n_failed = event.n_done, event.n_failed
        elif isinstance(event, FrontChanged):
            self._take_best(event.front[-1])
        elif isinstance(event, Draining):
            self.draining = event.n_training
        elif isinstance(event, SearchEnded):
            self.ended, self.draining, self.scoring = event, 0, 0
        elif isinstance(event, Scoring):
            self.scoring = event.n_networks
        elif isinstance(event, RivalsStarted):
            self.rivals = event.names

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

    def _take_best(self, champion: Champion) -> None:
        """Take in the best network of a front: that of an earlier session, or one known already."""
        if self.best is None or champion.loss < self.best:
            self.best, self.best_number = champion.loss, champion.number
            self.best_size = champion.size

    @property
    def measure(self) -> Measure:
        """How losses are shown."""
        return MEASURES[Network.kind if self.started is None else self.started.kind]

    @property
    def median(self) -> float | None:
        """The median loss of the networks that succeeded; None before one does."""
        n = len(self._losses)
        return (self._losses[n // 2] + self._losses[(n - 1) // 2]) / 2 if n else None

    @property
    def seconds(self) -> float:
        """How long the search has taken, in wall time."""
        if self.ended is not None:
            return self.ended.seconds
        return self.clock() - self._began if self.started is not None else 0.0

    @property
    def per_minute(self) -> float:
        """How many networks a minute were done, over the whole search."""
        return 60 * self.n_done / self.seconds if self.seconds > 0 else 0.0

    @property
    def share(self) -> float | None:
        """The share of the budget that is spent, 0 to 1; None where only a loss ends the search."""
        if self.started is None:
            return None
        budget, shares = self.started.budget, []
        if budget.n_networks is not None:
            shares.append(self.n_done / budget.n_networks)
        if budget.seconds is not None:
            shares.append(self.seconds / budget.seconds)
        return min(1.0, max(shares)) if shares else None
