"""A process of its own for work that may die, and whose death costs nobody else."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection
from typing import Any

from cellcolony.errors import RunError
from cellcolony.runs.executors import SIGNALS
from cellcolony.runs.executors.gpus import OwnGpu

READY = "ready"
MAIN_GUARD = 'A script that starts processes needs `if __name__ == "__main__":`.'
AN_ERROR = 1
"""The status of a process whose Python ended with an error."""


class WorkerDiedError(Exception):
    """A process ended before its task was done; the text says how.

    Attributes:
        status: Of a process that ended by itself or by a signal; None for another reason.
    """

    def __init__(self, text: str, status: int | None = None) -> None:
        super().__init__(text)
        self.status = status


class Worker:
    """A process that carries out one task after the other.

    Args:
        begin: Is called once in the process, and returns what is called with each task. It, the
            tasks and what comes of them are sent between processes.
        gpu: The GPU that the process sees; None for all that this one sees.

    Raises:
        WorkerDiedError: The process ended while it was started.
        RunError: The machine starts no more processes.
    """

    def __init__(self, begin: Callable[[], Callable[[Any], Any]], gpu: str | None = None) -> None:
        context = multiprocessing.get_context("spawn")  # threads and kernels do not survive a fork
        self.connection, other = context.Pipe()
        self._process = context.Process(target=_work, args=(OwnGpu(gpu), other, begin), daemon=True)
        try:
            with _interrupts_held_back():
                self._process.start()
        except BrokenPipeError as error:
            self.connection.close()
            raise WorkerDiedError("the end of the pipe through which it was begun") from error
        except OSError as error:
            self.connection.close()
            raise RunError(f"A process could not begin: {error.strerror}.") from error
        finally:
            other.close()

    def send(self, task: Any) -> None:
        """Let it begin with a task."""
        with suppress(OSError):  # it has died, and `receive` will say so
            self.connection.send(task)

    def receive(self, seconds: float | None = None) -> Any:
        """Return what has come of its task; READY the first time, when it can work.

        Args:
            seconds: How long to wait for it; None for as long as it takes.

        Raises:
            TimeoutError: Nothing has come in this time.
            RunError: What it was begun with raised an error.
            WorkerDiedError: It ended.
            RuntimeError: The task raised an error; the text is its traceback.
        """
        if seconds is not None and not self.connection.poll(seconds):
            raise TimeoutError(f"nothing came within {seconds:g} s")
        try:
            message = self.connection.recv()
        except (EOFError, OSError) as error:
            self._process.join()
            status = self._process.exitcode
            raise WorkerDiedError(f"status {status}", status) from error
        if isinstance(message, _CouldNotBegin):
            raise RunError(f"A process could not begin: {message.text}")
        if isinstance(message, _Raised):
            raise RuntimeError(message.text)
        return message

    def kill(self) -> None:
        """Let the process end, whatever it is doing; who waits for it learns that it died."""
        self._process.kill()

    def end(self) -> None:
        """Kill the process, and keep nothing of it; nobody may wait for it any more."""
        self._process.kill()
        self._process.join()
        self.connection.close()


@dataclass(frozen=True)
class _Raised:
    text: str


@dataclass(frozen=True)
class _CouldNotBegin:
    text: str


def _work(_gpu: OwnGpu, connection: Connection, begin: Callable[[], Callable[[Any], Any]]) -> None:
    for number in SIGNALS:  # the master decides what they do
        signal.signal(number, signal.SIG_IGN)
    threading.Thread(target=_end_with_the_master, daemon=True).start()
    try:
        carry_out = begin()
    except Exception as error:  # the master tells it: a full disk, a missing package
        traceback.print_exc()
        connection.send(_CouldNotBegin(f"{type(error).__name__}: {error}"))
        return
    connection.send(READY)
    while True:
        task = connection.recv()
        try:
            result = carry_out(task)
        except Exception:  # the master raises it again, with this traceback
            result = _Raised(traceback.format_exc())
        connection.send(result)


def _end_with_the_master() -> None:
    master = multiprocessing.parent_process()
    assert master is not None
    master.join()
    os._exit(1)


@contextmanager
def _interrupts_held_back() -> Iterator[None]:
    """Hold Ctrl-C and its like back; a process that is started meanwhile never gets one.

    The resource tracker must be there before: whoever starts it lets the signals through again.
    """
    mask: Callable[..., Any] | None = getattr(signal, "pthread_sigmask", None)
    if mask is None:  # Windows
        yield
        return
    resource_tracker.ensure_running()
    before = mask(signal.SIG_BLOCK, SIGNALS)
    try:
        yield
    finally:
        mask(signal.SIG_SETMASK, before)
