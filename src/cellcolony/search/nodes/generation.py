"""One generation: how many trees each species brings, and which."""

from __future__ import annotations

import math
from collections.abc import Iterable
from functools import partial

import numpy as np

from cellcolony.cells.known_trees import SEEDS, known_tree
from cellcolony.cells.tree import Tree
from cellcolony.search.nodes.offspring import START, Offspring
from cellcolony.search.nodes.reproduction import Pool, Settled, reproduce
from cellcolony.search.nodes.selection import breeders
from cellcolony.search.nodes.settings import NodeEvolution
from cellcolony.search.nodes.speciation import Speciation
from cellcolony.search.nodes.species import ranked
from cellcolony.search.nodes.start import start_tree
from cellcolony.search.nodes.variation import mutated_once

MOST_REDRAWN = 1_000
"""Mutations of a first tree, in search of one that is new, before a repeated one is taken."""


def first_generation(
    speciation: Speciation, rng: np.random.Generator, given: Iterable[Offspring] = ()
) -> list[Settled]:
    """Draw simple trees, no two the same; every second one has a memory leaf [ours].

    Given ones come first, and are evaluated whatever their species. Where there are not as many
    simple trees as the population needs, they are mutated [ours].
    """
    settings = speciation.settings
    settled: list[Settled] = []
    seeds = list(SEEDS)
    n_left = settings.population * settings.most_tries
    for offspring in given:
        species = speciation.settle(offspring)
        own = speciation.active[0].id if species is None else species
        settled.append(Settled(own, offspring))
    while len(settled) < settings.population:
        if settings.starts == "gated":
            name = seeds.pop(0) if seeds else SEEDS[rng.integers(len(SEEDS))]
            tree, operations = gated_tree(name, settings, speciation, rng)
        else:
            tree, operations = first_tree(settings, len(settled) % 2 == 1, speciation, rng)
        offspring = Offspring(tree, operations=operations)
        species = speciation.settle(offspring)
        n_left -= 1
        if species is None and n_left < 0:
            species = speciation.active[0].id
        if species is not None:
            settled.append(Settled(species, offspring))
    return settled


def gated_tree(
    name: str, settings: NodeEvolution, speciation: Speciation, rng: np.random.Generator
) -> tuple[Tree, tuple[str, ...]]:
    """Return a cell of the literature, mutated until it was not there before."""
    tree, operations = known_tree(name, settings.bias), (f"{START} {name}",)
    for _ in range(MOST_REDRAWN):
        if speciation.fault(tree) is None:
            break
        tree, mutations = mutated_once(tree, settings, rng)
        operations += mutations
    return tree, operations


def first_tree(
    settings: NodeEvolution, with_memory: bool, speciation: Speciation, rng: np.random.Generator
) -> tuple[Tree, tuple[str, ...]]:
    """Draw a simple tree that was not there before and is no constant."""
    operations = (START,)
    draw = partial(
        start_tree, rng, settings.start_height, with_memory, settings.bias, settings.modi_rate
    )
    tree = draw()
    for n_redrawn in range(MOST_REDRAWN):
        if speciation.fault(tree) is None:
            break
        if n_redrawn < settings.most_tries:
            tree = draw()
        else:
            tree, mutations = mutated_once(tree, settings, rng)
            operations += mutations
    return tree, operations


def next_generation(speciation: Speciation, rng: np.random.Generator) -> list[Settled]:
    """Make a generation of offspring.

    Inactive species fill the places that stagnated ones have left, and their waiting trees come
    first. The others are offspring of the active species that have trees to breed, equally many of
    each; where they do not divide evenly, the best species make one more [ours]. Where no active
    species can breed, the best trees of the Hall of Shame do [ours].
    """
    settings = speciation.settings
    settled: list[Settled] = []
    while (
        speciation.waiting.species
        and len(speciation.active) < settings.most_active
        and len(settled) < settings.population
    ):
        id, offspring = speciation.activate()
        room = min(settings.share, settings.population - len(settled))
        settled += [Settled(id, one) for one in offspring[:room]]
    pools = _pools(speciation)
    each, n_more = divmod(settings.population - len(settled), len(pools))
    for i, pool in enumerate(pools):
        for _ in range(each + (i < n_more)):
            settled.append(reproduce(pool, speciation, rng))
    return settled


def _pools(speciation: Speciation) -> list[Pool]:
    """Return who breeds, best species first."""
    grown = [species for species in speciation.active if species.members]
    sound = [species for species in grown if math.isfinite(species.best)]
    chosen = sound or grown
    if chosen:
        chosen = sorted(chosen, key=lambda species: (species.best, species.id))
        return [Pool(species.id, breeders(species.members)) for species in chosen]
    champions = [species.members[0] for species in speciation.hall.fallen if species.members]
    best = ranked(breeders(champions))
    home = speciation.hall.fallen[-1].id
    return [Pool(home, best[: speciation.settings.n_parents])]
