"""Random search over the same trees: what evolution finds better is what selection is worth.

A random tree is what evolution would have made of a simple tree without looking at losses: it is
mutated through as many rounds as a tree of some generation has behind it, with the same rates. The
number of rounds is drawn, so that a search covers what evolution reaches from its first generation
to its last. There is no crossover, for there is no population [ours].
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_constants import is_constant
from cellcolony.contract import Candidate, Evaluation, Problem, Signal
from cellcolony.search.nodes.saved import Natural, read
from cellcolony.search.nodes.settings import NodeEvolution
from cellcolony.search.nodes.speciation import Digest, Seen
from cellcolony.search.nodes.start import start_tree
from cellcolony.search.nodes.variation import mutated, mutated_once
from cellcolony.settings import settings


@settings
class RandomTrees:
    """Trees drawn at random from the space of an evolution.

    Attributes:
        evolution: The evolution in whose space they are drawn: its population, generations, rates
            of mutation and heights count, its crossover and species do not.
    """

    evolution: NodeEvolution = NodeEvolution()


class TreeDraw:
    """A random search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE: a control ends when it has had as many trees as the evolution.

    Attributes:
        settings: The evolution in whose space trees are drawn.
        seen: The trees that were drawn.
    """

    def __init__(self, settings: NodeEvolution, seen: Seen, pending: Collection[int]) -> None:
        self.settings = settings
        self.seen = seen
        self._pending = set(pending)

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self._pending

    def ask(self, number: int, rng: np.random.Generator) -> Candidate | Signal:
        """Return a tree that was not drawn before."""
        assert number not in self._pending, f"candidate {number} was asked before"
        tree, how = self._draw(rng)
        self.seen.add(tree)
        self._pending.add(number)
        return Candidate(number, tree, (), how)

    def _draw(self, rng: np.random.Generator) -> tuple[Tree, dict[str, Any]]:
        settings = self.settings
        n_rounds = int(rng.integers(settings.generations))
        with_memory = bool(rng.random() < 0.5)
        tree = start_tree(
            rng, settings.start_height, with_memory, settings.bias, settings.modi_rate
        )
        operations: list[str] = []
        for _ in range(n_rounds):
            tree, done = mutated(tree, settings, rng)
            operations += done or ()
        n_vain = 0
        while n_vain < settings.most_tries and (tree in self.seen or is_constant(tree)):
            tree, done = mutated_once(tree, settings, rng)
            operations += done
            n_vain += 1
        how = {"operation": "random", "rounds": n_rounds, "n_mutations": len(operations)}
        return tree, {**how, "tries": 1 + n_vain}

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Learn nothing from what became of a tree.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        if number not in self._pending:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        self._pending.remove(number)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain values."""
        return {"seen": sorted(self.seen.digests), "pending": sorted(self._pending)}

    @classmethod
    def start(cls, settings: RandomTrees, problem: Problem, rng: np.random.Generator) -> TreeDraw:
        """Begin a search; `rng` is not drawn from: `ask` is given what draws each tree."""
        return cls(settings.evolution, Seen(), set())

    @classmethod
    def from_state(
        cls, settings: RandomTrees, problem: Problem, state: Mapping[str, Any]
    ) -> TreeDraw:
        """Continue where `state` left off.

        Raises:
            ConfigError: A number or a digest is missing or cannot be.
        """
        saved = read(_Saved, state, settings.evolution.bias)
        return cls(settings.evolution, Seen(saved.seen), saved.pending)


@dataclass(frozen=True)
class _Saved:
    """What is kept of a random search."""

    seen: tuple[Digest, ...]
    pending: tuple[Natural, ...]
