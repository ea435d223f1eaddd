"""Start the processes that `soak.py` kills, and listen to which phase they are in."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
import traceback
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from told_phases import STARTING, carry_out

HERE = Path(__file__).parent
LONGEST = 1200.0
"""Seconds after which a process counts as hanging, on a machine that others use."""


class Forked:
    """A process that is forked from this one and carries out a command.

    Args:
        words: The command.
        pipe: Where it says which phase it is in.
        log: Where what it says of errors goes to.
        to: Where what it prints goes to.
    """

    returncode: int | None = None

    def __init__(self, words: list[str], pipe: int, log: int, to: int) -> None:
        sys.stdout.flush()
        self.pid = os.fork()
        if self.pid == 0:
            status = 70
            try:
                os.setsid()
                os.dup2(to, 1)
                os.dup2(log, 2)
                status = carry_out(pipe, words)
            except BaseException:
                traceback.print_exc()
            finally:
                with suppress(Exception):
                    sys.stdout.flush()
                    sys.stderr.flush()
                os._exit(status)

    def poll(self) -> int | None:
        """Return its status; None while it runs."""
        if self.returncode is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            if pid:
                self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end.

        Raises:
            TimeoutExpired: It takes longer.
        """
        end = time.monotonic() + (LONGEST if timeout is None else timeout)
        while (status := self.poll()) is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired("a command", timeout or LONGEST)
            time.sleep(0.005)
        return status

    def send_signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        if self.poll() is None:
            os.kill(self.pid, number)


@dataclass
class Child:
    """A process of a command, and what it has said.

    Attributes:
        process: It.
        pipe: Where it says in which phase it is.
        phases: All that it has said so far, with the seconds from its start.
        began: When it was started, in seconds of the monotonic clock.
    """

    process: subprocess.Popen[bytes] | Forked
    pipe: int
    phases: list[tuple[str, float]] = field(default_factory=list)
    began: float = field(default_factory=time.monotonic)
    _rest: bytes = b""

    @staticmethod
    def of(words: list[str], log: Path, to: Path | None, is_fresh: bool) -> Child:
        """Start a process.

        Args:
            words: The command.
            log: The file that what it prints is added to.
            to: The new file for what it prints on standard output, if not that one.
            is_fresh: Whether it is not forked.
        """
        read, write = os.pipe()
        with log.open("ab") as logged, to.open("wb") if to else log.open("ab") as said:
            if is_fresh:
                command = [sys.executable, str(HERE / "told_phases.py"), str(write), *words]
                process = subprocess.Popen(
                    command, pass_fds=(write,), stdout=said, stderr=logged,
                    stdin=subprocess.DEVNULL, start_new_session=True,
                )  # fmt: skip
            else:
                process = Forked(words, write, logged.fileno(), said.fileno())
        os.close(write)
        return Child(process, read)

    def listen(self, seconds: float) -> None:
        """Take in what it says for so long at most, or until it says something."""
        if select.select([self.pipe], [], [], seconds)[0]:
            *lines, self._rest = (self._rest + os.read(self.pipe, 4096)).split(b"\n")
            self.phases += [(line.decode(), self.seconds) for line in lines]

    @property
    def seconds(self) -> float:
        """How long ago it was started."""
        return time.monotonic() - self.began

    @property
    def phase(self) -> str:
        """What it said last."""
        return self.phases[-1][0] if self.phases else STARTING

    def close(self) -> None:
        """End whatever it has started, and the pipe."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        os.close(self.pipe)
