"""How mutations follow each other: which ones a new tree undergoes, by their rates."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.search.nodes.bounded import with_bounded_root
from cellcolony.search.nodes.grammar import GRAMMARS
from cellcolony.search.nodes.insert import insert
from cellcolony.search.nodes.replace import replace
from cellcolony.search.nodes.settings import Variation
from cellcolony.search.nodes.shrink import shrink

MUTATIONS = ("insert", "shrink", "replace")


def mutated(
    tree: Tree, settings: Variation, rng: np.random.Generator
) -> tuple[Tree, tuple[str, ...]]:
    """Return a tree after each mutation that its rate brings, one of each kind at most, in order.

    Returns:
        The tree, the same where nothing was drawn, and the mutations by name.
    """
    done: list[str] = []
    for name in MUTATIONS:
        if rng.random() < _rate(name, settings):
            new = _mutation(name, tree, settings, rng)
            if new is not None:
                tree = new
                done.append(name)
    return _finished(tree, settings), tuple(done)


def mutated_once(
    tree: Tree, settings: Variation, rng: np.random.Generator
) -> tuple[Tree, tuple[str, ...]]:
    """Return a tree after one mutation, drawn in proportion to the rates.

    Returns:
        The tree, the same where no mutation has a legal place, and the mutations by name.
    """
    rates = np.array([_rate(name, settings) for name in MUTATIONS])
    order = rng.permutation(len(MUTATIONS)).tolist()
    first = int(np.searchsorted(rates.cumsum(), rng.random() * rates.sum(), side="right"))
    for i in (first, *order):  # the others only where the first has no legal place
        new = _mutation(MUTATIONS[i], tree, settings, rng) if rates[i] else None
        if new is not None:
            return _finished(new, settings), (MUTATIONS[i],)
    return tree, ()


def _finished(tree: Tree, settings: Variation) -> Tree:
    """Return a varied tree as it may be evaluated."""
    return with_bounded_root(tree) if settings.bounded else tree


def _rate(name: str, settings: Variation) -> float:
    return getattr(settings, f"{name}_rate")


def _mutation(name: str, tree: Tree, settings: Variation, rng: np.random.Generator) -> Tree | None:
    grammar = GRAMMARS[settings.grammar]
    match name:
        case "insert":
            return insert(tree, settings.modi_rate, rng, settings.most_height, grammar)
        case "shrink":
            return shrink(tree, rng)
        case _:
            return replace(tree, rng, grammar)
