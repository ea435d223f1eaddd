"""Let the commands that `soak.py` kills say on a pipe which phase they are in.

As a program, `python told_phases.py PIPE WORDS...` is the command line that does so.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any

STARTING, COMPILING, WRITING, CHECKPOINT, REPORTING, ENDING = (
    "starting", "compiling", "writing a file", "inside a checkpoint", "report", "ending",
)  # fmt: skip
PIPE = [-1]
"""Where this process says in which phase it is."""
SAID = [STARTING]


def say(phase: str) -> None:
    """Say which phase begins, where anybody listens."""
    if PIPE[0] >= 0:
        os.write(PIPE[0], f"{phase}\n".encode())


def let_commands_say() -> None:
    """Import the commands so that they say which phase they are in.

    Checkpoints come often, and the papers' experiments are tiny.
    """
    from tiny_reprints import make_reprints_tiny

    from cellcolony.store import files

    def told(phase: str, does: Callable[..., Any]) -> Callable[..., Any]:
        """Return what does the same, and says so before and after it."""

        def does_and_says(*args: Any, **more: Any) -> Any:
            say(phase)
            does(*args, **more)
            say(SAID[-1])

        return does_and_says

    files.write_file = told(WRITING, files.write_file)  # before others import it
    from cellcolony.runs import recorder
    from cellcolony.runs.bookkeeping import Bookkeeping
    from cellcolony.runs.events import Compiling, Scored, SearchEnded, SearchStarted, StageStarted

    recorder.write_checkpoint = told(CHECKPOINT, recorder.write_checkpoint)
    recorder.CANDIDATES, recorder.SECONDS = 4, 0.0
    make_reprints_tiny()
    emit = Bookkeeping.emit

    def observe(self: Bookkeeping, event: Any) -> None:
        if isinstance(event, Compiling):
            SAID.append(COMPILING)
        elif isinstance(event, SearchStarted):
            SAID.append(event.title)
        elif isinstance(event, StageStarted):
            SAID.append(event.stage)
        elif isinstance(event, SearchEnded):
            SAID.append("between stages")
        elif isinstance(event, Scored):
            SAID.append(REPORTING)
        say(SAID[-1])
        emit(self, event)

    Bookkeeping.emit = observe


def let_forks_begin_at_once() -> None:
    """Import what commands need, and compile: what is forked from here is at work at once."""
    let_commands_say()
    from importlib import import_module

    from cellcolony import cells
    from cellcolony.cli import COMMANDS
    from cellcolony.networks.warm_up import warm_up

    for name in COMMANDS:
        import_module(f"cellcolony.cli.{name}")
    for name in ("layers.long_training", "report.sections", "report.files", "runs.studies",
                 "runs.resume", "runs.repeat", "export.exportable", "report.battery"):  # fmt: skip
        import_module(f"cellcolony.{name}")
    warm_up(tuple(cells.names()))


def carry_out(pipe: int, words: Sequence[str]) -> int:
    """Carry out a command line, and say on a pipe which phase it is in; return its status."""
    PIPE[0] = pipe
    say(STARTING)
    from cellcolony.cli import main

    status = main(words)
    say(ENDING)
    return status


if __name__ == "__main__":
    PIPE[0] = int(sys.argv[1])
    say(STARTING)
    let_commands_say()
    sys.exit(carry_out(PIPE[0], sys.argv[2:]))
