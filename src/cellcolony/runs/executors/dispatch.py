"""Send tasks to workers elsewhere, some in one message, so that a message is worth its way.

Results are unpickled: they come from workers that this study has sent code to.

What was not sent yet waits here and can be taken back; what was sent is begun for all who ask. So
no engine needs to be asked who works at what, and a death concerns few.
"""

from __future__ import annotations

import math
import pickle
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import BrokenExecutor, Future
from dataclasses import dataclass
from functools import partial
from typing import Any, NamedTuple, Protocol

import numpy as np

from cellcolony.errors import CellcolonyError, RunError
from cellcolony.runs.executors.crew import Crew, Demand
from cellcolony.runs.executors.machine import Crowd
from cellcolony.runs.executors.workbench import Message, Parcel, Result
from cellcolony.runs.executors.worker import WorkerDiedError

LOOK_SECONDS = 0.2
"""How often the stop flag is looked at, and how many workers there are."""
LINGER_SECONDS = 0.02
"""So long the next task is waited for, where several are to go together."""
MOST_TOGETHER = 512
"""More tasks are not sent together, however short they are."""
SHARE_OF_NEW = 0.3
"""How much the last message tells of how long a task takes, against all before."""
PATIENCE_SECONDS = 60.0
"""So long no worker may be there before the user is told."""


class Engine(Protocol):
    """Carries messages to workers."""

    def send(self, message: bytes, arrived: Callable[[Any], None]) -> None:
        """Let a worker call `workbench.carry_out` with a message.

        Args:
            message: The message.
            arrived: Is called, in any thread, with what that returned or with what was raised:
                WorkerDiedError where the worker died again and again, RunError where no more can be
                sent.
        """
        ...

    def n_workers(self) -> int:
        """Return how many messages can be worked on at once, now; it must not take long.

        Raises:
            RunError: No more can be sent.
        """
        ...

    def halt(self) -> None:
        """Let all that works end soon with what it has, where that can be."""
        ...


class _Task(NamedTuple):
    future: Future[Any]
    content: bytes


@dataclass(frozen=True)
class HowSent:
    """How tasks are sent.

    Attributes:
        together: How many in one message; None for as many as take about a second.
        may_mix: Whether processors may differ in strict order.
    """

    together: int | None = None
    may_mix: bool = False


