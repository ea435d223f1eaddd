"""How mutations follow each other: which ones a new tree undergoes, by their rates."""

from __future__ import annotations

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.search.nodes.insert import insert
from cellcolony.search.nodes.replace import replace
from cellcolony.search.nodes.settings import NodeEvolution
from cellcolony.search.nodes.shrink import shrink

MUTATIONS = ("insert", "shrink", "replace")


def mutated(
    tree: Tree, settings: NodeEvolution, rng: np.random.Generator
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
    return tree, tuple(done)


def mutated_once(
    tree: Tree, settings: NodeEvolution, rng: np.random.Generator
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
            return new, (MUTATIONS[i],)
    return tree, ()


def _rate(name: str, settings: NodeEvolution) -> float:
    return getattr(settings, f"{name}_rate")


def _mutation(
    name: str, tree: Tree, settings: NodeEvolution, rng: np.random.Generator
) -> Tree | None:
    match name:
        case "insert":
            return insert(tree, settings.modi_rate, rng, settings.most_height)
        case "shrink":
            return shrink(tree, rng)
        case _:
            return replace(tree, rng)
