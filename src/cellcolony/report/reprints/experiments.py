"""The experiments of a battery, as a paper speaks of them: heuristics alone, and rivals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from cellcolony.runs.battery.grid import LISTED, Configuration, Place
from cellcolony.runs.battery.plan import Battery
from cellcolony.runs.battery.record import Record
from cellcolony.runs.battery.summary import ConfigurationSummary, summaries

NEUTRAL, USUAL_ANTS = "ants", "40 ants"
"""The axis that is no heuristic, how many ants there are, and its level in Tables 2 and 3."""
PLAIN = "plain"
"""What the configuration is called that applies no heuristic."""


@dataclass(frozen=True)
class Experiments:
    """The finished runs of a battery, of which the first level of each axis is the plain one.

    Attributes:
        battery: What is run.
        found: The configurations that have finished runs.
    """

    battery: Battery
    found: tuple[ConfigurationSummary, ...]

    @staticmethod
    def of(battery: Battery, records: Sequence[Record]) -> Experiments:
        """Return the experiments of a battery's finished runs."""
        return Experiments(battery, summaries(battery, records))

    @property
    def grid(self) -> list[ConfigurationSummary]:
        """The configurations of the grid."""
        return [one for one in self.found if not is_rival(one.configuration)]

    @property
    def rivals(self) -> list[ConfigurationSummary]:
        """The other methods."""
        return [one for one in self.found if is_rival(one.configuration)]

    def alone_and(self, *rivals: str) -> list[tuple[str, ConfigurationSummary]]:
        """Return what applies at most one heuristic, and rivals, each with what it is called.

        A configuration is called like the heuristic, or "plain"; it has 40 ants, as in the paper.

        Args:
            rivals: The labels of those that are wanted.
        """
        alone = {
            (found[0].name if found else PLAIN): one
            for one in self.grid
            if len(found := self._heuristics(one)) <= 1
            if dict(one.configuration.levels).get(NEUTRAL, USUAL_ANTS) == USUAL_ANTS
        }
        others = [(one.label, one) for one in self.rivals if one.label in rivals]
        return [*sorted(alone.items(), key=lambda pair: pair[0] != PLAIN), *others]

    def alone(self, one: ConfigurationSummary) -> Place | None:
        """Return the only heuristic that a configuration applies; None for none, or several."""
        found = self._heuristics(one)
        return found[0] if len(found) == 1 else None

    def _heuristics(self, one: ConfigurationSummary) -> list[Place]:
        return [
            place
            for place in one.configuration.levels
            if place.axis != NEUTRAL and self._plain[place.axis] != place.name
        ]

    @cached_property
    def _plain(self) -> dict[str, str]:
        """The first level of each axis."""
        grid = (one for one in self.battery.configurations if not is_rival(one))
        return dict(next(grid).levels)


def is_rival(one: Configuration) -> bool:
    """Say whether a configuration stands outside of the grid."""
    return any(place.axis == LISTED for place in one.levels)


def with_examm(one: Configuration) -> bool:
    """Say whether a configuration is of the grid, or EXAMM."""
    return not is_rival(one) or one.method == "examm"


def anything(one: Configuration) -> bool:
    """Say that every configuration is shown."""
    return True
