"""Genomes for the tests of EXAMM: what a chain of mutations has made of the seed genome."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

import numpy as np
from hypothesis import strategies as st

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.networks.genome import Network
from cellcolony.search.examm import Examm, ExammSearch
from cellcolony.search.examm.genome import Genome
from cellcolony.search.examm.mutations import MUTATIONS, Context
from cellcolony.search.examm.phenotype import network_of
from cellcolony.search.examm.saved_genome import genome_to_dict, is_legal
from cellcolony.search.examm.seed import seed_genome, seed_innovations
from cellcolony.search.examm.variation import mutated

PROBLEM = Problem(("a", "b", "c"), ("y", "z"))
SETTINGS = Examm(cells=("simple", "gru"), max_skip=3)
ALL = dict.fromkeys(MUTATIONS.names(), 1.0)
SMALL: dict[str, Any] = {"n_islands": 3, "island_size": 2, "cells": ("simple", "gru")}
"""A search that has filled its islands soon."""


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@dataclass(frozen=True)
class World:
    """Genomes that share innovation numbers."""

    problem: Problem
    context: Context
    settings: Examm = SETTINGS

    @staticmethod
    def begin(problem: Problem = PROBLEM, settings: Examm = SETTINGS) -> World:
        context = Context(settings.cells, settings.max_skip, seed_innovations(problem))
        return World(problem, context, settings)

    def seed(self, seed: int = 0) -> Genome:
        return seed_genome(self.problem, rng(seed))

    def grown(self, n: int, seed: int = 0, rates: Any = ALL) -> Genome:
        """The seed genome after so many mutations."""
        return mutated(self.seed(seed), n, rates, rng(seed), self.context)[0]

    def mutate(self, name: str, genome: Genome, seed: int = 0) -> Genome | None:
        return MUTATIONS[name].mutate(genome, rng(seed), self.context)

    def assert_legal(self, genome: Genome) -> Network:
        """Check a genome, and that it becomes a network with every output reached."""
        assert is_legal(genome, self.settings, self.problem, self.context.innovations)
        network = network_of(genome, self.problem)
        assert network.live  # raises where no input reaches an output
        assert network.weights is not None
        assert network.n_weights == network.n_all_weights - sum(
            len(node.weights)
            for node in genome.nodes
            if node.number not in genome.alive and node.kind == "output"
        )
        return network


def problems() -> st.SearchStrategy[Problem]:
    """Problems of few columns."""
    names = st.integers(1, 4).map(lambda n: tuple(f"c{i}" for i in range(n)))
    return st.builds(Problem, names, names, st.sampled_from(["linear", "simple"]))


def plain(value: Any) -> Any:
    """Arrays as JSON would keep them, to compare and to restore."""
    return json.loads(json.dumps(value, default=lambda array: array.tolist()))


def as_plain(genome: Genome) -> Any:
    return plain(genome_to_dict(genome))


def started(problem: Problem = PROBLEM, **settings: Any) -> ExammSearch:
    return ExammSearch.start(Examm(**{**SMALL, **settings}), problem, rng())


def succeeded(candidate: Candidate, loss: float = 0.1) -> Evaluation:
    weights = candidate.genome.weights
    assert weights is not None
    return Evaluation.succeeded(loss, weights + np.float32(0.01), (1.0, loss))


def loss_of(number: int) -> float:
    """A loss that looks like chance and is the same each time."""
    return 0.1 + (number * 7919 % 101) / 101


def run(search: ExammSearch, n: int, first: int = 0) -> list[Candidate]:
    """Ask and tell so many candidates, one after the other."""
    asked = []
    for number in range(first, first + n):
        asked.append(search.ask(number, rng(number)))
        search.tell(number, succeeded(asked[-1], loss_of(number)))
    return asked
