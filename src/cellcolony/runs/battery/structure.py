"""How large the best networks are (ElSaid et al. 2020, Tables 2 and 3), and what a weight is worth.

Source: the paper's formula of the structure coefficient, eq. 7, is lost; its text says that it is
computed from the error and the number of weights, and that more means that each weight contributes
more. The form 1 / (MAE n_weights) is ours.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from cellcolony.runs.battery.grid import Place
from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.standing import Standing, places


@dataclass(frozen=True)
class Reach:
    """The mean of some values, and how far they reach; all None where there are none."""

    mean: float | None
    least: float | None
    most: float | None

    @staticmethod
    def of(values: Iterable[float | None]) -> Reach:
        """Return the reach of the values that are known."""
        known = [value for value in values if value is not None]
        return Reach(fmean(known), min(known), max(known)) if known else Reach(None, None, None)


def by_group(found: Sequence[Standing]) -> Mapping[Place, list[Record]]:
    """Return the runs of each level that found a network; a level's groups take its place."""
    runs: dict[Place, list[Record]] = {place: [] for place in places(found)}
    for one in found:
        for place in one.configuration.groups:
            runs[place].extend(one.records)
    return runs


def coefficient(split: str) -> Callable[[Record], float | None]:
    """Return what gives a run's structure coefficient on a split; None where it has none."""

    def of(record: Record) -> float | None:
        error, n_weights = getattr(record, split), record.n_weights
        return 1 / (error * n_weights) if error and n_weights else None

    return of
