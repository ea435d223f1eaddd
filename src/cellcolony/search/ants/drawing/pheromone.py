"""How pheromone looks: width and colour grow with how far it stands above its start."""

from __future__ import annotations

from dataclasses import dataclass

from cellcolony.drawing.palette import Stroke, dashes
from cellcolony.drawing.sketch import Edge

RAMP = (
    "#fecf92", "#fea36f", "#f9785d", "#e55064", "#c23b75", "#9c2e7f", "#762181",
    "#51127c", "#29115a",
)  # fmt: skip
"""From weak to strong: perceptually even, and safe for colour-blind readers.

Source: S. van der Walt and N. Smith, the colour map `magma` of Matplotlib, from 0.90 to 0.16.
"""
UNDECIDED = "#aaaaaa"
"""Of what has no more than it started with."""
THINNEST, THICKEST = 1.0, 5.5
FAINTEST, FULLEST = 0.45, 0.95
BELOW = 0.9, 0.15, 0.9
"""Width of what has less than it started with; its opacity at the floor and at the start."""
RECURRENT_WIDTH = 0.5
"""Recurrent edges are narrower than forward ones of the same pheromone: dashes catch the eye."""
LEAST_FACTOR = 2.0
"""The ramp spans at least this factor above the start: a young colony looks young."""
NOTICEABLE = 1.02
"""Times its start: what has less counts as undecided."""


@dataclass(frozen=True)
class Pheromone:
    """The scale of one drawing: even steps from the start to the strongest choice.

    Attributes:
        floor: The least pheromone that a choice can have, or has where bounds move.
        start: What every choice starts with.
        cap: The most that a choice can have, or has where bounds move.
        strongest: The most that one has here.
        is_fixed: Whether the floor and the cap are bounds of the colony.
    """

    floor: float
    start: float
    cap: float
    strongest: float
    is_fixed: bool = True

    @property
    def top(self) -> float:
        """The pheromone at the dark end of the ramp."""
        least = LEAST_FACTOR * self.start
        return max(self.strongest, min(least, self.cap) if self.is_fixed else least)

    def share(self, tau: float) -> float:
        """Return where pheromone lies on the ramp: 0 at the start and below, 1 at the top."""
        room = self.top - self.start
        return min(max((tau - self.start) / room, 0.0), 1.0) if room > 0 else 0.0

    def stands_out(self, tau: float) -> bool:
        """Say whether a choice has noticeably more than it started with."""
        return tau >= NOTICEABLE * self.start

    def colour(self, tau: float) -> str:
        """Return the colour of pheromone: grey unless it stands out."""
        return ramp(self.share(tau)) if self.stands_out(tau) else UNDECIDED

    def width(self, tau: float) -> float:
        """Return the width of a forward edge, in pixels."""
        if not self.stands_out(tau):
            return BELOW[0]
        return THINNEST + self.share(tau) * (THICKEST - THINNEST)

    def opacity(self, tau: float) -> float:
        """Return the opacity of an edge."""
        if self.stands_out(tau):
            return FAINTEST + self.share(tau) * (FULLEST - FAINTEST)
        _, least, most = BELOW
        room = self.start - self.floor
        share = min(max((tau - self.floor) / room, 0.0), 1.0) if room > 0 else 1.0
        return least + share * (most - least)

    @property
    def hint(self) -> Stroke:
        """How edges are drawn that are only hinted at."""
        return Stroke(UNDECIDED, 0.6, 0.3, "")

    def of(self, edge: Edge) -> Stroke:
        """Return how an edge is drawn, whose weight is its pheromone."""
        assert edge.weight is not None
        width = self.width(edge.weight)
        return Stroke(
            self.colour(edge.weight),
            width if edge.skip == 0 else RECURRENT_WIDTH * width,
            self.opacity(edge.weight),
            dashes(edge.skip),
        )


def ramp(share: float) -> str:
    """Return the colour at a place of the ramp, from 0 to 1."""
    at = share * (len(RAMP) - 1)
    below = min(int(at), len(RAMP) - 2)
    ends = zip(_channels(RAMP[below]), _channels(RAMP[below + 1]), strict=True)
    return "#" + "".join(f"{round(a + (at - below) * (b - a)):02x}" for a, b in ends)


def _channels(colour: str) -> tuple[int, ...]:
    return tuple(bytes.fromhex(colour[1:]))
