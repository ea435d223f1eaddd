"""Trainings after a search: each is carried out once, and Ctrl-C leaves with what is done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import TypeVar

import numpy as np

from cellcolony.runs.interrupt import interrupts_set
from cellcolony.runs.loop import LOOK_SECONDS
from cellcolony.runs.workplaces.executors import Begin, Workplace, judging

Task = TypeVar("Task")
Outcome = TypeVar("Outcome")


def carry_out(
    begin: Begin[Task, Outcome],
    tasks: Iterable[Task],
    done: Callable[[Task, Future[Outcome]], None],
    executor: Workplace,
    workers: int,
    seconds: float | None = None,
) -> None:
    """Carry out tasks, several at once.

    Args:
        begin: Returns what carries them out.
        tasks: In the order in which they begin.
        done: Is called with each task, and what has come of it, as they end.
        executor: Where.
        workers: How many at once.
        seconds: The most that one may take by its own account.

    Raises:
        KeyboardInterrupt: The user wants to leave; what was under way is lost.
    """
    left = np.zeros(1, np.uint8)
    with judging(begin, executor, workers, seconds) as (submit, stop), interrupts_set(left):
        out: dict[Future[Outcome], Task] = {}
        try:
            for task in tasks:
                out[submit(task)] = task
            while out:
                finished, _ = wait(out, LOOK_SECONDS, FIRST_COMPLETED)
                for future in [one for one in out if one in finished]:
                    done(out.pop(future), future)
                if left[0]:
                    raise KeyboardInterrupt
        finally:
            stop[0] = 1
            for future in out:
                future.cancel()
