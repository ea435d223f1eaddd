"""One offspring: parents, crossover, mutations, and mutations again while it leads nowhere new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from cellcolony.search.nodes.crossover import crossover
from cellcolony.search.nodes.offspring import CLONE, Offspring
from cellcolony.search.nodes.selection import tournament
from cellcolony.search.nodes.settings import NodeEvolution
from cellcolony.search.nodes.speciation import SET_ASIDE, Speciation
from cellcolony.search.nodes.species import Member
from cellcolony.search.nodes.variation import mutated, mutated_once


class Settled(NamedTuple):
    """An offspring that is to be evaluated.

    Attributes:
        species: The id of its species.
        offspring: The offspring.
    """

    species: int
    offspring: Offspring


class Pool(NamedTuple):
    """Who may become a parent of an offspring.

    Attributes:
        species: The id of the species.
        members: The members that breed, best first; at least one.
    """

    species: int
    members: Sequence[Member]


def reproduce(pool: Pool, speciation: Speciation, rng: np.random.Generator) -> Settled:
    """Make an offspring that is to be evaluated in this generation.

    One that belongs to the Hall of Shame, was there before [ours] or computes a constant [ours] is
    a stepping stone: it is mutated again. One that belongs to an inactive species waits there, and
    another is made in its place [ours]. After as many vain tries as the settings allow, it is a
    clone of the last parent [ours].
    """
    settings = speciation.settings
    vain: Counter[str] = Counter()
    draft = _draft(pool, settings, rng)
    while True:
        fault = speciation.fault(draft.tree)
        if fault is None:
            species = speciation.settle(replace(draft, vain=vain))
            if species is not None:
                return Settled(species, replace(draft, vain=vain))
            fault = SET_ASIDE
        vain[fault] += 1
        if vain.total() >= settings.most_tries:
            parent = tournament(pool.members, settings.tournament, rng)
            clone = Offspring(parent.tree, (parent.number,), (CLONE,), parent.loss, vain)
            return Settled(pool.species, clone)
        if fault == SET_ASIDE:
            draft = _draft(pool, settings, rng)
        else:
            tree, operations = mutated_once(draft.tree, settings, rng)
            draft = replace(draft, tree=tree, operations=(*draft.operations, *operations))


def _draft(pool: Pool, settings: NodeEvolution, rng: np.random.Generator) -> Offspring:
    """Make an offspring once; it differs from its first parent in something."""
    parent = tournament(pool.members, settings.tournament, rng)
    tree, parents, operations = parent.tree, [parent], []
    others = [member for member in pool.members if member is not parent]
    if others and rng.random() < settings.crossover_rate:
        mate = tournament(others, settings.tournament, rng)
        child = crossover(tree, mate.tree, rng)
        if child is not None:
            tree = child
            parents.append(mate)
            operations.append("crossover")
    tree, mutations = mutated(tree, settings, rng)
    operations += mutations
    if not operations:
        tree, mutations = mutated_once(tree, settings, rng)
        operations += mutations
    return Offspring(
        tree,
        tuple(one.number for one in parents),
        tuple(operations) or (CLONE,),
        min(one.loss for one in parents),
    )
