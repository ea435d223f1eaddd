"""A search for nodes in its run directory: begun, or gone on with, and searched."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.runs.begun import last_checkpoint
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import Checkpoint
from cellcolony.runs.events import FrontChanged, Observer, SearchEnded, SearchStarted
from cellcolony.runs.interrupt import interrupts_set
from cellcolony.runs.loop import Flight, run_search
from cellcolony.runs.nodes.bench import NodeBench
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.findings import OF_AN_END, NodeFindings
from cellcolony.runs.origin import Origin, order_of
from cellcolony.runs.recorder import Recorder, continued_run, new_run
from cellcolony.runs.restoring import Restored, beginning, restore, state_of
from cellcolony.runs.workplaces.executors import Workplace, judging
from cellcolony.store.lock import locked

MOST_FAILED = 0.9
"""The share of failures beyond which a search for nodes is given up: evolution learns from nodes
whose training diverges too, and of random ones many do."""


@dataclass(frozen=True)
class Hands:
    """Who trains.

    Attributes:
        bench: What judges candidates, and what trains in the end.
        executor: Where.
        workers: How many at once.
    """

    bench: NodeBench
    executor: Workplace
    workers: int


@dataclass
class Searching:
    """A search for nodes, new or from where an earlier session left it.

    Attributes:
        path: Its run directory.
        config: Its settings.
        restored: Where it stands.
        checkpoint: Its last checkpoint; None for none.
    """

    path: Path
    config: NodeConfig
    restored: Restored
    checkpoint: Checkpoint | None = None

    @staticmethod
    def begin(path: Path, config: NodeConfig) -> Searching:
        """Return a search that begins; nothing is written yet."""
        return Searching(path, config, beginning(origin_of(config)))

    @staticmethod
    def go_on(stack: ExitStack, path: Path, config: NodeConfig) -> Searching:
        """Return a search as it stood; its directory is locked until the stack is left.

        Raises:
            RunError: Another process writes it, a file of it is damaged, its settings have changed,
                or asking again gives another tree.
        """
        stack.enter_context(locked(path))
        checkpoint = last_checkpoint(path, config.to_compare())
        return Searching(path, config, restore(path, origin_of(config), checkpoint), checkpoint)

    def record(
        self, stack: ExitStack, budget: Budget, workers: int, against: str | None = None
    ) -> None:
        """Let what happens be written down until the stack is left.

        Args:
            stack: Closes the files.
            budget: When the search ends.
            workers: How many candidates are trained at once.
            against: Which other search a new one is to be held against; None for none.

        Raises:
            RunError: The directory cannot be made or written to.
        """
        write_front, restored = NodeFindings(self.path, self.config).write_front, self.restored
        if not self.path.exists():
            record = new_run(self.path, self.config, budget, workers, write_front, against)
        else:
            settings, front = self.config.to_compare(), tuple(restored.books.front)
            last = restored.next_checkpoint(self.checkpoint, settings, budget, workers)
            record = continued_run(self.path, last, front, write_front, OF_AN_END)
        self._observe(stack.enter_context(record))

    def _observe(self, recorder: Recorder) -> None:
        standing, books = self.restored.standing, self.restored.books
        recorder.checkpoints(lambda: state_of(standing, books))
        books.observers.insert(0, recorder.observe)

    def search(
        self, hands: Hands, budget: Budget, observers: Sequence[Observer], title: str = "Search"
    ) -> SearchEnded:
        """Search until the budget is spent, the generations have passed, or the user ends it.

        Args:
            hands: Who trains.
            budget: When to end.
            observers: Who watches, beside what writes.
            title: What the search is called.

        Raises:
            KeyboardInterrupt: The user wants to leave at once; everything is written down.
        """
        config, standing, books = self.config, self.restored.standing, self.restored.books
        books.observers += observers
        front = tuple(books.front)
        books.emit(
            SearchStarted(
                budget, hands.workers, config.seed, 0.0, self.restored.seconds,
                books.n_done, books.failures.total(), title, Tree.kind,
            )
        )  # fmt: skip
        if front:
            books.emit(FrontChanged(front))
        place = judging(hands.bench.judge, hands.executor, hands.workers, config.candidate_seconds)
        with place as (submit, stop), interrupts_set(drain := np.zeros(1, np.uint8), stop):
            ended = run_search(
                Flight(standing, submit, books.emit),
                budget,
                workers=hands.workers,
                stop=stop,
                drain=drain,
                order=order_of(config.order),
                seconds=self.restored.seconds,
                most_failed=MOST_FAILED,
            )
        if ended.at_once:
            raise KeyboardInterrupt
        return ended


def origin_of(config: NodeConfig) -> Origin:
    """Return what a search for nodes begins with."""
    order = order_of(config.order)
    return Origin(Tree.kind, config.seed, order, config.search.start, config.search.restore)
