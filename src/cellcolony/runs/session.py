"""One sitting of a run: compile, search until the budget is spent, score what was found."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from cellcolony.errors import RunError
from cellcolony.networks.train import warm_up
from cellcolony.runs import directory
from cellcolony.runs.against import TITLES, Against, other_search, search_against
from cellcolony.runs.bench import Bench, SearchSettings
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.colony import colony_of
from cellcolony.runs.events import (
    Champion,
    Compiling,
    FrontChanged,
    RivalsStarted,
    Scoring,
    SearchEnded,
    SearchStarted,
    Warned,
)
from cellcolony.runs.failing import told_reasons
from cellcolony.runs.findings import Findings
from cellcolony.runs.interrupt import interrupts_set
from cellcolony.runs.loop import STRICT_WINDOW
from cellcolony.runs.recorder import Recorder
from cellcolony.runs.restoring import state_of
from cellcolony.runs.result import Outcome, Result
from cellcolony.runs.scores import ModelScore
from cellcolony.runs.scoring import Scorer, score_network_rivals, score_plain_rivals
from cellcolony.runs.standing import Standing
from cellcolony.tasks import rivals as plain_rivals
from cellcolony.tasks.rivals import trained


@dataclass
class Session:
    """A run under way, from its beginning or from where an earlier session left it.

    Call `compile`, `record_with` where the run has a directory, `search` and `score`, in this
    order.

    Attributes:
        bench: The data, the training, the seed and the workers.
        settings: Those of the search.
        budget: When the search ends.
        standing: Where it stands.
        books: The front and the counts so far, and who watches.
        path: The run directory; None for none.
        seconds: How long earlier sessions have searched.
        compile_seconds: How long compiling took.
        ended: How the search ended; None before.
    """

    bench: Bench
    settings: SearchSettings
    budget: Budget
    standing: Standing
    books: Bookkeeping
    path: Path | None = None
    seconds: float = 0.0
    compile_seconds: float = 0.0
    ended: SearchEnded | None = None

    @cached_property
    def scorer(self) -> Scorer:
        """Gives the errors of champions."""
        return Scorer(self.bench.task, self.bench.protocol.residual)

    @cached_property
    def findings(self) -> Findings | None:
        """Writes what was found into the run directory; None for none."""
        return None if self.path is None else Findings(self.path, self.scorer)

    def compile(self) -> None:
        """Compile every cell that the search and the rivals may use."""
        used = {*self.settings.cells, self.bench.protocol.output_cell, *trained.cell_names()}
        names = tuple(sorted(used))
        self.books.emit(Compiling(names))
        self.compile_seconds = warm_up(names)

    def record_with(self, recorder: Recorder) -> None:
        """Let what happens be written down."""
        recorder.checkpoints(lambda: state_of(self.standing, self.books))
        self.books.observers.insert(0, recorder.observe)

    def search(self) -> None:
        """Search until the budget is spent or the user ends it.

        Raises:
            KeyboardInterrupt: The user wants to leave at once; everything is written down.
        """
        bench, books = self.bench, self.books
        front = tuple(books.front)
        books.emit(
            SearchStarted(
                self.budget, bench.workers, bench.seed, self.compile_seconds,
                self.seconds, books.n_done, books.failures.total(),
            )
        )  # fmt: skip
        if front:
            books.emit(FrontChanged(front))
        for text in _warnings(bench):
            books.emit(Warned(text))
        cells = self.settings.cells
        self.ended = bench.search(self.standing, cells, self.budget, books, self.seconds)
        colony = colony_of(self.standing.search)
        if self.findings is not None and colony is not None:
            self.findings.keep(colony)
        if self.ended.at_once:
            raise KeyboardInterrupt

    def score(
        self, against: str | None = None, plain: Sequence[ModelScore] | None = None
    ) -> Result:
        """Score the front and its rivals, and return what was found.

        Args:
            against: Which other search is given as many networks; None for none.
            plain: The scores of the plain rivals, where they are known.

        Raises:
            RunError: No network could be trained.
        """
        bench, books, path, ended = self.bench, self.books, self.path, self.ended
        assert ended is not None
        front = _front(books, path)
        books.emit(Scoring(len(front)))
        began = time.perf_counter()
        scores = self.scorer.score(front, "valid", "test")
        rivals, is_cut_short = _rivals(bench, front[-1], books, plain)
        found = Against()
        if against is not None and not is_cut_short:
            books.emit(RivalsStarted(f"{TITLES[against]}, {books.n_done} networks"))
            other = other_search(self.settings, against)
            beside = None if path is None else path / against
            found = search_against(bench, other, TITLES[against], books.n_done, rivals, beside)
        scores = (*scores, *rivals, *found.scores)
        tested = self.scorer.tested(front[-1])
        outcome = Outcome(
            budget=str(self.budget),
            workers=bench.workers,
            reason=ended.reason,
            interrupted=ended.interrupted,
            compile_seconds=round(self.compile_seconds, 3),
            search_seconds=round(ended.seconds, 3),
            scoring_seconds=round(time.perf_counter() - began, 3),
            rival_epochs=front[-1].epochs,
            against_networks=found.n_networks,
            against_seconds=round(found.seconds, 3),
        )
        if self.findings is not None:
            self.findings.finish(front, scores, tested, outcome)
        return Result(
            config=bench.config(self.settings),
            data=bench.task.summary(),
            transform=bench.task.transform,
            front=front,
            scores=scores,
            n_done=books.n_done,
            n_failed=books.failures.total(),
            outcome=outcome,
            path=path,
            tested=tested,
            kept=colony_of(self.standing.search),
        )


def _rivals(
    bench: Bench, best: Champion, books: Bookkeeping, plain: Sequence[ModelScore] | None
) -> tuple[tuple[ModelScore, ...], bool]:
    """Return the rivals' scores, and whether Ctrl-C cut their training short."""
    stop = np.zeros(1, np.uint8)
    with interrupts_set(stop):
        if plain is None:
            books.emit(RivalsStarted(", ".join(plain_rivals.names())))
            plain = score_plain_rivals(bench.task)
        terms = trained.Terms(
            bench.trainer, best.network.n_weights, best.epochs, bench.seed, bench.workers, stop
        )
        kinds = ", ".join(plain_rivals.NETWORKS.names())
        books.emit(RivalsStarted(f"{kinds}, {best.epochs} epochs each"))
        networks = score_network_rivals(bench.task, terms)
    return (*plain, *networks), bool(stop[0])


def _front(books: Bookkeeping, path: Path | None) -> tuple[Champion, ...]:
    front = tuple(books.front)
    if not front:
        where = f" See {path / directory.JOURNAL}." if path is not None else ""
        raise RunError(f"No network could be trained: {told_reasons(books.failures)}.{where}")
    return front


def _warnings(bench: Bench) -> Iterator[str]:
    if bench.order == "strict" and 4 * bench.workers > STRICT_WINDOW:
        yield (
            f"In strict order {bench.workers} workers may have to wait for each other: it asks no "
            f"further than {STRICT_WINDOW} networks ahead. Up to {STRICT_WINDOW // 4} do not."
        )
