"""Ask and tell: seeds first, then variations of the best; who is good is trained longer."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_constants import is_constant
from cellcolony.cells.tree_element import PROJECTED
from cellcolony.cells.tree_text import parse
from cellcolony.cells.tree_value import digest_of
from cellcolony.contract import Candidate, Evaluation, Problem, Start
from cellcolony.errors import ConfigError
from cellcolony.search.nodes.crossover import crossover
from cellcolony.search.nodes.given import given_trees, operation_of
from cellcolony.search.nodes.grammar import GRAMMARS
from cellcolony.search.nodes.offspring import START
from cellcolony.search.nodes.raced import RacedNodes
from cellcolony.search.nodes.racer import Racer
from cellcolony.search.nodes.variation import mutated, mutated_once
from cellcolony.search.rungs import Rungs

SIMPLEST = "tanh(z0)"
"""What random nodes are mutations of."""
MOST_MUTATIONS = 24
"""Of a random node; the number is drawn evenly."""
RATE_STEP = 0.25
"""The standard deviation by which the logarithm of a learning rate is varied."""


@dataclass
class NodeRace:
    """A search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE.

    Attributes:
        settings: Its settings.
        rungs: Who waits to be trained longer.
        deck: The names of the seeds that are still to run, the next one last.
        seen: The digests of all nodes that were asked for: see `cells.tree_value`.
        walked: All of them that were trained, where any may become a parent; empty otherwise.
        out: What is being trained, by number.
        given: The nodes that it was begun with and that are still to run, the next one last, each
            behind how it was made.
    """

    settings: RacedNodes
    rungs: Rungs[Racer]
    deck: list[str]
    seen: set[str] = field(default_factory=set)
    walked: list[Racer] = field(default_factory=list)
    out: dict[int, Racer] = field(default_factory=dict)
    given: list[tuple[str, Racer]] = field(default_factory=list)

    @staticmethod
    def start(settings: RacedNodes, problem: Problem, rng: np.random.Generator) -> NodeRace:
        """Begin with the seeds in an order that `rng` draws; a node is the same for every task."""
        seeds = [] if settings.guide == "random" else seeds_of(settings)
        deck = [seeds[i] for i in rng.permutation(len(seeds))]
        return NodeRace(settings, Rungs.start(settings.efforts, settings.shares), deck)

    @staticmethod
    def begin_with(
        settings: RacedNodes, problem: Problem, rng: np.random.Generator, starts: Sequence[Start]
    ) -> NodeRace:
        """Begin with given nodes, and go on with the seeds.

        Raises:
            ConfigError: A node does not fit the search.
        """
        race = NodeRace.start(settings, problem, rng)
        trees = given_trees(starts, settings.bias, settings.grammar, settings.most_height)
        race.given = [
            (operation_of(start), Racer(0, tree, start.rate))
            for tree, start in zip(trees, starts, strict=True)
        ][::-1]
        return race

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self.out.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return who goes on to the next rung, else a new node."""
        one = self.rungs.promote()
        if one is not None:
            racer = replace(one, number=number, rung=one.rung + 1, loss=math.inf)
            return self._send(racer, (one.number,), {"trained_again": one.number})
        racer, parents, how = self._new(number, rng)
        self.seen.add(digest_of(racer.tree))
        self.rungs.spend("0", self.settings.efforts[0])
        return self._send(racer, parents, how)

    def _send(self, racer: Racer, parents: tuple[int, ...], how: Mapping[str, Any]) -> Candidate:
        self.out[racer.number] = racer
        return Candidate(
            racer.number, racer.tree, parents, {**how, "rung": racer.rung},
            effort=self.settings.efforts[racer.rung], rate=racer.rate,
        )  # fmt: skip

    def _new(
        self, number: int, rng: np.random.Generator
    ) -> tuple[Racer, tuple[int, ...], dict[str, Any]]:
        """Return a node that was not there before, the numbers of its parents, and how it came."""
        if self.given:
            operation, racer = self.given.pop()
            return replace(racer, number=number), (), _how(operation)
        if self.deck:
            name = self.deck.pop()
            return Racer(number, known_tree(name, self.settings.bias), 1.0), (), _how(START, name)
        pool = self._pool()
        n_vain = 0
        while True:
            parents: tuple[int, ...] = ()
            rate = 1.0
            if self.settings.guide == "random":
                tree, operations = self._random(rng)
            elif not pool:  # nobody is trained yet: many workers ask at once
                seeds = seeds_of(self.settings)
                tree = known_tree(seeds[rng.integers(len(seeds))], self.settings.bias)
                tree, operations = mutated_once(tree, self.settings, rng)
            else:
                mine = self._parent(pool, rng)
                tree, operations, parents = self._varied(mine, pool, rng)
                rate = self._rate(mine.rate, rng)
            for _ in range(self.settings.most_tries):
                if self._is_new(tree):
                    how = _how(*operations)
                    return Racer(number, tree, rate), parents, {**how, "tries": 1 + n_vain}
                tree, more = mutated_once(tree, self.settings, rng)
                operations = (*operations, *more)
                n_vain += 1

    def _pool(self) -> list[Racer]:
        """Return who may become a parent; nobody while none is trained."""
        if self.settings.guide == "walk":
            return self.walked
        found: dict[str, Racer] = {}
        for rung in reversed(range(len(self.settings.efforts))):
            known = [*self.rungs.waiting[rung][""], *self.rungs.gone[rung][""]]
            known = sorted(known, key=lambda one: one.order)[: self.settings.population]
            for one in known:
                found.setdefault(one.tree.text, one)  # as it was on its highest rung
        return list(found.values())

    def _parent(self, pool: list[Racer], rng: np.random.Generator) -> Racer:
        """Return the best of some: whoever has run on a higher rung, then the lower loss."""
        if self.settings.guide == "walk":
            return pool[rng.integers(len(pool))]
        drawn = [pool[i] for i in rng.integers(len(pool), size=self.settings.tournament)]
        return min(drawn, key=lambda one: (-one.rung, *one.order))

    def _varied(
        self, mine: Racer, pool: list[Racer], rng: np.random.Generator
    ) -> tuple[Tree, tuple[str, ...], tuple[int, ...]]:
        settings, tree = self.settings, mine.tree
        operations: tuple[str, ...] = ()
        parents: tuple[int, ...] = (mine.number,)
        if rng.random() < settings.crossover_rate:
            other = self._parent(pool, rng)
            child = None if other is mine else crossover(tree, other.tree, rng)
            if child is not None:
                tree, parents, operations = child, (mine.number, other.number), ("crossover",)
        tree, mutations = mutated(tree, settings, rng)
        operations += mutations
        if not operations:
            tree, operations = mutated_once(tree, settings, rng)
        return tree, operations, parents

    def _random(self, rng: np.random.Generator) -> tuple[Tree, tuple[str, ...]]:
        tree = Tree(parse(SIMPLEST), self.settings.bias)
        operations = ["random"]
        for _ in range(int(rng.integers(1, MOST_MUTATIONS + 1))):
            tree, done = mutated_once(tree, self.settings, rng)
            operations += done
        return tree, tuple(operations)

    def _rate(self, rate: float, rng: np.random.Generator) -> float:
        furthest = self.settings.rate_factor
        return float(np.clip(rate * np.exp(rng.normal(0, RATE_STEP)), 1 / furthest, furthest))

    def _is_new(self, tree: Tree) -> bool:
        read = {one.op[1:] for one in tree.root.walk() if one.op in PROJECTED}
        if len(read) > self.settings.most_inputs or is_constant(tree):
            return False
        return digest_of(tree) not in self.seen

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Let a trained node wait on its rung.

        Raises:
            KeyError: The number was never asked or was told before.
        """
        if number not in self.out:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        racer = self.out.pop(number)
        if evaluation.failure is not None or not math.isfinite(evaluation.loss):
            return
        trained = replace(racer, loss=float(evaluation.loss))
        self.rungs.admit(trained)
        if self.settings.guide == "walk" and racer.rung == 0:
            self.walked.append(trained)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain values."""
        return {
            "rungs": self.rungs.to_dict(),
            "deck": list(self.deck),
            "seen": sorted(self.seen),
            "walked": [one.to_dict() for one in self.walked],
            "out": [one.to_dict() for one in self.out.values()],
            "given": [{"how": how, **one.to_dict()} for how, one in self.given],
        }

    @staticmethod
    def from_state(settings: RacedNodes, problem: Problem, state: Mapping[str, Any]) -> NodeRace:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another search, or a value cannot be.
            GenomeError: A text is no tree.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """

        def read(saved: Mapping[str, Any]) -> Racer:
            one = Racer.from_dict(saved, settings.bias)
            if one.rung >= len(settings.efforts):
                raise ConfigError("The state is that of a race with other rungs.")
            return one

        rungs: Rungs[Racer] = Rungs.start(settings.efforts, settings.shares)
        rungs.restore(state["rungs"], read)
        deck = [str(name) for name in state["deck"]]
        if not {*deck} <= {*seeds_of(settings)}:
            raise ConfigError(f"A seed must be one of {seeds_of(settings)}. Got {deck}.")
        return NodeRace(
            settings, rungs, deck, {str(one) for one in state["seen"]},
            [read(one) for one in state["walked"]],
            {one.number: one for one in map(read, state["out"])},
            [(str(one["how"]), read(one)) for one in state["given"]],
        )  # fmt: skip


def seeds_of(settings: RacedNodes) -> list[str]:
    """Return the names of the seeds that the grammar can say: of the paper's the LSTM alone."""
    grammar = GRAMMARS[settings.grammar]
    return [name for name in SEEDS if grammar.allows(known_tree(name, settings.bias))]


def _how(*operations: str) -> dict[str, Any]:
    return {"operation": operations[0], "operations": list(operations)}