class Dispatcher:
    """Sends tasks and takes in what comes of them; use it in a `with` block.

    Args:
        engine: Carries them.
        parcel: What the workers begin with.
        demand: What the place was asked for.
        how: How tasks are sent.
    """

    def __init__(self, engine: Engine, parcel: Parcel, demand: Demand, how: HowSent) -> None:
        self._engine = engine
        self._parcel = parcel
        self._demand = demand
        self._how = how
        self._crowd = Crowd(demand.is_strict, how.may_mix)
        self._changed = threading.Condition()
        self._waiting: deque[_Task] = deque()
        self._alone: deque[_Task] = deque()
        self._n_sent = 0
        self._n_workers = 0
        self._task_seconds: float | None = None
        self._broken: Exception | None = None
        self._is_over = False
        self._stop = np.zeros(1, np.uint8)
        self._idle_looks = 0
        self._thread = threading.Thread(target=self._work, name="dispatch", daemon=True)

    def __enter__(self) -> Crew:
        self._look()
        self._thread.start()
        return Crew(self.submit, self._stop, self.room, self._crowd.news, self._cpus)

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._is_over = True
            self._changed.notify_all()
        self._thread.join()

    def _cpus(self) -> Sequence[str]:
        return tuple(self._crowd.cpus)

    def submit(self, task: Any) -> Future[Any]:
        """Let a task be carried out: see `Crew`."""
        future: Future[Any] = Future()
        content = pickle.dumps(task, pickle.HIGHEST_PROTOCOL)
        with self._changed:
            if self._broken is not None:
                future.set_exception(self._broken)
            else:
                self._waiting.append(_Task(future, content))
                self._changed.notify_all()
        return future

    def room(self) -> int:
        """Return how many tasks keep all workers busy now, at least 1."""
        n = max(self._n_workers, 1)
        if self._how.together is not None:
            return n * self._how.together
        return max(n, min(n * self._together(), self._demand.most or n))

    def _together(self) -> int:
        """Return how many tasks go into one message."""
        if self._how.together is not None:
            return self._how.together
        if self._task_seconds is None or self._demand.most is None:
            return 1
        wanted = self._demand.message_seconds / max(self._task_seconds, 1e-6)
        fair = self._demand.most // max(self._n_workers, 1)
        return int(max(min(wanted, fair, MOST_TOGETHER), 1))

    def _look(self) -> None:
        """Learn how many workers there are."""
        try:
            n = self._engine.n_workers()
        except RunError as error:
            self._break(error)
            return
        most = self._demand.workers
        self._n_workers = n if most is None else min(n, most)
        self._idle_looks = 0 if n else self._idle_looks + 1
        if self._idle_looks == math.ceil(PATIENCE_SECONDS / LOOK_SECONDS):
            self._crowd.tell(
                f"No worker is there since {PATIENCE_SECONDS:g} s; the search waits for one. "
                "Start some: `cellcolony worker`."
            )

    def _work(self) -> None:
        try:
            self._serve()
        except Exception as error:  # whatever an engine raises: nobody may wait for ever
            self._break(RunError(f"The executor cannot go on: {type(error).__name__}: {error}."))
            raise

    def _serve(self) -> None:
        is_halted = False
        while True:
            with self._changed:
                self._changed.wait_for(self._can_go_on, LOOK_SECONDS)
                if self._is_over:
                    return
            if self._stop[0] and not is_halted:
                self._engine.halt()
                is_halted = True
            self._look()
            while (together := self._next()) is not None:
                if together:
                    self._send(together)

    def _can_go_on(self) -> bool:
        has_work = bool(self._waiting or self._alone)
        return self._is_over or (has_work and self._n_sent < self._n_workers)

    def _next(self) -> list[_Task] | None:
        """Take the tasks of the next message, without those that were taken back.

        Returns:
            None where nothing waits, or no worker is free.
        """
        with self._changed:
            if self._is_over or not self._can_go_on():
                return None
            if self._alone:
                together = [self._alone.popleft()]
            else:
                wanted, n_before = self._together(), 0
                while n_before < len(self._waiting) < wanted:  # the master may be asking for more
                    n_before = len(self._waiting)
                    self._changed.wait(LINGER_SECONDS)
                n_free = max(self._n_workers - self._n_sent, 1)
                n = min(wanted, math.ceil(len(self._waiting) / n_free))
                taken = [self._waiting.popleft() for _ in range(min(n, len(self._waiting)))]
                together = [one for one in taken if one.future.set_running_or_notify_cancel()]
            if together:
                self._n_sent += 1
            return together

    def _send(self, together: list[_Task], parcel: Parcel | None = None) -> None:
        tasks = tuple(task.content for task in together)
        versions = dict(self._crowd.own.versions)
        message = Message(versions, self._parcel.fingerprint, parcel, tasks).to_bytes()
        try:
            self._engine.send(message, partial(self._arrived, together, parcel is not None))
        except Exception as error:  # whatever an engine of somebody else raises
            self._arrived(together, False, error)

    def _arrived(self, together: list[_Task], had_parcel: bool, found: Any) -> None:
        """Take in what came of a message: a report of `workbench.carry_out`, or an exception."""
        try:
            if isinstance(found, WorkerDiedError) and len(together) > 1:
                with self._changed:  # which of them it was will be seen
                    self._alone.extend(together)
            elif isinstance(found, BaseException):
                self._fail(together, found)
            else:
                self._crowd.check(found["machine"])
                if found["results"] is None:
                    if had_parcel:
                        raise RunError("A worker has lost what the study begins with.")
                    self._send(together, self._parcel)
                    return
                self._take(together, [Result(*result) for result in found["results"]])
        except Exception as error:  # no future may be left without an end
            self._fail(together, error)
        with self._changed:
            self._n_sent -= 1
            self._changed.notify_all()

    def _take(self, together: list[_Task], results: Sequence[Result]) -> None:
        for task, result in zip(together, results, strict=True):
            match result.ended:
                case "value":
                    task.future.set_result(pickle.loads(result.content))
                case "died":
                    task.future.set_exception(WorkerDiedError(result.content))
                case "cannot":
                    task.future.set_exception(_cannot(result.content))
                case "raised":
                    task.future.set_exception(RuntimeError(result.content))
        took = [result.seconds for result in results if result.ended == "value"]
        if took:
            mean, before = sum(took) / len(took), self._task_seconds
            share = 1.0 if before is None else SHARE_OF_NEW
            self._task_seconds = mean * share + (before or 0.0) * (1 - share)

    def _fail(self, together: Sequence[_Task], error: BaseException) -> None:
        if not isinstance(error, CellcolonyError | WorkerDiedError | BrokenExecutor):
            cause, versions = error, self._crowd.own.versions
            error = RunError(
                f"A worker could not take a task: {type(cause).__name__}: {cause}. It must be able "
                f"to import cellcolony {versions['cellcolony']} and all that this study uses. What "
                "was done is safe: `cellcolony resume` goes on."
            )
            error.__cause__ = cause
        for task in together:
            if not task.future.done():
                task.future.set_exception(error)

    def _break(self, error: Exception) -> None:
        """Give up: nothing can be sent any more."""
        with self._changed:
            if self._broken is not None:
                return
            self._broken = error
            waiting = [*self._waiting, *self._alone]
            self._waiting.clear()
            self._alone.clear()
        for task in waiting:
            if task.future.running() or task.future.set_running_or_notify_cancel():
                task.future.set_exception(error)


def _cannot(text: str) -> RunError:
    return RunError(
        f"A worker cannot work: {text} What was done is safe: put that right, and `cellcolony "
        "resume` goes on."
    )
