"""Do the items of a stage that are not done yet, several at once; count readings of the test."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from cellcolony.contract import Begin
from cellcolony.errors import RunError, brief
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.events import ItemDone, StageStarted, Warned
from cellcolony.runs.executors import (
    Demand,
    Workplace,
    interrupts_deferred,
    interrupts_set,
    n_cores,
    working,
)
from cellcolony.runs.executors.worker import WorkerDiedError
from cellcolony.runs.loop import LOOK_SECONDS
from cellcolony.runs.session import Session
from cellcolony.store.reading import DAMAGE

T = TypeVar("T")
READINGS = "test"
"""The name under which readings of the test split stand in the journal."""


@dataclass(frozen=True)
class Item:
    """A part of a stage that is done as a whole.

    Attributes:
        key: What identifies it, and all that its result depends on.
        title: What it is called.
        payload: What the worker is given; it may be sent to another process.
    """

    key: str
    title: str
    payload: Any


def digest_of(*parts: Any) -> str:
    """Return the same text for the same plain values, 16 digits."""
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def left_of(session: Session, stage: str, items: Sequence[Item]) -> list[Item]:
    """Return the items that are not done yet."""
    done = session.items(stage)
    return [item for item in items if item.key not in done]


def kept_of(session: Session, stage: str, key: str, read: Callable[[Mapping[str, Any]], T]) -> T:
    """Return what the journal keeps of an item that is done; somebody else may have written it.

    Args:
        session: The study.
        stage: The stage's name.
        key: The item's.
        read: Reads what `result` of `carry_out` made.

    Raises:
        RunError: It cannot be read.
    """
    try:
        return read(session.items(stage)[key])
    except DAMAGE as error:
        where = JOURNAL if session.path is None else session.path / JOURNAL
        raise RunError(
            f"{where}: the item {brief(key)} of the stage {stage!r} is invalid: {error}"
        ) from error


def carry_out(
    session: Session,
    stage: str,
    title: str,
    items: Sequence[Item],
    begin: Begin,
    result: Callable[[Item, Any], tuple[Mapping[str, Any], str]],
    *,
    executor: Workplace | None = None,
    per_gpu: int | None = None,
    failed: Callable[[str], Any] = lambda reason: None,
    look: Callable[[Sequence[Item]], None] = lambda items: None,
    prepare: Callable[[], object] = lambda: None,
) -> None:
    """Do what is left of a stage; each item stands in the journal as soon as it is done.

    Args:
        session: The study.
        stage: The stage's name.
        title: What happens in it, for people.
        items: All its items, done or not, in their order.
        begin: Returns, on a worker, what does an item.
        result: From an item and what came of it to what the journal keeps, and a line for people.
        executor: Where; None for where the study judges its candidates.
        per_gpu: So many items at most share a GPU; None for items that need none.
        failed: What came of an item whose process died again and again.
        look: Is called now and then with the items under way, and with each that has just ended.
        prepare: Is called before the first item, if any is left.

    Raises:
        KeyboardInterrupt: The user wants to leave; what is done is kept, what is under way is not.
    """
    left = left_of(session, stage, items)
    if not left:
        return
    n, n_done, began = len(items), len(items) - len(left), time.monotonic()
    session.emit(StageStarted(stage, title, n, n_done))
    for item in [one for one in left if one.key in session.known]:
        n_done += 1
        text = f"{item.title} is known."
        session.emit(ItemDone(stage, item.key, text, session.known[item.key], n, n_done))
        left.remove(item)
    with interrupts_deferred():
        prepare()
    hands, leave = session.hands, np.zeros(1, np.uint8)
    limit = n_cores() if executor is not None and hands.limit is None else hands.limit
    demand = Demand(
        None if limit is None else max(min(limit, len(left)), 1),
        is_strict=session.config.order == "strict",
        per_gpu=per_gpu,
    )
    place = working(begin, executor or hands.executor, demand)
    with place as crew, interrupts_set(leave):
        under_way: dict[Future[Any], Item] = {}
        try:
            for item in left:
                under_way[crew.submit(item.payload)] = item
            while under_way:
                finished, _ = wait(under_way, LOOK_SECONDS, FIRST_COMPLETED)
                if leave[0]:
                    raise KeyboardInterrupt
                look(
                    [
                        item
                        for future, item in under_way.items()
                        if future.running() or future in finished
                    ]
                )
                for future in [one for one in under_way if one in finished]:
                    item = under_way.pop(future)
                    try:
                        value = future.result()
                    except WorkerDiedError as error:
                        value = failed(str(error))
                    kept, text = result(item, value)
                    n_done += 1
                    session.emit(ItemDone(stage, item.key, text, kept, n, n_done))
            if leave[0]:  # what came at the same time is done
                raise KeyboardInterrupt
        finally:
            crew.stop[0] = 1
            for future in under_way:
                future.cancel()
    session.seconds[stage] = session.seconds.get(stage, 0.0) + time.monotonic() - began


def count_reading(session: Session, models: Sequence[Any]) -> None:
    """Write down that models are scored on the test split now, and say so if it is not the first
    time.

    A session that goes on where another one was killed while it scored does not read it anew.

    Args:
        session: The study.
        models: Who is scored, as JSON can hold it.
    """
    known = session.items(READINGS)
    reading = {"models": list(models), "candidates": session.restored.books.n_done}
    n = len(known)
    if not (n and not session.had_ended and _goes_on(list(known.values())[-1], reading)):
        n += 1
        if n > 1:
            session.emit(
                Warned(
                    "The test split has been scored "
                    f"{'once' if n == 2 else f'{n - 1} times'} before in this study: whoever went "
                    "on because of those scores has chosen on the test split."
                )
            )
        session.emit(ItemDone(READINGS, f"reading {n}", "", reading, n, n))
    session.notes["test_readings"] = n


def _goes_on(last: Any, reading: dict[str, Any]) -> bool:
    """Say whether a reading is what was left of the last one."""
    models, n = last.get("models"), last.get("candidates")
    if not isinstance(models, list) or n != reading["candidates"]:
        return False
    return all(model in models for model in reading["models"])
