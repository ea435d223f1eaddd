"""One session of a study: its stages, one after the other, from where the last one ended."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import tomli_w
from numpy.typing import NDArray

from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import (
    Checkpoint,
    Restored,
    beginning,
    read_checkpoint,
    restore,
)
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.directory import Outcome
from cellcolony.runs.ensemble import Ensemble
from cellcolony.runs.events import Event, ItemDone, Observer, Scored, SearchEnded, Warned
from cellcolony.runs.front_files import FrontFiles, Scorer
from cellcolony.runs.genomes import Champion
from cellcolony.runs.hands import Hands
from cellcolony.runs.ledger import told_reasons
from cellcolony.runs.observers import Subject, Wanted
from cellcolony.runs.observers.apart import observing
from cellcolony.runs.pool import Pool, Pooled, pool_of_run
from cellcolony.runs.predictions import ScoredSeries
from cellcolony.runs.recorder import Recorder, continued_run, new_run
from cellcolony.runs.scores import EVOLVED, MODEL, Score, scores_csv
from cellcolony.settings import plain
from cellcolony.store.files import write_file
from cellcolony.store.lock import locked
from cellcolony.store.reading import LARGEST_WEIGHTS, read
from cellcolony.store.sameness import differences
from cellcolony.store.writing import recording
from cellcolony.tasks import Task


@dataclass
class Session:
    """A study under way.

    Attributes:
        config: Its configuration.
        restored: Where it stands.
        hands: Who works.
        budget: When the search ends.
        path: Its run directory; None where nothing is written.
        data: The data; they may be missing while nothing needs them.
        observers: Who is told of every event, beside what writes.
        apart: Who observes the study from a thread of its own.
        observed_in: Where those keep files of a study that has no run directory.
        checkpoint: The last checkpoint of an earlier session; None for none.
        title: What its search is called.
        ended: How the search ended; None before.
        is_spent: Whether an earlier session has brought the search to the end of its budget.
        had_ended: Whether an earlier session has brought the whole study to its end.
        within: The searches within the study that have ended, by folder: see `runs/within.py`.
        scores: The scores of all models, once the last stage has them.
        seconds: How long each stage took in this session.
        notes: What stages have to say in `result.toml`.
        keepsake: What the method has learned, as files by their names; none before its end.
        trained: Final trainings that were written nowhere, by the key of their item.
        tested: What the best network predicts on the test rows, at the end of a forecast.
        errors: The errors of models on the test rows, by name, as `Forecast.error_sums` sums them.
        known: Items of rivals that another study of the same data has done, by key.
        pool: The best candidates of the search; of one that writes a journal read from there.
        ensembles: The ensembles of the study's searches, by the folder of the search; that of its
            own by the empty text.
        rivals: What the journal keeps of the rivals of a forecast: `KeptRival`.
    """

    config: StudyConfig
    restored: Restored
    hands: Hands
    budget: Budget
    path: Path | None = None
    data: Task | None = None
    observers: Sequence[Observer] = ()
    apart: Sequence[Wanted] = ()
    observed_in: Path | None = None
    checkpoint: Checkpoint | None = None
    title: str = "Search"
    ended: SearchEnded | None = None
    is_spent: bool = False
    had_ended: bool = False
    within: dict[str, Session] = field(default_factory=dict)
    scores: tuple[Score, ...] = ()
    seconds: dict[str, float] = field(default_factory=dict)
    notes: dict[str, Any] = field(default_factory=dict)
    keepsake: Mapping[str, bytes] = field(default_factory=dict)
    trained: dict[str, Any] = field(default_factory=dict)
    known: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    tested: tuple[ScoredSeries, ...] = ()
    errors: dict[str, NDArray[np.float64]] = field(default_factory=dict)
    pool: Pool | None = None
    ensembles: dict[str, Ensemble] = field(default_factory=dict)
    rivals: list[Any] = field(default_factory=list)
    _pooled_at: int = field(default=-1, init=False, repr=False)

    @staticmethod
    def begin(config: StudyConfig, hands: Hands, budget: Budget, **more: Any) -> Session:
        """Return the first session of a study; nothing is written yet."""
        return Session(config, beginning(config), hands, budget, **more)

    @staticmethod
    def go_on(
        stack: ExitStack, path: Path, config: StudyConfig, hands: Hands, budget: Budget | None,
        **more: Any,
    ) -> Session:  # fmt: skip
        """Return a session that goes on; its directory is locked until the stack is left.

        Args:
            stack: Releases the lock.
            path: The run directory.
            config: Its configuration.
            hands: Who works.
            budget: When the search ends; None for the budget that it had.
            **more: Other attributes.

        Raises:
            RunError: Another process writes it, a file of it is damaged, its settings have changed,
                or asking again gives another genome.
        """
        stack.enter_context(locked(path))
        try:
            checkpoint = read_checkpoint(path)
        except RunError:  # the journal alone will do
            checkpoint = None
        else:
            check_unchanged(path, config, checkpoint)
        if budget is None and checkpoint is None:
            raise RunError(f"{path} no longer says when its search is to end: give a --budget.")
        limits = budget or (checkpoint.header.budget if checkpoint is not None else Budget())
        restored = restore(path, config, checkpoint)
        return Session(config, restored, hands, limits, path, checkpoint=checkpoint, **more)

    @property
    def task(self) -> Task:
        """The data."""
        assert self.data is not None, "this stage needs the data"
        return self.data

    @cached_property
    def scorer(self) -> Scorer:
        """Scores champions."""
        return Scorer(self.config, self.task)

    @cached_property
    def judge_files(self) -> dict[str, bytes]:
        """What the judge needs, by name: what the run directory keeps, once there is one.

        Raises:
            RunError: A file is missing, or no longer what it was.
        """
        judge: Any = self.config.judge
        names: tuple[str, ...] = getattr(judge, "kept", ())
        if not names or self.path is None or not (self.path / directory.CONFIG).exists():
            return judge.files() if names else {}
        folder = self.path / directory.JUDGE
        return {name: read(self.path, folder / name, LARGEST_WEIGHTS) for name in names}

    @property
    def front(self) -> tuple[Champion, ...]:
        """The best candidates of each size, from small to large."""
        return tuple(self.restored.books.front)

    @property
    def best(self) -> Champion:
        """The candidate of the lowest validation loss.

        Raises:
            RunError: No candidate could be trained.
        """
        if not self.front:
            failures = self.restored.books.failures
            where = f" See {self.path / directory.JOURNAL}." if self.path is not None else ""
            why = told_reasons(failures, self.config.genome)
            raise RunError(f"No candidate could be trained: {why}.{where}")
        return self.front[-1]

    def items(self, stage: str) -> dict[str, Mapping[str, Any]]:
        """Return what came of the items of a stage that are done, by key."""
        return self.restored.items.setdefault(stage, {})

    def pooled(
        self, n: int, in_turn: bool = False, of_a_family: int | None = None
    ) -> tuple[Pooled, ...]:
        """Return the best candidates of the search, one of each line of training: see `Pool`.

        Args:
            n: How many at most.
            in_turn: Whether the niches of the search take turns.
            of_a_family: As for `Pool.best`.

        Raises:
            RunError: The journal is damaged.
        """
        n_done = self.restored.books.n_done
        if self.path is not None and self._pooled_at != n_done:  # a journal is long
            self.pool = pool_of_run(self.path, self.config)
            self._pooled_at = n_done
        return () if self.pool is None else self.pool.best(n, in_turn, of_a_family)

    def emit(self, event: Event) -> None:
        """Pass an event on to all who observe the study."""
        if isinstance(event, ItemDone):
            self.items(event.stage)[event.key] = event.result
        self.restored.books.emit(event)

    def record(self, stack: ExitStack) -> None:
        """Let what happens be written down until the stack is left, and be observed.

        Raises:
            RunError: The directory cannot be made or written to.
        """
        books = self.restored.books
        books.observers += self.observers
        if self.path is None:
            if self.config.stage("search") is not None:
                self.pool = Pool(self.config.order, self.budget, self.config.is_by_guide)
                books.observers.append(self.pool.observe)
            return
        workers = self.hands.workers
        last = self.restored.next_checkpoint(self.checkpoint, self.config, self.budget, workers)
        is_new = not self.path.exists()
        place = (
            new_run(self.path, self.config, last, self.judge_files)
            if is_new
            else continued_run(self.path, self.config, last)
        )
        recorder: Recorder = stack.enter_context(place)
        books.observers.insert(0, recorder.observe)
        if is_new:
            self.write(self.task.files())
        if self.config.stage("search") is not None:
            files = FrontFiles(self.path, self.scorer)
            recorder.keep(self.restored.state, files.write)
            if not is_new:
                files.write(self.front)

    def _check(self) -> None:
        """Check, before anything is written or trained, that the data are enough."""
        self.task.check(self.config.training)
        for stage in self.config.stages:
            if (training := getattr(stage, "training", None)) is not None:
                self.task.check(training)

    def run(self, stack: ExitStack) -> None:
        """Do what is left of each stage, and write down how the study ended.

        Args:
            stack: Until it is left, what happens is written down.

        Raises:
            ConfigError: An extra that is needed is missing.
            DataError: The data are not enough.
            RunError: No candidate could be trained, or a file is damaged or cannot be written.
            KeyboardInterrupt: The user wants to leave; what is done is kept, and `resume` goes on.
        """
        self._check()
        self.record(stack)
        self._let_observe(stack)
        for stage in self.config.stages:
            stage.run(self)
        self._write_scores()
        self.finish()
        self.emit(Scored(self.scores))

    def _let_observe(self, stack: ExitStack) -> None:
        """Let whoever observes from a thread of its own begin, until the stack is left."""
        if not self.apart:
            return
        subject = Subject(
            name=self.config.title if self.path is None else str(self.path),
            folder=self.observed_in if self.path is None else self.path,
            settings=self.config.to_show(),
            digest=self.config.digest,
        )
        watching = observing(self.apart, subject, lambda text: self.emit(Warned(text)))
        observers = stack.enter_context(watching)
        self.observers = (*self.observers, *observers)  # those of searches within, too
        self.restored.books.observers += observers

    def finish(self) -> None:
        """Write down how the study ended."""
        self.write({directory.RESULT: tomli_w.dumps(plain(self.outcome))})

    def write(self, files: Mapping[str, str | bytes]) -> None:
        """Write files into the run directory, where there is one.

        Raises:
            RunError: One cannot be written.
        """
        if self.path is not None:
            with recording(self.path):
                for name, content in files.items():
                    write_file(self.path / name, content)

    def _write_scores(self) -> None:
        """Write down the scores that the stages have left, those of the front among them."""
        if self.scores and not any(one.role in (EVOLVED, MODEL) for one in self.scores):
            self.scores = (*self.scorer.score(self.front, "valid"), *self.scores)
        if self.path is not None and self.front and self.scores:
            FrontFiles(self.path, self.scorer).write(self.front, self.scores)
        elif self.scores:
            self.write({directory.SCORES: scores_csv(self.scores)})

    @property
    def outcome(self) -> Outcome:
        """How the study ended."""
        ended = self.ended
        return Outcome(
            budget=str(self.budget),
            workers=self.hands.workers,
            **self.hands.computed_on(self.config),
            reason="" if ended is None else ended.reason,
            interrupted=ended is not None and ended.interrupted,
            search_seconds=0.0 if ended is None else round(ended.seconds, 3),
            seconds={name: round(seconds, 3) for name, seconds in self.seconds.items()},
            **_widths(self.config.genome),
            **self.notes,
        )


def _widths(genome: str) -> dict[str, int]:
    """Return how wide the vectors of sparse networks are here; nothing for other genomes."""
    if genome != Network.kind:
        return {}
    # Numba takes long to import.
    from cellcolony.networks.vectors import width_of_lanes, width_of_one_lane

    return {"vector_of_lanes": width_of_lanes(), "vector_of_one_lane": width_of_one_lane()}


@contextmanager
def leaving(run: Path | None) -> Iterator[None]:
    """Add to an interrupt how a run goes on that the user leaves at once."""
    try:
        yield
    except KeyboardInterrupt as error:
        if run is not None and (run / directory.CONFIG).exists():
            error.add_note(f"To go on: cellcolony resume {shlex.quote(str(run))}")
        raise


def check_unchanged(path: Path, config: StudyConfig, checkpoint: Checkpoint) -> None:
    """Check that `config.toml` is as the run was begun.

    Raises:
        RunError: The checkpoint has other settings.
    """
    found = differences(checkpoint.compared, config.to_compare())
    if found:
        raise RunError(
            f"{path / directory.CONFIG} is not as the run was begun: {'; '.join(found)}. Take back "
            "the change, or begin another run."
        )
