"""Small evolutions for the tests of the search over nodes."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.contract import Candidate, Evaluation, Problem, Signal
from cellcolony.search.methods import method_of
from cellcolony.search.nodes import NodeEvolution, NodeSearch
from cellcolony.store.encoding import decode, encode

SMALL: dict[str, Any] = {
    "population": 12,
    "generations": 8,
    "most_active": 3,
    "most_inactive": 6,
    "stagnation": 2,
}


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def tree_of(candidate: Candidate | Signal) -> Tree:
    """The tree of a candidate, whatever its field is called."""
    assert isinstance(candidate, Candidate)
    genome = getattr(candidate, "genome", None) or getattr(candidate, "network", None)
    assert isinstance(genome, Tree)
    return genome


def verdict(number: int) -> Evaluation:
    """A loss that only the number decides; some fail, others come without weights."""
    if number % 7 == 3:
        return Evaluation.failed("diverged")
    return Evaluation(4.0 + (number * 37 % 101) / 100, None)


def small(**settings: Any) -> NodeEvolution:
    return NodeEvolution(**{**SMALL, **settings})


def run(search: Any, n: int | None = None, judge=verdict) -> list[Candidate]:
    """Ask and tell one by one, to the end or `n` candidates."""
    candidates: list[Candidate] = []
    while n is None or len(candidates) < n:
        number = len(candidates)
        candidate = search.ask(number, rng(number))
        if isinstance(candidate, Signal):
            assert candidate is Signal.DONE
            break
        candidates.append(candidate)
        search.tell(number, judge(number))
    return candidates


def started(seed: int = 0, **settings: Any) -> NodeSearch:
    return begun(small(**settings), seed)


def begun(settings: Any, seed: int = 0) -> Any:
    """A search over nodes, or its control, at its start."""
    return method_of(settings)[1].start(settings, Problem(), rng(seed))


def restored(settings: Any, state: dict[str, Any]) -> Any:
    return method_of(settings)[1].restore(settings, Problem(), state)


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """A state as a checkpoint keeps it."""
    return decode(*encode(state))
