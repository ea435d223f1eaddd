"""One generation from the one before: champions, parents, crossover and mutations."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np

from cellcolony.errors import ConfigError
from cellcolony.search.neat.crossover import crossover
from cellcolony.search.neat.genome import Genome, Layout, minimal
from cellcolony.search.neat.innovations import Innovations
from cellcolony.search.neat.mutations.add_link import add_link
from cellcolony.search.neat.mutations.add_node import add_node
from cellcolony.search.neat.mutations.weights import mutate_weights
from cellcolony.search.neat.settings import Neat
from cellcolony.search.neat.sharing import offspring_counts
from cellcolony.search.neat.species import Member, Speciation

T = TypeVar("T")
START, CHAMPION, CLONE = "start", "champion", "clone"
"""What was done where neither crossover nor a mutation was."""


@dataclass(frozen=True)
class Offspring:
    """A genome that is to be evaluated.

    Attributes:
        species: The id of its species.
        genome: The genome.
        parents: The numbers of its parents as candidates.
        operations: What was done, in order.
    """

    species: int
    genome: Genome
    parents: tuple[int, ...] = ()
    operations: tuple[str, ...] = (START,)

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        return {
            "species": self.species,
            **self.genome.to_dict(),
            "parents": list(self.parents),
            "operations": list(self.operations),
        }

    @staticmethod
    def from_dict(data: Mapping[str, Any], layout: Layout) -> Offspring:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A number cannot be, or there is no operation.
            GenomeError, KeyError, TypeError, ValueError: A value is missing, or of another kind.
        """
        parents = tuple(int(parent) for parent in data["parents"])
        operations = tuple(str(one) for one in data["operations"])
        if not operations or min((0, *parents)) < 0:
            raise ConfigError(f"A saved offspring cannot be: {operations}, {parents}.")
        return Offspring(int(data["species"]), Genome.from_dict(data, layout), parents, operations)


def first_generation(
    speciation: Speciation, layout: Layout, rng: np.random.Generator
) -> list[Offspring]:
    """Return the minimal start: one structure, and weights drawn for each genome."""
    settings, n = speciation.settings, (layout.bias + 1) * len(layout.outputs)
    genomes = [
        minimal(layout, rng.uniform(-1, 1, n) * settings.weight_range)
        for _ in range(settings.population)
    ]
    made = [Offspring(speciation.settle(genome), genome) for genome in genomes]
    speciation.end_settling([one.species for one in made])
    return made


def next_generation(
    speciation: Speciation,
    members: Mapping[int, Sequence[Member]],
    layout: Layout,
    innovations: Innovations,
    rng: np.random.Generator,
) -> list[Offspring]:
    """Return a generation of offspring, each with its species.

    Args:
        speciation: The species so far; they take in the new genomes.
        members: The evaluated genomes of each species.
        layout: The inputs and outputs.
        innovations: Numbers what is new.
        rng: Draws.
    """
    settings = speciation.settings
    innovations.begin_generation()
    ranked = {id: sorted(some, key=lambda one: one[:2]) for id, some in members.items()}
    counts = offspring_counts(speciation.species, ranked, settings)
    breeders = {
        id: some[: max(1, math.ceil(settings.survival * len(some)))] for id, some in ranked.items()
    }
    drafts: list[tuple[Genome, tuple[int, ...], tuple[str, ...]]] = []
    for id, count in counts.items():
        best = ranked[id][0]
        if count and len(ranked[id]) >= settings.champions_from:
            drafts.append((best.genome, (best.number,), (CHAMPION,)))
            count -= 1
        others = [some for other, some in breeders.items() if other != id]
        for _ in range(count):
            drafts.append(_child(breeders[id], others, layout, innovations, settings, rng))
    speciation.begin_generation(ranked, rng)
    made = [Offspring(speciation.settle(draft[0]), *draft) for draft in drafts]
    speciation.end_settling([one.species for one in made])
    return made


def _child(
    breeders: Sequence[Member],
    others: Sequence[Sequence[Member]],
    layout: Layout,
    innovations: Innovations,
    settings: Neat,
    rng: np.random.Generator,
) -> tuple[Genome, tuple[int, ...], tuple[str, ...]]:
    """Make one offspring: of one parent or of two, and mutated [ours: after crossover too]."""
    parent = _drawn(breeders, rng)
    parents, genome, operations = [parent], parent.genome, []
    if rng.random() >= settings.mutation_only_rate:
        pool = breeders
        if others and rng.random() < settings.interspecies_rate:
            pool = _drawn(others, rng)
        mate = _drawn(pool, rng)
        if mate is not parent:
            # Of two equally good ones the smaller is the fitter [ours].
            fitter, other = sorted(
                (parent, mate), key=lambda one: (one.loss, len(one.genome), one.number)
            )
            genome = crossover(fitter.genome, other.genome, settings, rng)
            parents, operations = [fitter, other], ["crossover"]
    if rng.random() < settings.add_node_rate:
        grown = add_node(genome, layout, innovations, rng)
        genome, operations = _after(genome, grown, operations, "add node")
    if rng.random() < settings.add_link_rate:
        grown = add_link(genome, layout, innovations, settings, rng)
        genome, operations = _after(genome, grown, operations, "add link")
    if rng.random() < settings.weights_rate:
        genome = mutate_weights(genome, settings, rng)
        operations = [*operations, "weights"]
    return genome, tuple(one.number for one in parents), tuple(operations) or (CLONE,)


def _after(
    genome: Genome, grown: Genome | None, operations: list[str], name: str
) -> tuple[Genome, list[str]]:
    return (genome, operations) if grown is None else (grown, [*operations, name])


def _drawn(some: Sequence[T], rng: np.random.Generator) -> T:
    return some[int(rng.integers(len(some)))]
