"""Where work is done on a worker elsewhere: what a study has begun there, and its tasks.

Everything travels as bytes that we have pickled ourselves, so that an engine sees plain data alone.
No file is ever unpickled: bytes come from who is connected, and whoever reaches a worker's port can
run code there anyway.
What a study begins with, its data among it, is sent to a worker once and kept there by its
fingerprint; after that a task is its candidate and nothing else.
"""

from __future__ import annotations

import atexit
import hashlib
import multiprocessing
import pickle
import threading
import time
import traceback
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Literal, NamedTuple, TypeAlias

from cellcolony.contract import Begin, Work
from cellcolony.errors import RunError
from cellcolony.runs.executors.gpus import seats
from cellcolony.runs.executors.machine import this_machine
from cellcolony.runs.executors.pool import Processes
from cellcolony.runs.executors.processes import flag_in
from cellcolony.runs.executors.worker import WorkerDiedError

MOST_AT_ONCE = 1024
"""More tasks than one process of an engine carries out at once."""
MOST_KEPT = 4
"""So many studies a process keeps what they have begun with: one has a search, and a control. On
GPUs it keeps one, as processes that wait hold memory there."""

Ended: TypeAlias = Literal["value", "died", "raised", "cannot"]


class Result(NamedTuple):
    """What has come of a task.

    Attributes:
        ended: "value"; "died" with its process; "raised" an error; "cannot": this worker can do no
            task at all.
        content: The value, pickled; else the text that says why.
        seconds: How long the task took, without what was begun before it.
    """

    ended: Ended
    content: Any
    seconds: float = 0.0


@dataclass(frozen=True)
class Parcel:
    """What a worker begins with, as it is sent.

    Attributes:
        fingerprint: A hash of the content.
        content: What is called there with the stop flag, pickled.
        limit: After how many seconds a task's process is killed; None for never.
        is_apart: Whether tasks are carried out in processes apart from the engine's: one that dies
            then takes along its own task and nothing else.
        per_gpu: So many of those processes at most share a GPU; None where they need none.
    """

    fingerprint: str
    content: bytes
    limit: float | None = None
    is_apart: bool = True
    per_gpu: int | None = None

    @staticmethod
    def of(
        begin: Begin, limit: float | None = None, is_apart: bool = True, per_gpu: int | None = None
    ) -> Parcel:
        """Return what begins on a worker as it is sent."""
        content = pickle.dumps(begin, pickle.HIGHEST_PROTOCOL)
        return Parcel(hashlib.sha256(content).hexdigest(), content, limit, is_apart, per_gpu)


class Workbench:
    """What a study has begun in this process.

    Args:
        parcel: What it begins with.
        at_once: How many tasks this process is given at once, where they are carried out on GPUs.
    """

    def __init__(self, parcel: Parcel, at_once: int = 1) -> None:
        self._parcel = parcel
        self._at_once = at_once
        self._shared = multiprocessing.get_context("spawn").RawArray("B", 1)
        self._work: Work | None = None
        self._processes: Processes[bytes, tuple[float, bytes]] | None = None
        self._lock = threading.Lock()

    def carry_out(self, tasks: Sequence[bytes]) -> list[Result]:
        """Carry out tasks one after the other."""
        return [self._carry_out(task) for task in tasks]

    def halt(self) -> None:
        """Let trainings end soon with what they have."""
        flag_in(self._shared)[0] = 1

    def close(self) -> None:
        """End everything that still works."""
        self.halt()
        with self._lock:
            if self._processes is not None:
                self._processes.__exit__()

    def _carry_out(self, task: bytes) -> Result:
        try:
            seconds, value = self._apart(task) if self._parcel.is_apart else self._here(task)
        except WorkerDiedError as error:
            return Result("died", str(error))
        except RunError as error:
            return Result("cannot", str(error))
        except RuntimeError as error:  # the traceback of what was raised apart
            return Result("raised", str(error))
        return Result("value", value, seconds)

    def _apart(self, task: bytes) -> tuple[float, bytes]:
        with self._lock:
            if self._processes is None:
                # Dask's own workers are daemons, which may have no children; ours end with them.
                process = multiprocessing.current_process()
                if process.daemon:
                    process.daemon = False
                begin = partial(_begin, self._parcel.content, self._shared)
                gpus = seats(self._parcel.per_gpu, self._at_once)
                n = len(gpus) or MOST_AT_ONCE
                self._processes = Processes(begin, n, self._parcel.limit, gpus)
        return self._processes.submit(task).result()

    def _here(self, task: bytes) -> tuple[float, bytes]:
        with self._lock:
            if self._work is None:
                try:
                    self._work = _begin(self._parcel.content, self._shared)
                except Exception as error:
                    traceback.print_exc()
                    raise RunError(f"A worker could not begin: {error}") from error
        try:
            return self._work(task)
        except Exception:  # the master raises it again, with this traceback
            raise RuntimeError(traceback.format_exc()) from None


