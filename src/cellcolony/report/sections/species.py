"""How species came, grew and went: what each generation brought, and each species."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

import pandas as pd

from cellcolony.contract import Measure
from cellcolony.report.blocks import Column, TableBlock, ends_of
from cellcolony.report.sections import section
from cellcolony.report.status import loss_text, where_of
from cellcolony.runs.history import Judged
from cellcolony.runs.result import Result
from cellcolony.wording import BARS

MOST_GENERATIONS, MOST_SPECIES = 12, 12
"""Lines of each table; of more generations the first and the last are shown, of more species the
best."""
LONGEST_BAR = 40
"""Generations that a row of bars shows; of more, several share a bar."""
LAST_GENERATION = 100_000
"""Generations that bars count."""


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
        history: The candidates, by number; those that do not say where they belong are left out.
        measure: What their losses are shown as.
        nouns: What they are called, in the plural.
    """
    told = [
        (generation, species, math.nan if one.loss is None else one.loss, one.failure is not None)
        for one in history
        if (generation := one.count("generation")) is not None
        and (species := one.count("species")) is not None
    ]
    if not told:
        return []
    some = pd.DataFrame(told, columns=["generation", "species", "loss", "failed"])
    return [_generations(some, measure, nouns), _species(some, shamed(history), measure, nouns)]


def _generations(some: pd.DataFrame, measure: Measure, nouns: str) -> TableBlock:
    found = some.groupby("generation").agg(
        n=("loss", "size"), failed=("failed", "sum"), species=("species", "nunique"),
        best=("loss", "min"), median=("loss", "median"),
    )  # fmt: skip
    found["so_far"] = found["best"].cummin().ffill()
    rows = [
        [
            f"{generation:,}",
            f"{n:,}",
            f"{failed:,}",
            str(species),
            *(shown(measure, x) for x in losses),
        ]
        for generation, n, failed, species, *losses in found.itertuples()
    ]
    columns = ("generation", nouns, "failed", "species", "best", "median", "best so far")
    title = f"Generations ({where_of(measure)})"
    return TableBlock(columns, ends_of(rows, MOST_GENERATIONS), title=title)


def _species(
    some: pd.DataFrame, fallen: frozenset[int], measure: Measure, nouns: str
) -> TableBlock:
    found = some.groupby("species", as_index=False).agg(n=("loss", "size"), best=("loss", "min"))
    best = found.sort_values(["best", "species"])[:MOST_SPECIES]
    last = min(max(some["generation"]) + 1, LAST_GENERATION)
    rows = []
    for id, n, loss in best.itertuples(index=False):
        counts = Counter(some["generation"][some["species"] == id])
        course = bars([counts[i] for i in range(last)])
        where = "Hall of Shame" if id in fallen else ""
        rows.append([f"{id:,}", f"{n:,}", shown(measure, loss), course, where])
    columns = (
        "species", nouns, "best", Column(f"{nouns} by generation", "text"), Column("", "text"),
    )  # fmt: skip
    return TableBlock(columns, rows, title=f"Species, the best {len(best)} of {len(found):,}")


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
    return loss_text(measure, None if math.isnan(loss) else loss)
