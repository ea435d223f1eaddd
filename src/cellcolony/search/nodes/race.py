"""The race of nodes: seeds first, then variations of the best; who is good is trained longer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np

from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_constants import is_constant
from cellcolony.cells.tree_element import PROJECTED
from cellcolony.cells.tree_text import parse
from cellcolony.cells.tree_value import digest_of
from cellcolony.contract import Problem, Start
from cellcolony.errors import GenomeError
from cellcolony.search.nodes.crossover import crossover
from cellcolony.search.nodes.given import given_trees, operation_of
from cellcolony.search.nodes.grammar import GRAMMARS
from cellcolony.search.nodes.raced import RacedNodes
from cellcolony.search.nodes.variation import mutated, mutated_once
from cellcolony.search.race import Race
from cellcolony.search.racer import OPENERS, Racer

SIMPLEST = "tanh(z0)"
"""What random nodes are mutations of."""
MOST_MUTATIONS = 24
"""Of a random node; the number is drawn evenly."""


class NodeRace(Race[Tree]):
    """A search for nodes at work; nodes that compute the same are trained once."""

    kind: ClassVar[str] = Tree.kind
    settings: RacedNodes

    @classmethod
    def begin_with(
        cls,
        settings: RacedNodes,
        problem: Problem,
        rng: np.random.Generator,
        starts: Sequence[Start],
    ) -> NodeRace:
        """Begin with given nodes, and go on with the seeds.

        Raises:
            ConfigError: A node does not fit the search.
        """
        race = cls.start(settings, problem, rng)
        trees = given_trees(starts, settings.bias, settings.grammar, settings.most_height)
        race.given = [
            (operation_of(start), Racer(0, tree, start.rate, niche=race.niche_of(OPENERS)))
            for tree, start in zip(trees, starts, strict=True)
        ][::-1]
        return race

    @classmethod
    def openers(cls, settings: RacedNodes) -> list[str]:
        """Return the seeds that the grammar can say: of the paper's the LSTM alone."""
        grammar = GRAMMARS[settings.grammar]
        return [name for name in SEEDS if grammar.allows(known_tree(name, settings.bias))]

    @classmethod
    def read(cls, settings: RacedNodes, saved: Any) -> Tree:
        """Read what `Tree.to_dict` wrote.

        Raises:
            GenomeError: It is no tree, or one with a bias where the search has none.
        """
        tree = Tree.from_dict(saved)
        if tree.bias != settings.bias:
            raise GenomeError(f"A node of this search must have `bias` {settings.bias}.")
        return tree

    def opener(self, name: str) -> Tree:
        """Return the seed of a name."""
        return known_tree(name, self.settings.bias)

    def digest(self, genome: Tree) -> str:
        """Return what trees that compute the same have in common: see `cells.tree_value`."""
        return digest_of(genome)

    def is_allowed(self, genome: Tree) -> bool:
        """Say whether a node reads few enough inputs, and varies."""
        read = {one.op[1:] for one in genome.root.walk() if one.op in PROJECTED}
        return len(read) <= self.settings.most_inputs and not is_constant(genome)

    def random(self, rng: np.random.Generator) -> tuple[Tree, tuple[str, ...]]:
        """Return the simplest node after some mutations."""
        tree = Tree(parse(SIMPLEST), self.settings.bias)
        operations = ["random"]
        for _ in range(int(rng.integers(1, MOST_MUTATIONS + 1))):
            tree, done = self.mutated_once(tree, rng)
            operations += done
        return tree, tuple(operations)

    def mutated(self, genome: Tree, rng: np.random.Generator) -> tuple[Tree, tuple[str, ...]]:
        """Return a node as an offspring is mutated."""
        return mutated(genome, self.settings, rng)

    def mutated_once(self, genome: Tree, rng: np.random.Generator) -> tuple[Tree, tuple[str, ...]]:
        """Return a node with one mutation."""
        return mutated_once(genome, self.settings, rng)

    def crossed(self, genome: Tree, other: Tree, rng: np.random.Generator) -> Tree | None:
        """Return the crossover of two nodes."""
        return crossover(genome, other, rng)
