"""Species: which genomes belong together, how old they are, and the threshold that tells."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from cellcolony.errors import ConfigError
from cellcolony.search.neat.distance import distance
from cellcolony.search.neat.genome import Genome, Layout
from cellcolony.search.neat.settings import Neat


class Member(NamedTuple):
    """A genome that was evaluated.

    Attributes:
        loss: What it was told, infinite for a failure.
        number: Its number as a candidate.
        genome: The genome.
    """

    loss: float
    number: int
    genome: Genome


@dataclass(frozen=True)
class Species:
    """A species.

    Attributes:
        id: Counts species from 0.
        representative: What a genome is compared with: a random one of the generation before.
        age: How many generations it has lived.
    """

    id: int
    representative: Genome
    age: int = 0


@dataclass
class Speciation:
    """The species of a generation.

    Attributes:
        settings: The settings of the search.
        species: Those that have members, in the order of their founding.
        threshold: The distance up to which a genome belongs to a species.
        n_founded: How many species there have been.
    """

    settings: Neat
    species: list[Species]
    threshold: float
    n_founded: int = 0

    @staticmethod
    def start(settings: Neat) -> Speciation:
        """Return a speciation without species."""
        return Speciation(settings, [], settings.threshold)

    def settle(self, genome: Genome) -> int:
        """Return the id of the first species that a genome belongs to; it may found one."""
        for one in self.species:
            if distance(genome, one.representative, self.settings) <= self.threshold:
                return one.id
        self.species.append(Species(self.n_founded, genome))
        self.n_founded += 1
        return self.species[-1].id

    def begin_generation(
        self, members: Mapping[int, Sequence[Member]], rng: np.random.Generator
    ) -> None:
        """Let each species be represented by a random member, and forget those without any."""
        self.species = [
            Species(
                one.id, members[one.id][int(rng.integers(len(members[one.id])))].genome, one.age + 1
            )
            for one in self.species
            if members.get(one.id)
        ]

    def end_settling(self, ids: Sequence[int]) -> None:
        """Adapt the threshold towards the wanted number of species, after all have settled.

        Args:
            ids: The species of the generation's genomes.
        """
        present = set(ids)
        self.species = [one for one in self.species if one.id in present]
        step, wanted = self.settings.threshold_step, self.settings.n_species
        if len(self.species) > wanted:
            self.threshold += step
        elif len(self.species) < wanted:
            self.threshold = max(self.threshold - step, step)

    def to_dict(self) -> dict[str, Any]:
        """Return everything but the settings as plain arrays and values."""
        return {
            "threshold": self.threshold,
            "n_founded": self.n_founded,
            "species": [
                {"id": one.id, "age": one.age, **one.representative.to_dict()}
                for one in self.species
            ],
        }

    @staticmethod
    def from_dict(settings: Neat, data: Mapping[str, Any], layout: Layout) -> Speciation:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be.
            GenomeError, KeyError, TypeError, ValueError: One is missing, or of another kind.
        """
        species = [
            Species(int(one["id"]), Genome.from_dict(one, layout), int(one["age"]))
            for one in data["species"]
        ]
        threshold, n_founded = float(data["threshold"]), int(data["n_founded"])
        ids = [one.id for one in species]
        sound = ids == sorted(set(ids)) and all(0 <= id < n_founded for id in ids)
        if not (sound and math.isfinite(threshold) and threshold > 0):
            raise ConfigError(f"The species of a saved search cannot be: {ids[:5]}, {threshold}.")
        if min((0, *(one.age for one in species))) < 0:
            raise ConfigError("A species of a saved search has an age below 0.")
        return Speciation(settings, species, threshold, n_founded)
