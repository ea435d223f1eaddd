"""How a stage of a study stands, and about how long what is left of it takes.

Times are of the wall, of all sessions together; they go on as they went so far.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from cellcolony.runs.watch.searching import SearchFollowing

SEARCH, FINALS, SCORES = "search", "finals", "scores"
TITLES = {
    SEARCH: "search",
    "control": "control",
    "methods": "other methods of search",
    "ensemble": "ensembles of networks",
    "rivals": "rivals",
    "cells": "rivals, trained as candidates are",
    FINALS: "final trainings",
    SCORES: "scores on the test split",
    "importance": "which columns matter",
    "final-scores": "scores on the test text",
}
"""What stages are called; another one is called by its name."""


@dataclass(frozen=True)
class StageState:
    """How a stage of a study stands.

    Attributes:
        title: What happens in it.
        state: Whether it is done, under way or to come.
        n_done: How many of its items, or candidates, are done, where it is under way.
        n: How many it has; None where that is not known.
        seconds: About how long what is left of it takes; None where that is not known.
    """

    title: str
    state: Literal["done", "under way", "to come"]
    n_done: int = 0
    n: int | None = None
    seconds: float | None = None


class Pace:
    """How long the items of a stage have taken, by the clock of the session that did them."""

    def __init__(self) -> None:
        self._seconds, self._n = 0.0, 0
        self._clock: float | None = None

    def begin(self, at: float) -> None:
        """Take in that a session has begun the stage."""
        self._clock = at

    def item_done(self, at: float) -> None:
        """Take in that an item is done."""
        if self._clock is not None:
            self._seconds, self._n = self._seconds + max(at - self._clock, 0.0), self._n + 1
        self._clock = at

    def seconds_of(self, n: int) -> float | None:
        """Return about how long so many items take; None before the first one is done."""
        return self._seconds / self._n * n if self._n else None


def seconds_left(search: SearchFollowing, n: int | None) -> float | None:
    """Return about how long a search goes on; None where neither its budget nor its pace tell.

    Args:
        search: The search.
        n: After how many candidates it ends; None where that is not known.
    """
    if search.is_over:
        return 0.0
    n_done, found = search.tally.n_done, []
    if n is not None and n_done:
        found.append(max(n - n_done, 0) * search.seconds / n_done)
    limit = None if search.header is None else search.header.budget.seconds
    if limit is not None:
        found.append(max(limit - search.seconds, 0.0))
    return min(found, default=None)


def title_of_stage(name: str) -> str:
    """Return what people call a stage."""
    return TITLES.get(name, name)
