"""How each configuration of a battery stands, and whether it differs from a baseline."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from cellcolony.runs.battery.grid import Configuration, Place
from cellcolony.runs.battery.plan import Battery
from cellcolony.runs.battery.record import Record
from cellcolony.runs.significance import Paired, paired_test


@dataclass(frozen=True)
class Standing:
    """The finished runs of one configuration.

    Attributes:
        configuration: The configuration.
        records: Its runs that found a network, by repeat.
        failed: Its runs that found none.
    """

    configuration: Configuration
    records: tuple[Record, ...]
    failed: tuple[Record, ...]

    @property
    def label(self) -> str:
        """What the configuration is called."""
        return self.configuration.label

    def errors(self, split: str) -> list[float]:
        """Return the MAE of each run's best network on "valid" or "test", by repeat."""
        errors = (getattr(record, split) for record in self.records)
        return [error for error in errors if error is not None]

    def median(self, split: str) -> float | None:
        """Return the median of the errors on a split; None without any."""
        errors = self.errors(split)
        return median(errors) if errors else None


@dataclass(frozen=True)
class Difference:
    """A configuration held against the baseline, repeat by repeat.

    Attributes:
        median: The median of the differences of the test MAE, configuration minus baseline. Units:
            the target's own; below 0 the configuration is better.
        test: The paired test over the test MAE.
    """

    median: float
    test: Paired


def standings(battery: Battery, records: Iterable[Record]) -> tuple[Standing, ...]:
    """Return how each configuration stands that has at least one finished run, in their order."""
    by_label: dict[str, list[Record]] = {}
    for record in records:
        by_label.setdefault(record.configuration, []).append(record)
    found = []
    for configuration in battery.configurations:
        runs = sorted(by_label.get(configuration.label, ()), key=lambda record: record.repeat)
        if runs:
            good = tuple(record for record in runs if record.failure is None)
            failed = tuple(record for record in runs if record.failure is not None)
            found.append(Standing(configuration, good, failed))
    return tuple(found)


def places(found: Iterable[Standing]) -> tuple[Place, ...]:
    """Return the levels, or the groups that they name, of configurations: axis by axis."""
    by_axis: dict[str, dict[Place, None]] = {}
    for one in found:
        for place in one.configuration.groups:
            by_axis.setdefault(place.axis, {})[place] = None
    return tuple(place for of_axis in by_axis.values() for place in of_axis)


def difference(one: Standing, baseline: Standing) -> Difference | None:
    """Hold a configuration against the baseline on the repeats that both have; None without any."""
    ours, theirs = ({r.repeat: r.test for r in side.records} for side in (one, baseline))
    pairs = [(ours[r], theirs[r]) for r in sorted(ours.keys() & theirs.keys())]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not known:
        return None
    test = paired_test([a for a, _ in known], [b for _, b in known])
    return Difference(median(a - b for a, b in known), test)
