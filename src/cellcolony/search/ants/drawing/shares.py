"""A hidden node of a colony: the shares of its cells, and the favourite by name."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import sqrt

from cellcolony.cells import label
from cellcolony.drawing import marks
from cellcolony.drawing.labels import short_cell_name, xml
from cellcolony.drawing.palette import FAINT, INK, PALE_INK, cell_colour
from cellcolony.drawing.placement import HALF_HEIGHT, HALF_WIDTH, Point

FAVOURED = 1.1
"""Times an even share: who has less is no favourite."""


def share_pill(
    at: Point, cells: Sequence[str], shares: Sequence[float], name: str, faint: bool
) -> str:
    """Return a node that is divided among cells by their shares.

    Args:
        at: Its middle.
        cells: The cells, in the order in which every node shows them.
        shares: Each cell's part of the node's pheromone; their sum is 1.
        name: Shown, with all shares, where a pointer rests.
        faint: Whether the node has no part in what is drawn.
    """
    ranked = sorted(zip(shares, cells, strict=True), reverse=True)
    told = ", ".join(f"{label(cell)} {100 * share:.0f} %" for share, cell in ranked)
    parts = [f"<title>{xml(f'{name}: {told}')}</title>"]
    begin = 0.0
    for cell, share in zip(cells, shares, strict=True):
        end = min(begin + share, 1.0)
        parts.append(f'<path d="{_slice(at, begin, end)}" fill="{cell_colour(cell)}"/>')
        begin = end
    parts.append(f'<path d="{_slice(at, 0, 1)}" fill="none" stroke="{FAINT if faint else INK}"/>')
    share, favourite = ranked[0]
    if share * len(cells) >= FAVOURED or len(cells) == 1:
        shown = short_cell_name(favourite)
        if len(cells) > 1:
            shown += f" {100 * share:.0f}"
        place, ink = Point(at.x, at.y + 3.6), PALE_INK if faint else INK
        parts.append(marks.text(place, shown, size=10, colour=ink, anchor="middle"))
    return f"<g>{''.join(parts)}</g>"


def _slice(at: Point, begin: float, end: float) -> str:
    """Return the outline of a pill between two parts of its width."""
    low, high = ((2 * share - 1) * HALF_WIDTH for share in (begin, end))
    bend = HALF_WIDTH - HALF_HEIGHT  # beyond it the pill is round
    stops = [low, *(x for x in (-bend, bend) if low < x < high), high]
    path = f"M{at.x + low:.1f},{at.y - _rise(low):.1f}"
    for side, along in ((-1, stops), (1, stops[::-1])):
        if side == 1:
            path += f"L{at.x + high:.1f},{at.y + _rise(high):.1f}"
        for a, b in pairwise(along):
            is_round = abs(a + b) / 2 > bend
            how = f"A{HALF_HEIGHT:g},{HALF_HEIGHT:g} 0 0 1 " if is_round else "L"
            path += f"{how}{at.x + b:.1f},{at.y + side * _rise(b):.1f}"
    return path + "Z"


def _rise(x: float) -> float:
    """Return how high a pill reaches at a distance from its middle."""
    beyond = max(abs(x) - (HALF_WIDTH - HALF_HEIGHT), 0.0)
    return sqrt(max(HALF_HEIGHT**2 - beyond**2, 0.0))