def _begin(content: bytes, shared: bytearray) -> Work:
    return partial(_carry_out, pickle.loads(content)(flag_in(shared)))


def _carry_out(work: Work, task: bytes) -> tuple[float, bytes]:
    wanted = pickle.loads(task)
    began = time.perf_counter()
    found = work(wanted)
    return time.perf_counter() - began, pickle.dumps(found, pickle.HIGHEST_PROTOCOL)


@dataclass
class Benches:
    """The benches of a process, of the last studies that have worked in it."""

    _kept: OrderedDict[str, Workbench] = field(default_factory=OrderedDict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def get(self, fingerprint: str, parcel: Parcel | None) -> Workbench | None:
        """Return the bench of a study; None where it must be begun and nothing to begin with came.

        Args:
            fingerprint: Of what it begins with.
            parcel: What it begins with, if it came along.
        """
        with self._lock:
            bench = self._kept.get(fingerprint)
            if bench is None and parcel is not None:
                if not self._kept:  # else this process would wait for its children in the end
                    atexit.register(self.close)
                bench = self._kept[fingerprint] = Workbench(parcel)
                most = MOST_KEPT if parcel.per_gpu is None else 1
                while len(self._kept) > most:
                    self._kept.popitem(last=False)[1].close()
            elif bench is not None:
                self._kept.move_to_end(fingerprint)
            return bench

    def close(self) -> None:
        """End everything that still works."""
        with self._lock:
            while self._kept:
                self._kept.popitem()[1].close()


HERE = Benches()
"""Of this process: what comes with one task must be there for the next one."""


class Message(NamedTuple):
    """Tasks on their way.

    Attributes:
        versions: Of the master's program: see `Machine`.
        fingerprint: Of what the study begins with.
        parcel: What it begins with, where the worker does not have it yet.
        tasks: Each pickled.
    """

    versions: dict[str, str]
    fingerprint: str
    parcel: Parcel | None
    tasks: tuple[bytes, ...]

    def to_bytes(self) -> bytes:
        """Return it as it is sent; other versions of this program can read it."""
        parcel = None if self.parcel is None else vars(self.parcel)
        return pickle.dumps((self.versions, self.fingerprint, parcel, self.tasks))


def carry_out(message: bytes, bench: Workbench | None = None) -> dict[str, Any]:
    """Carry out tasks in this process, on a worker.

    Args:
        message: `Message.to_bytes`.
        bench: Where; None for where this study has begun in this process.

    Returns:
        `machine` tells of this machine; `results` is a list of `Result` as plain tuples, and None
        where what the study begins with is not there, or this machine runs another program.
    """
    versions, fingerprint, parcel, tasks = pickle.loads(message)
    me = this_machine()
    report: dict[str, Any] = {"machine": me.to_dict(), "results": None}
    if me.others(versions):
        return report
    if bench is None:
        bench = HERE.get(fingerprint, None if parcel is None else Parcel(**parcel))
    if bench is not None:
        report["results"] = [tuple(result) for result in bench.carry_out(tasks)]
    return report
