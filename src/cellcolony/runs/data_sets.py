"""Runs on several data sets: the groups of each, the same ones under one name, and their ranks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import NamedTuple

from cellcolony.runs.comparison import Group, Measured, grouped, letters
from cellcolony.runs.result import Result


@dataclass(frozen=True, eq=False)
class DataSet:
    """The runs on one data set.

    Attributes:
        title: What it is: what is forecast, of which file.
        groups: Its runs, put together by settings; a group has the same name on every data set.
    """

    title: str
    groups: tuple[Group, ...]

    @property
    def runs(self) -> list[Result]:
        """All runs."""
        return [run for group in self.groups for run in group.runs]

    def errors(self) -> dict[str, float]:
        """Return the mean error over the seeds of each group that has one, by its name."""
        measured = Measured.of(self.runs)
        found = {group.name: [*group.errors(measured).values()] for group in self.groups}
        return {name: fmean(errors) for name, errors in found.items() if errors}


class RankedGroup(NamedTuple):
    """A group over the data sets.

    Attributes:
        name: The group.
        ranks: On each data set its rank, from 1; equal errors share the mean of their ranks.
        ratios: On each its error as a multiple of the best group's.
    """

    name: str
    ranks: tuple[float, ...]
    ratios: tuple[float, ...]

    @property
    def mean_rank(self) -> float:
        """The mean of its ranks."""
        return fmean(self.ranks)

    @property
    def median_ratio(self) -> float:
        """The median of its ratios."""
        return median(self.ratios)

    @property
    def n_best(self) -> int:
        """On how many data sets no other group is better."""
        return sum(ratio == 1.0 for ratio in self.ratios)


def by_data(runs: Sequence[Result]) -> tuple[DataSet, ...]:
    """Put runs together by their data, and those on the same data by their settings.

    Settings are compared within a data set alone: a protocol may fit itself to the data. Groups of
    several data sets that differ from the others in the same settings are one.
    """
    parts: dict[str, list[Result]] = {}
    for run in runs:
        parts.setdefault(run.facts.fingerprint, []).append(run)
    names: dict[str, str] = {}
    found = []
    for some in parts.values():
        groups = []
        for group in grouped(some):
            name = names.setdefault(str(sorted(group.settings.items())), letters(len(names)))
            groups.append(replace(group, name=name))
        found.append(DataSet(_title(some[0]), tuple(groups)))
    return tuple(found)


def _title(run: Result) -> str:
    summary = getattr(run.facts, "summary", None)
    if summary is None:
        return run.facts.title
    return f"{run.facts.title}: {Path(summary.files[0].name).name}"


def ranked(data_sets: Sequence[DataSet]) -> tuple[RankedGroup, ...]:
    """Rank the groups that every data set has, the lowest mean rank first."""
    from scipy.stats import rankdata

    errors = [one.errors() for one in data_sets]
    common = [name for name in errors[0] if all(name in one for one in errors)]
    ranks: dict[str, list[float]] = {name: [] for name in common}
    ratios: dict[str, list[float]] = {name: [] for name in common}
    for one in errors if common else ():
        values = [one[name] for name in common]
        best = min(values)
        for name, value, rank in zip(common, values, rankdata(values), strict=True):
            ranks[name].append(float(rank))
            ratios[name].append(1.0 if value == best else value / best if best else float("inf"))
    found = [RankedGroup(name, tuple(ranks[name]), tuple(ratios[name])) for name in common]
    return tuple(sorted(found, key=lambda one: one.mean_rank))
