"""Small searches and grown genomes for the tests of NEAT."""

from __future__ import annotations

from typing import Any

import numpy as np

from cellcolony.contract import Candidate, Evaluation, Problem, Signal
from cellcolony.search.neat import Genome, Layout, Neat, NeatSearch
from cellcolony.search.neat.genome import minimal
from cellcolony.search.neat.innovations import Innovations
from cellcolony.search.neat.mutations.add_link import add_link
from cellcolony.search.neat.mutations.add_node import add_node
from cellcolony.search.neat.mutations.weights import mutate_weights
from cellcolony.store.encoding import decode, encode

PROBLEM = Problem(("a", "b", "c"), ("y", "z"), "neat_sigmoid")
LAYOUT = Layout.of(PROBLEM)
SMALL: dict[str, Any] = {"population": 12, "n_species": 3, "stagnation": 2, "champions_from": 3}


def small(**settings: Any) -> Neat:
    return Neat(**{**SMALL, "add_node_rate": 0.3, "add_link_rate": 0.5, **settings})


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


def start(seed: int = 0) -> Genome:
    n = (LAYOUT.bias + 1) * len(LAYOUT.outputs)
    return minimal(LAYOUT, rng(seed).uniform(-1, 1, n))


def grown(seed: int, n_mutations: int, innovations: Innovations | None = None) -> Genome:
    """A genome after some mutations of its structure, of one generation each."""
    draws, genome = rng(seed), start(seed)
    innovations = innovations or Innovations.start(LAYOUT)
    settings = Neat()
    for _ in range(n_mutations):
        innovations.begin_generation()
        if draws.random() < 0.4:
            found = add_node(genome, LAYOUT, innovations, draws)
        else:
            found = add_link(genome, LAYOUT, innovations, settings, draws)
        genome = genome if found is None else found
    return mutate_weights(genome, settings, draws)


def verdict(number: int) -> Evaluation:
    """A loss that only the number decides; some fail."""
    if number % 7 == 3:
        return Evaluation.failed("its error is not finite")
    return Evaluation(0.1 + (number * 37 % 101) / 100, None)


def started(seed: int = 0, **settings: Any) -> NeatSearch:
    return NeatSearch.start(small(**settings), PROBLEM, rng(seed))


def run(search: NeatSearch, n: int, first: int = 0, judge=verdict) -> list[Candidate]:
    """Ask and tell one by one."""
    candidates: list[Candidate] = []
    for number in range(first, first + n):
        candidate = search.ask(number, rng(number))
        if isinstance(candidate, Signal):
            assert candidate is Signal.DONE
            break
        candidates.append(candidate)
        search.tell(number, judge(number))
    return candidates


def stored(state: dict[str, Any]) -> dict[str, Any]:
    """A state as a checkpoint keeps it."""
    return decode(*encode(state))
