"""Count how often the test split was read: once for each session that scores on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cellcolony.runs.events import ItemDone, Warned
from cellcolony.runs.session import Session

READINGS = "test"
"""The name under which readings of the test split stand in the journal."""


def count_reading(session: Session, models: Sequence[Any]) -> None:
    """Write down that models are scored on the test split now; warn if they were before.

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
