"""How species came, grew and went: what each generation brought, and each species."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from rich.console import Group, RenderableType
from rich.text import Text

from cellcolony.layers.epoch import perplexity
from cellcolony.report.tables import plain_table
from cellcolony.runs.nodes.result import Judged, NodeResult
from cellcolony.wording import number

BARS = "▁▂▃▄▅▆▇█"
MOST_GENERATIONS, MOST_SPECIES = 12, 12
"""Lines of each table; of more generations the first and the last are shown, of more species the
best."""
LONGEST_BAR = 40
"""Generations that a row of bars shows; of more, several share a bar."""


@dataclass
class Brood:
    """Some candidates: those of a generation, or of a species.

    Attributes:
        losses: The validation losses of those that succeeded.
        n: How many there are.
        n_failed: How many of them failed.
        by_generation: How many there are in each generation.
    """

    losses: list[float] = field(default_factory=list)
    n: int = 0
    n_failed: int = 0
    by_generation: dict[int, int] = field(default_factory=dict)

    def add(self, judged: Judged, generation: int) -> None:
        """Take in a candidate."""
        self.n += 1
        self.n_failed += judged.failure is not None
        self.by_generation[generation] = self.by_generation.get(generation, 0) + 1
        if judged.loss is not None:
            self.losses.append(judged.loss)

    @property
    def best(self) -> float:
        """The lowest loss, infinite where nobody succeeded."""
        return min(self.losses, default=math.inf)


def broods(history: Iterable[Judged], key: str) -> dict[int, Brood]:
    """Return candidates by their generation, or by their species, in the order of the first.

    Args:
        history: The candidates; those that do not say where they belong are left out.
        key: "generation" or "species".
    """
    found: dict[int, Brood] = {}
    for judged in history:
        place, generation = judged.count(key), judged.count("generation")
        if place is not None and generation is not None:
            found.setdefault(place, Brood()).add(judged, generation)
    return found


def species_report(result: NodeResult) -> RenderableType:
    """Return the tables of generations and of species; nothing for a search without any."""
    generations = broods(result.history, "generation")
    species = broods(result.history, "species")
    if not generations or not species:
        return Group()
    return Group(
        Text(),
        Text("Generations (search perplexity on validation)", style="bold"),
        _generations(generations, species),
        Text(),
        Text(
            f"Species, the best {min(MOST_SPECIES, len(species))} of {len(species):,}", style="bold"
        ),
        _species(species, shamed(result.history), max(generations) + 1),
    )


def _generations(generations: Mapping[int, Brood], species: Mapping[int, Brood]) -> RenderableType:
    table = plain_table("generation", "nodes", "failed", "species", "best", "median", "best so far")
    numbers, so_far, half = sorted(generations), math.inf, MOST_GENERATIONS // 2
    for place, generation in enumerate(numbers):
        brood = generations[generation]
        so_far = min(so_far, brood.best)
        if len(numbers) > MOST_GENERATIONS and half <= place < len(numbers) - half:
            if place == half:
                table.add_row(f"... {len(numbers) - 2 * half:,} more", *[""] * 6)
            continue
        table.add_row(
            f"{generation:,}",
            f"{brood.n:,}",
            f"{brood.n_failed:,}",
            str(sum(generation in one.by_generation for one in species.values())),
            shown(brood.best),
            shown(_median(brood.losses)),
            shown(so_far),
        )
    return table


def _species(
    species: Mapping[int, Brood], fallen: frozenset[int], n_generations: int
) -> RenderableType:
    table = plain_table("species", "nodes", "best", "nodes by generation", "")
    table.columns[3].justify = "left"
    best = sorted(species, key=lambda id: (species[id].best, id))[:MOST_SPECIES]
    for id in best:
        brood = species[id]
        counts = [brood.by_generation.get(i, 0) for i in range(min(n_generations, 100_000))]
        table.add_row(
            f"{id:,}",
            f"{brood.n:,}",
            shown(brood.best),
            bars(counts),
            "Hall of Shame" if id in fallen else "",
        )
    return table


def shamed(history: Iterable[Judged]) -> frozenset[int]:
    """Return the species that stood in the Hall of Shame when the last generation began."""
    found: frozenset[int] = frozenset()
    for judged in history:
        census = judged.how.get("census")
        hall = census.get("hall_of_shame") if isinstance(census, Mapping) else None
        if isinstance(hall, list):
            found = frozenset(id for id in hall if type(id) is int)
    return found


def bars(counts: Sequence[int]) -> str:
    """Return a bar for each count, a blank for 0; of many counts, neighbours share a bar."""
    width = -(-len(counts) // LONGEST_BAR) or 1
    sums = [sum(counts[i : i + width]) for i in range(0, len(counts), width)]
    most = max(sums, default=0)
    return "".join(BARS[(n * len(BARS) - 1) // most] if n else " " for n in sums)


def shown(loss: float) -> str:
    """Return a loss as a perplexity; a dash where nobody succeeded."""
    return "-" if math.isinf(loss) else number(perplexity(loss))


def _median(losses: Sequence[float]) -> float:
    ordered, n = sorted(losses), len(losses)
    return (ordered[n // 2] + ordered[(n - 1) // 2]) / 2 if n else math.inf
