"""Settings of node evolution (Rawal & Miikkulainen 2018)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from cellcolony.search.nodes.checks import check
from cellcolony.search.nodes.search import NodeSearch


@dataclass(frozen=True)
class NodeEvolution:
    """Genetic programming of recurrent nodes, in species, by generations.

    Attributes:
        population: How many trees are evaluated in each generation.
        generations: How many generations there are, the first trees among them.
        crossover_rate: The chance that an offspring has two parents.
        insert_rate: The chance that a branch is inserted into an offspring.
        shrink_rate: The chance that a branch of an offspring shrinks.
        replace_rate: The chance that an element of an offspring is replaced [ours].
        modi_rate: The chance that a newly made element with a path from a memory leaf is tied to a
            memory output.
        threshold: The distance up to which trees belong to the same species.
        most_active: How many species are evaluated at a time.
        most_inactive: How many wait at most for their turn; of more, the least promising are
            forgotten [ours].
        stagnation: After so many generations in which its best loss did not improve, a species goes
            to the Hall of Shame.
        n_parents: How many of a species' best trees, of all generations, breed [ours].
        tournament: Of so many of them, drawn at random, the best becomes a parent [ours].
        most_tries: After so many vain tries at one offspring a clone of the parent takes its place
            [ours].
        start_height: The height of the first trees; even.
        most_height: The height that a tree may reach.
        bias: Whether base inputs have a bias [ours: the paper does not say].

    Raises:
        ConfigError: A setting has a value that it cannot have.

    Source:
        Sections 3.1 to 3.3 and 4.3. The paper leaves open how species share a generation: here each
        active one makes equally many offspring [ours].
    """

    name: ClassVar[str] = "nodes"

    population: int = 100
    generations: int = 30
    crossover_rate: float = 0.6
    insert_rate: float = 0.6
    shrink_rate: float = 0.3
    replace_rate: float = 0.3
    modi_rate: float = 0.3
    threshold: float = 0.3
    most_active: int = 10
    most_inactive: int = 100
    stagnation: int = 4
    n_parents: int = 10
    tournament: int = 2
    most_tries: int = 50
    start_height: int = 6
    most_height: int = 15
    bias: bool = False

    def __post_init__(self) -> None:
        check(self)

    @property
    def n_candidates(self) -> int:
        """How many trees are evaluated in all."""
        return self.population * self.generations

    @property
    def share(self) -> int:
        """How many trees of a generation are an active species' when all places are taken."""
        return max(1, self.population // self.most_active)

    def start(self, rng: np.random.Generator) -> NodeSearch:
        """Draw the first trees.

        Args:
            rng: Draws them; later ones are drawn by the streams that `ask` is given.
        """
        return NodeSearch.start(self, rng)

    def restore(self, state: Mapping[str, Any]) -> NodeSearch:
        """Continue a search where its state left off.

        Raises:
            ConfigError: The state is that of another search, or holds a value that cannot be.
        """
        return NodeSearch.from_state(self, state)
