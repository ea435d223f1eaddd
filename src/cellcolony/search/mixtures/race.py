"""The race of mixtures: layers of one node first, then variations of the best."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from itertools import combinations
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import GenomeError
from cellcolony.layers.mixture import Mixture, Skip
from cellcolony.search.mixtures.settings import Mixtures
from cellcolony.search.race import Race

Counts = NDArray[np.int64]
"""How many groups each layer has of each node of the pool, `(layers, nodes)`."""
SKIP_RATE = 0.3
"""The chance that a mutation turns a skip on or off, and that a random mixture has each."""


class MixtureRace(Race[Mixture]):
    """A search for mixtures at work."""

    kind: ClassVar[str] = Mixture.kind
    settings: Mixtures

    @classmethod
    def openers(cls, settings: Mixtures) -> list[str]:
        """Return the nodes that open the race, each alone."""
        return [*settings.pool[: settings.openers]]

    @classmethod
    def read(cls, settings: Mixtures, saved: Any) -> Mixture:
        """Read what `Mixture.to_dict` wrote.

        Raises:
            GenomeError: It is no mixture, or one of another search.
        """
        mixture = Mixture.from_dict(saved)
        fits = {*mixture.nodes} <= {*settings.pool} and len(mixture.layers) == settings.n_layers
        if not fits or any(sum(layer) != settings.groups for layer in mixture.layers):
            raise GenomeError("The mixture has other nodes, layers or groups than this search.")
        return mixture

    def opener(self, name: str) -> Mixture:
        """Return the mixture of one node alone."""
        settings = self.settings
        return Mixture((name,), ((settings.groups,),) * settings.n_layers)

    def digest(self, genome: Mixture) -> str:
        """Return what tells a mixture: its nodes stand in the pool's order, so its text does."""
        return hashlib.blake2b(str(genome.to_dict()).encode(), digest_size=16).hexdigest()

    def is_allowed(self, genome: Mixture) -> bool:
        """Say that every mixture is worth a training."""
        return True

    def random(self, rng: np.random.Generator) -> tuple[Mixture, tuple[str, ...]]:
        """Return a mixture each of whose groups is drawn from the pool."""
        counts = np.array([self._drawn(rng) for _ in range(self.settings.n_layers)])
        skips = [one for one in self._all_skips() if rng.random() < SKIP_RATE]
        return self._mixture(counts, skips), ("random",)

    def mutated(self, genome: Mixture, rng: np.random.Generator) -> tuple[Mixture, tuple[str, ...]]:
        """Return a mixture with one mutation, or two."""
        genome, done = self.mutated_once(genome, rng)
        if rng.random() < 0.5:
            genome, more = self.mutated_once(genome, rng)
            done = (*done, *more)
        return genome, done

    def mutated_once(
        self, genome: Mixture, rng: np.random.Generator
    ) -> tuple[Mixture, tuple[str, ...]]:
        """Return a mixture one layer of which is another, or that has a skip more or less."""
        counts, skips = self._counts(genome), {*genome.skips}
        possible = self._all_skips()
        if possible and rng.random() < SKIP_RATE:
            skips ^= {possible[rng.integers(len(possible))]}
            return self._mixture(counts, skips), ("skip",)
        layer = int(rng.integers(len(counts)))
        what = ("move", "exchange", "copy", "draw")[int(rng.choice(4, p=(0.5, 0.25, 0.15, 0.1)))]
        if what == "copy" and len(counts) == 1:
            what = "move"
        if what == "draw":
            counts[layer] = self._drawn(rng)
        elif what == "copy":
            counts[layer] = counts[int(rng.integers(len(counts)))]
        else:  # groups of a node become another's: some, or all of them
            here = np.flatnonzero(counts[layer])
            source, to = int(here[rng.integers(len(here))]), int(rng.integers(counts.shape[1]))
            most = int(counts[layer, source])
            n = most if what == "exchange" else int(rng.integers(1, most + 1))
            counts[layer, source] -= n
            counts[layer, to] += n
        return self._mixture(counts, skips), (what,)

    def crossed(self, genome: Mixture, other: Mixture, rng: np.random.Generator) -> Mixture | None:
        """Return a mixture each of whose groups is of one parent or the other.

        Its skips are those of both, and each that one of them has by chance.
        """
        both = self._counts(genome), self._counts(other)
        n_groups, counts = self.settings.groups, np.zeros_like(both[0])
        for layer in range(len(counts)):
            n = int(rng.integers(1, n_groups))  # of the first parent
            for parent, drawn in ((both[0], n), (both[1], n_groups - n)):
                counts[layer] += rng.multivariate_hypergeometric(parent[layer], drawn)
        ours, theirs = {*genome.skips}, {*other.skips}
        undecided = sorted(ours ^ theirs)
        skips = (ours & theirs) | {one for one in undecided if rng.random() < 0.5}
        return self._mixture(counts, skips)

    def _drawn(self, rng: np.random.Generator) -> Counts:
        n = len(self.settings.pool)
        return np.bincount(rng.integers(n, size=self.settings.groups), minlength=n)

    def _all_skips(self) -> list[Skip]:
        if not self.settings.skips:
            return []
        places = range(self.settings.n_layers + 2)
        return [(a, b) for a, b in combinations(places, 2) if b - a > 1]

    def _counts(self, genome: Mixture) -> Counts:
        pool = self.settings.pool
        counts = np.zeros((len(genome.layers), len(pool)), np.int64)
        counts[:, [pool.index(name) for name in genome.nodes]] = genome.layers
        return counts

    def _mixture(self, counts: Counts, skips: Iterable[Skip]) -> Mixture:
        used = np.flatnonzero(counts.any(0))
        layers = tuple(tuple(layer) for layer in counts[:, used].tolist())
        return Mixture(tuple(self.settings.pool[i] for i in used), layers, tuple(sorted(skips)))
