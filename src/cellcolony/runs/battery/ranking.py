"""Which levels the best configurations have (ElSaid et al. 2020, Table 1)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean, median

from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.summary import ConfigurationSummary, places

TOPS = (10, 25, 100, 250, 500)
"""The sizes of the rankings that the paper counts in."""
MEASURES: Mapping[str, Callable[[list[float]], float]] = {
    "mean": fmean, "median": median, "best": min,
}  # fmt: skip
"""By what of its repeats' errors a configuration is ranked, as in the paper."""


@dataclass(frozen=True)
class Ranking:
    """How often the configurations of each level stand among the best.

    Attributes:
        n_ranked: How many configurations have at least one run that found a network.
        tops: Those of the paper's sizes that are at most that number.
        n_of: How many of the ranked configurations have each level.
        counts: For each level, top and measure, how many of its configurations are in that top.
    """

    n_ranked: int
    tops: tuple[int, ...]
    n_of: Mapping[Place, int]
    counts: Counter[tuple[Place, int, str]]


def ordered(
    found: Sequence[ConfigurationSummary], split: str, measure: str
) -> list[ConfigurationSummary]:
    """Return configurations by one of `MEASURES` of their repeats' errors on a split, best first.

    Of two with the same error the earlier one stands first. Each must have an error.
    """
    return sorted(found, key=lambda one: MEASURES[measure](one.errors(split)))


def rank(found: Sequence[ConfigurationSummary], split: str) -> Ranking:
    """Rank configurations by the errors of their runs' best networks on a split.

    Of two configurations with the same error the earlier one stands first. A level that names
    groups is counted among those.
    """
    ranked = [one for one in found if one.errors(split)]
    tops = tuple(top for top in TOPS if top <= len(ranked))
    counts = Counter(
        (place, top, measure)
        for measure in MEASURES
        for i, one in enumerate(ordered(ranked, split, measure))
        for place in one.configuration.groups
        for top in tops
        if i < top
    )
    members = Counter(place for one in ranked for place in one.configuration.groups)
    return Ranking(len(ranked), tops, {place: members[place] for place in places(ranked)}, counts)
