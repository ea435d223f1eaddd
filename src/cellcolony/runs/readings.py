"""Count how often the test split was read: once for each session that scores on it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from cellcolony.runs.events import ItemDone, Warned
from cellcolony.runs.session import Session

READINGS = "test"
"""The name under which readings of the test split stand in the journal."""


def count_reading(session: Session, models: Sequence[Any]) -> None:
    """Write down that models are scored on the test split now, and say so if it is not the first time.

    Args:
        session: The study.
        models: Who is scored.
    """
    n = len(session.items(READINGS)) + 1
    if n > 1:
        session.emit(
            Warned(
                f"The test split has been scored {'once' if n == 2 else f'{n - 1} times'} before in "
                "this study: whoever went on because of those scores has chosen on the test split."
            )
        )
    result = {"models": list(models)}
    session.emit(ItemDone(READINGS, f"reading {n}", "", result, n, n))
    session.notes["test_readings"] = n
