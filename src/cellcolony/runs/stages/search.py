"""The search: candidates are asked for, judged and told until the budget is spent."""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from functools import partial
from typing import Annotated, Any, ClassVar

import numpy as np
from annotated_types import Ge, Gt, Le

from cellcolony.contract import Begin
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import (
    Compiling,
    Foreseen,
    FrontChanged,
    NothingLeft,
    SearchEnded,
    SearchStarted,
    Warned,
)
from cellcolony.runs.executors import (
    Crew,
    Demand,
    interrupts_deferred,
    interrupts_set,
    shares_memory,
    working,
)
from cellcolony.runs.journal import losses_of
from cellcolony.runs.ledger import will_stop
from cellcolony.runs.loop import Flight, run_search
from cellcolony.runs.session import Session
from cellcolony.runs.stage import STAGES, Outlook
from cellcolony.settings import settings
from cellcolony.wording import duration

PARTS = 30
"""A search whose candidates in flight are this part of its budget loses little by learning late;
with half of it in flight, a colony lays out worse networks at the end of 2,000 than at that of 600
(`benchmarks/RESULTS.md`, "Past one machine")."""
FEW = 16
"""So many workers are never too many."""
MOST_IN_FLIGHT = 10_000
"""Candidates in flight where the budget counts none."""


