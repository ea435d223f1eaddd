"""What the runs of each configuration come to, and whether it differs from a baseline."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from cellcolony.runs.battery.grid import Configuration, Place
from cellcolony.runs.battery.plan import Battery
from cellcolony.runs.battery.record import Record
from cellcolony.runs.significance import Paired, paired_test
from cellcolony.runs.spread import Spread


@dataclass(frozen=True)
class ConfigurationSummary:
    """The finished runs of one configuration.

    Attributes:
        configuration: The configuration.
        records: Its runs that found something, by repeat.
        failed: Its runs that found nothing.
    """

    configuration: Configuration
    records: tuple[Record, ...]
    failed: tuple[Record, ...]

    @property
    def label(self) -> str:
        """What the configuration is called."""
        return self.configuration.label

    def errors(self, split: str) -> list[float]:
        """Return what each run came to on "valid" or "test", by repeat."""
        errors = (getattr(record, split) for record in self.records)
        return [error for error in errors if error is not None]

    def spread(self, split: str) -> Spread | None:
        """Return how far the errors on a split reach; None without any."""
        return Spread.of(self.errors(split))

    def median(self, split: str) -> float | None:
        """Return the median of the errors on a split; None without any."""
        errors = self.errors(split)
        return median(errors) if errors else None


@dataclass(frozen=True)
class Difference:
    """A configuration compared with the baseline, repeat by repeat.

    Attributes:
        median: The median of the differences of the errors, configuration minus baseline. Units:
            those of the measure; below 0 the configuration is better.
        test: The paired test over the errors.
    """

    median: float
    test: Paired


def summaries(battery: Battery, records: Iterable[Record]) -> tuple[ConfigurationSummary, ...]:
    """Return a summary of each configuration that has at least one finished run, in their order."""
    by_label: defaultdict[str, list[Record]] = defaultdict(list)
    for record in sorted(records, key=lambda record: record.repeat):
        by_label[record.configuration].append(record)
    return tuple(
        ConfigurationSummary(
            one,
            tuple(record for record in runs if record.failure is None),
            tuple(record for record in runs if record.failure is not None),
        )
        for one in battery.configurations
        if (runs := by_label[one.label])
    )


def places(found: Iterable[ConfigurationSummary]) -> list[Place]:
    """Return the levels, or the groups that they name, of configurations: axis by axis."""
    places = dict.fromkeys(place for one in found for place in one.configuration.groups)
    axes = list(dict.fromkeys(place.axis for place in places))
    return sorted(places, key=lambda place: axes.index(place.axis))


def by_group(found: Sequence[ConfigurationSummary]) -> Mapping[Place, list[Record]]:
    """Return the runs of each level that found something; a level's groups take its place."""
    runs: dict[Place, list[Record]] = {place: [] for place in places(found)}
    for one in found:
        for place in one.configuration.groups:
            runs[place].extend(one.records)
    return runs


def compared_on(found: Iterable[ConfigurationSummary]) -> str:
    """Return the split that runs are compared on: "test" where they were tested, else "valid"."""
    return "test" if any(one.errors("test") for one in found) else "valid"


def difference(
    one: ConfigurationSummary, baseline: ConfigurationSummary, split: str = "test"
) -> Difference | None:
    """Compare a configuration with the baseline on the repeats that both have; None without any."""
    ours, theirs = ({r.repeat: getattr(r, split) for r in side.records} for side in (one, baseline))
    pairs = [(ours[r], theirs[r]) for r in sorted(ours.keys() & theirs.keys())]
    known = [(a, b) for a, b in pairs if a is not None and b is not None]
    if not known:
        return None
    test = paired_test([a for a, _ in known], [b for _, b in known])
    return Difference(median(a - b for a, b in known), test)


def coefficient(record: Record, split: str) -> float | None:
    """Return the structure coefficient of a run on a split; None where it has none.

    Source: ElSaid et al. 2020, eq. 7, which is lost; the paper's text says that it is computed from
    the error and the number of weights, and that more means that each weight contributes more. The
    form 1 / (error n_weights) is ours.
    """
    error, n_weights = getattr(record, split), record.n_weights
    return 1 / (error * n_weights) if error and n_weights else None
