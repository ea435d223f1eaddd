"""What a search for nodes found: the best node, the front, and how they compare with rivals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cellcolony.cells.tree import Tree
from cellcolony.errors import GenomeError, RunError
from cellcolony.layers.epoch import perplexity
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.events import Champion
from cellcolony.runs.nodes.config import NodeConfig
from cellcolony.runs.nodes.scores import NodeScore
from cellcolony.toml_table import COUNT


def tree_in(champion: Champion) -> Tree:
    """Return the tree of a champion of a search for nodes."""
    assert isinstance(champion.genome, Tree)
    return champion.genome


@dataclass(frozen=True)
class NodeOutcome:
    """How a run ended.

    Attributes:
        budget: The limits of the search; empty where its generations alone end it.
        workers: How many candidates were trained at once.
        reason: Why the search ended, as the end of a sentence.
        interrupted: Whether the user stopped it.
        search_seconds: Wall time of the search.
        random_networks: How many candidates random search drew; 0 where it was not asked for.
        random_seconds: Wall time of random search.
        rival_seconds: What judging rivals took, all trainings added.
        final_seconds: What the final trainings took, all added.
    """

    budget: str
    workers: int
    reason: str
    interrupted: bool
    search_seconds: float
    random_networks: int = 0
    random_seconds: float = 0.0
    rival_seconds: float = 0.0
    final_seconds: float = 0.0


@dataclass(frozen=True)
class Judged:
    """A candidate of a search, as the journal tells it.

    Attributes:
        number: The candidate's.
        plain: Its tree, as `Tree.to_dict` gave it.
        parents: The numbers of the candidates that it descends from.
        how: How it was made.
        loss: Its validation loss in nats a token; None for one that failed or is not done.
        failure: Why it failed, or None.
    """

    number: int
    plain: Mapping[str, Any]
    parents: tuple[int, ...]
    how: Mapping[str, Any]
    loss: float | None = None
    failure: str | None = None

    @property
    def is_done(self) -> bool:
        """Whether it was judged."""
        return self.loss is not None or self.failure is not None

    def count(self, key: str) -> int | None:
        """Return a whole number that `how` holds, such as "generation"; None without one."""
        value = self.how.get(key)
        return value if COUNT.fits(value) else None

    @property
    def operations(self) -> tuple[str, ...]:
        """What was done to make it, in order; none where the journal does not say."""
        value = self.how.get("operations", [self.how.get("operation")])
        return tuple(map(str, value)) if isinstance(value, list) and None not in value else ()


@dataclass(frozen=True, eq=False, repr=False)
class NodeResult:
    """A run, from its directory.

    Attributes:
        config: The settings.
        front: The nodes that no other beats in both size and loss, from small to large.
        history: Every candidate that was asked, by number.
        scores: Of the best node and its rivals, by seed; none before the run's end.
        outcome: How the run ended; None for one that was killed, or still runs.
        path: The run directory.
    """

    config: NodeConfig
    front: tuple[Champion, ...]
    history: tuple[Judged, ...]
    scores: tuple[NodeScore, ...]
    outcome: NodeOutcome | None
    path: Path

    def __repr__(self) -> str:
        best = self.chosen
        return (
            f"<NodeResult: node {best.number} of {self.n_done}, {best.size} elements, search "
            f"perplexity {perplexity(best.loss):.4g} on validation, {self.path}>"
        )

    @property
    def chosen(self) -> Champion:
        """The champion of the lowest validation loss in the search."""
        return self.front[-1]

    @property
    def best(self) -> Tree:
        """Its tree."""
        return tree_in(self.chosen)

    @property
    def n_done(self) -> int:
        """How many candidates were judged, failures included."""
        return sum(one.is_done for one in self.history)

    @property
    def n_failed(self) -> int:
        """How many of them failed."""
        return sum(one.failure is not None for one in self.history)

    def champion(self, number: int | None = None) -> Champion:
        """Return a node of the front by its number; None for the best.

        Raises:
            RunError: The front has none of that number.
        """
        if number is None:
            return self.chosen
        for champion in self.front:
            if champion.number == number:
                return champion
        known = ", ".join(str(champion.number) for champion in self.front)
        raise RunError(f"There is no node {number} on the front. Known are: {known}.")

    def tree(self, number: int) -> Tree:
        """Return the tree of any candidate.

        Raises:
            RunError: The journal holds none of that number, or what it holds is no tree.
        """
        if not 0 <= number < len(self.history):
            raise RunError(f"{self.path / JOURNAL} has no candidate {number}.")
        try:
            return Tree.from_dict(self.history[number].plain)
        except GenomeError as error:
            raise RunError(f"{self.path / JOURNAL}: candidate {number}: {error}") from error

    def n_weights(self, tree: Tree) -> int:
        """Return how many trainable numbers the search's model has when a node fills it."""
        return self.config.model.of(tree.to_cell(), self.config.n_words).n_weights

    def lineage(self, number: int) -> tuple[Judged, ...]:
        """Return a candidate and its ancestors, by way of the first parents, the oldest first.

        Raises:
            RunError: The journal holds none of that number.
        """
        if not 0 <= number < len(self.history):
            raise RunError(f"{self.path / JOURNAL} has no candidate {number}.")
        line = [self.history[number]]
        while line[-1].parents:
            line.append(self.history[line[-1].parents[0]])
        return tuple(reversed(line))