@STAGES.register("search")
@settings
class SearchStage:
    """Search by the study's method and judge.

    Attributes:
        most_failed: The share of failures beyond which the search is given up. Evolution learns
            from candidates whose training diverges too, so it may bear more of them.
        window: Strict order: candidate i is asked directly after result i - window was told,
            however many workers there are.
    """

    name: ClassVar[str] = "search"
    task: ClassVar[str | None] = None

    most_failed: Annotated[float, Gt(0), Le(1)] = 0.5
    window: Annotated[int, Ge(1), Le(100_000)] = 64

    def run(self, session: Session) -> None:
        """Search until the budget is spent or the user ends it.

        Raises:
            RunError: No candidate could be trained.
            KeyboardInterrupt: The user wants to leave at once; everything is written down.
        """
        if session.is_spent and session.front:
            session.ended = SearchEnded(self.reason(session), session.restored.seconds)
            self._keep(session)  # a kill may have come before
            return
        config, restored, hands = session.config, session.restored, session.hands
        books, front = restored.books, session.front
        compile_seconds = self._compile(session)
        session.emit(
            SearchStarted(
                session.budget, hands.workers, config.seed, config.task_class.measure,
                compile_seconds, restored.seconds, books.n_done, books.failures.total(),
                session.title, config.genome, _losses_before(session),
            )
        )  # fmt: skip
        if front:
            session.emit(FrontChanged(front))
        for text in self._warnings(session):
            session.emit(Warned(text))
        self._foresee(session, 0.0)
        began = time.monotonic()
        batch = batch_of(session)
        place = working(begin_judging(session), hands.executor, self._demand(session, batch))
        drain = np.zeros(1, np.uint8)
        with place as crew, interrupts_set(drain, crew.stop):
            session.ended = run_search(
                Flight(restored.ledger, crew.submit, books.emit, batch),
                session.budget,
                workers=partial(_room_of, crew, session),
                stop=crew.stop,
                drain=drain,
                order=config.order,
                window=self.window,
                seconds=restored.seconds,
                most_failed=self.most_failed,
                kind=config.genome,
            )
            if cpus := crew.cpus():
                session.notes["cpus"] = list(cpus)
        session.seconds[self.name] = time.monotonic() - began
        self._keep(session, anew=True)
        if session.ended.at_once or (session.ended.interrupted and not session.front):
            raise KeyboardInterrupt
        _ = session.best  # raises where no candidate could be trained
        self._foresee(session, session.ended.seconds)

    def _keep(self, session: Session, anew: bool = False) -> None:
        """Write down what the method has learned; what is there already stays, but for `anew`."""
        session.keepsake = session.config.method_entry.keep(session.restored.ledger.search)
        folder = None if anew else session.path
        kept = session.keepsake.items()
        session.write(
            {name: file for name, file in kept if folder is None or not (folder / name).exists()}
        )

    def _demand(self, session: Session, batch: int) -> Demand:
        """Return what is asked of the place where candidates are judged.

        Args:
            session: The study.
            batch: How many candidates a task has.
        """
        caps, budget, hands = session.config.caps, session.budget, session.hands
        is_strict = session.config.order == "strict"
        most = self.window if is_strict else int(in_flight_of(budget) or MOST_IN_FLIGHT)
        return Demand(
            hands.limit,
            None if caps.seconds is None else caps.seconds * batch,
            is_strict=is_strict,
            most=max(most // batch, 1),
            message_seconds=min(1.0, (budget.seconds or math.inf) / PARTS),
            per_gpu=hands.per_gpu_of_candidates,
        )

    def _foresee(self, session: Session, seconds: float) -> None:
        """Tell what follows, where every later stage says so, and how long that will take.

        Args:
            session: The study.
            seconds: How long the search took; 0 before it.
        """
        names = [stage.name for stage in session.config.stages]
        later = session.config.stages[names.index(self.name) + 1 :]
        told = [getattr(stage, "outlook", None) for stage in later]
        if not told or None in told:
            return
        workers = session.hands.workers
        each = seconds * workers / max(session.restored.books.n_trainings, 1)
        outlooks: list[Outlook] = [outlook(session, each) for outlook in told if outlook]
        text = "; ".join(one.text for one in outlooks)
        if not seconds:
            session.emit(Foreseen(f"After the search: {text}."))
            return
        total = duration(sum(one.seconds for one in outlooks) / workers)
        session.emit(Foreseen(f"What follows takes some {total}: {text}."))

    def left(self, session: Session) -> int:
        """Return 0 where the search is at its end, else 1."""
        return 0 if session.is_spent else 1

    def reason(self, session: Session) -> str:
        """Return why a search that an earlier session has ended is over."""
        spent = self.why_spent(session)
        return "it had no more to ask" if spent is None else spent.reason

    def why_spent(self, session: Session) -> NothingLeft | None:
        """Say why a search that has ended is over; None where it would go on."""
        restored, budget = session.restored, session.budget
        ledger = restored.ledger
        config = session.config
        if failing := will_stop(ledger, config.order, self.most_failed, config.genome):
            return NothingLeft(failing, is_final=True)
        losses = [champion.loss for champion in session.front]
        losses += [evaluation.loss for evaluation in ledger.arrived.values()]
        if any(map(budget.is_met_by, losses)):
            return NothingLeft(f"a loss below {budget.loss:g} was reached")
        if budget.seconds_left(restored.seconds) == 0:
            return NothingLeft(f"its time was up after {restored.seconds:.1f} s")
        if not ledger.is_within(budget) and not ledger.unjudged:
            return NothingLeft(f"{restored.books.n_done} candidates are done")
        return None

    def _compile(self, session: Session) -> float:
        warm_up = session.config.trained_by.warm_up
        if warm_up is None:
            return 0.0
        session.emit(Compiling(session.config.cells))
        with interrupts_deferred():
            return warm_up(session.config.cells, session.config.training)

    def _warnings(self, session: Session) -> Iterator[str]:
        workers = session.hands.workers
        if session.config.order == "strict" and 4 * workers > self.window:
            yield (
                f"In strict order {workers} workers may have to wait for each other: the search "
                f"asks no further than {self.window} candidates ahead. Up to {self.window // 4} "
                "workers do not wait."
            )
        most = in_flight_of(session.budget)
        if session.config.order == "arrival" and most and workers > max(most, FEW):
            is_resumed = session.restored.ledger.n_asked > 0  # then there is no such option
            seeds = "" if is_resumed else ", or --seeds, one after the other"
            yield (
                f"{workers} workers are many for {session.budget}: with more than "
                f"{int(max(most, FEW))} candidates under way a search learns late. Give a larger "
                "budget or fewer --workers, and the rest of the machine to other searches "
                f"(`cellcolony battery --part`{seeds})."
            )


def _room_of(crew: Crew, session: Session) -> int:
    """Return how many tasks keep a crew busy, after telling what is new of it."""
    for text in crew.news():
        session.emit(Warned(text))
    return crew.room()


def in_flight_of(budget: Budget) -> float | None:
    """Return how many candidates may be under way before a search learns too late.

    Returns:
        None where the budget counts no candidates.
    """
    return None if budget.n_candidates is None else budget.n_candidates / PARTS


def batch_of(session: Session) -> int:
    """Return how many candidates a worker judges at once, which changes no evaluation.

    In strict order all workers together never have more than the window.
    """
    batch = getattr(session.config.judge, "batch", 1)
    search = session.config.stage("search")
    if session.config.order == "strict" and isinstance(search, SearchStage):
        batch = min(batch, max(search.window // session.hands.workers, 1))
    return batch


def _losses_before(session: Session) -> tuple[float, ...]:
    """Return the losses of what earlier sessions have judged, which a median is over, too."""
    if session.path is None or not session.restored.books.n_done:
        return ()
    return losses_of(session.path / directory.JOURNAL)


def begin_judging(session: Session) -> Begin:
    """Return what begins on a worker and judges candidates there.

    Raises:
        ConfigError: No candidate could stay within the caps.
        DataError: The data are too few for the training.
        RunError: A file that the judge needs is missing, or no longer what it was.
    """
    config = session.config
    elsewhere = () if shares_memory(session.hands.executor) else config.cells
    arguments = session.task, config.training, config.seed, config.caps, elsewhere
    judge: Any = config.judge
    if files := session.judge_files:
        where = "what the judge needs" if session.path is None else session.path / directory.JUDGE
        judge = judge.with_files(files, str(where))
    device = session.hands.device
    on_gpu = {"device": device} if device == "cuda" and config.trained_by.on_gpu else {}
    return judge.begin(partial(config.trained_by.begin, *arguments, **on_gpu))
