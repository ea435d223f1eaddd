"""How species came, grew and went: what each generation brought, and each species."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from cellcolony.contract import Measure
from cellcolony.report.blocks import Column, TableBlock
from cellcolony.report.sections import section
from cellcolony.report.status import loss_text, where_of
from cellcolony.runs.history import Judged
from cellcolony.runs.result import Result

BARS = "▁▂▃▄▅▆▇█"
MOST_GENERATIONS, MOST_SPECIES = 12, 12
"""Lines of each table; of more generations the first and the last are shown, of more species the
best."""
LONGEST_BAR = 40
"""Generations that a row of bars shows; of more, several share a bar."""
LAST_GENERATION = 100_000
"""Generations that bars count."""


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
        """The lowest loss, infinite where none succeeded."""
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


@section("species", "Generations and species", order=57, on=("page", "show"))
def species(result: Result) -> list[TableBlock]:
    """Return the tables of generations and of species; nothing for a search without any."""
    if result.path is None:
        return []
    done = [one for one in result.history.candidates if one.is_done]
    return species_tables(done, result.measure, f"{result.noun}s")


def species_tables(history: Sequence[Judged], measure: Measure, nouns: str) -> list[TableBlock]:
    """Return the tables of some candidates that were judged.

    Args:
        history: The candidates, by number.
        measure: What their losses are shown as.
        nouns: What they are called, in the plural.
    """
    by_generation, by_species = broods(history, "generation"), broods(history, "species")
    if not by_generation or not by_species:
        return []
    return [
        _generations(by_generation, by_species, measure, nouns),
        _species(by_species, shamed(history), max(by_generation) + 1, measure, nouns),
    ]


def _generations(
    generations: Mapping[int, Brood], species: Mapping[int, Brood], measure: Measure, nouns: str
) -> TableBlock:
    rows, so_far, half = [], math.inf, MOST_GENERATIONS // 2
    for generation, brood in sorted(generations.items()):
        so_far = min(so_far, brood.best)
        rows.append(
            [
                f"{generation:,}",
                f"{brood.n:,}",
                f"{brood.n_failed:,}",
                str(sum(generation in one.by_generation for one in species.values())),
                *(shown(measure, one) for one in (brood.best, _median(brood.losses), so_far)),
            ]
        )
    if len(rows) > MOST_GENERATIONS:
        rows[half:-half] = [[f"... {len(rows) - 2 * half:,} more", *[""] * 6]]
    columns = ("generation", nouns, "failed", "species", "best", "median", "best so far")
    return TableBlock(columns, rows, title=f"Generations ({where_of(measure)})")


def _species(
    species: Mapping[int, Brood], fallen: frozenset[int], n_generations: int, measure: Measure,
    nouns: str,
) -> TableBlock:  # fmt: skip
    best = sorted(species, key=lambda id: (species[id].best, id))[:MOST_SPECIES]
    last = min(n_generations, LAST_GENERATION)
    rows = [
        [
            f"{id:,}",
            f"{species[id].n:,}",
            shown(measure, species[id].best),
            bars([species[id].by_generation.get(i, 0) for i in range(last)]),
            "Hall of Shame" if id in fallen else "",
        ]
        for id in best
    ]
    columns = (
        "species", nouns, "best", Column(f"{nouns} by generation", "text"), Column("", "text"),
    )  # fmt: skip
    return TableBlock(columns, rows, title=f"Species, the best {len(best)} of {len(species):,}")


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


def shown(measure: Measure, loss: float) -> str:
    """Return a loss as people are shown it; a dash where none succeeded."""
    return loss_text(measure, None if math.isinf(loss) else loss)


def _median(losses: Sequence[float]) -> float:
    return median(losses) if losses else math.inf
