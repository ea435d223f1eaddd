"""How edges run between nodes: curves through the gaps, bows and loops."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Iterable
from itertools import pairwise
from math import hypot, log2
from typing import NamedTuple

from cellcolony.drawing.placement import HALF_HEIGHT, HALF_WIDTH, INPUT_RADIUS, Placement, Point
from cellcolony.drawing.sketch import Edge
from cellcolony.networks.genome import Node

CLEARANCE = HALF_HEIGHT + 3.0
"""Between a node's middle and an edge that passes it."""
LOOP_WIDTH, LOOP_RISE = 15.0, 19.0
SPREAD = 4
"""Up to this time skip, each step more keeps an edge as much farther from others."""


class Route(NamedTuple):
    """How an edge runs.

    Attributes:
        path: The data of an SVG path.
        end: Where it ends.
        direction: Where it points to there, of length 1.
        label: A place for a label beside it.
    """

    path: str
    end: Point
    direction: Point
    label: Point


class Router:
    """Finds ways for edges; edges of several time skips between two nodes run side by side.

    Args:
        placement: Where the nodes stand.
        edges: All edges that will be asked for.
    """

    def __init__(self, placement: Placement, edges: Iterable[Edge]) -> None:
        self._placed = placement
        self._loops: dict[int, list[int]] = {}
        for edge in edges:
            if edge.source == edge.target:
                self._loops.setdefault(edge.source, []).append(edge.skip)

    def route(self, edge: Edge) -> Route:
        """Return how an edge runs: between layers, in a bow beside its layer, or in a loop."""
        layer = self._placed.layer
        if edge.source == edge.target:
            return self._loop(edge)
        if layer[edge.source] == layer[edge.target]:
            return self._beside(edge)
        return self._across(edge)

    def _loop(self, edge: Edge) -> Route:
        """Leave a node upwards and come back, side by side with its other loops."""
        x, y = self._placed.at[edge.source]
        skips = sorted(self._loops[edge.source])
        x += (skips.index(edge.skip) - (len(skips) - 1) / 2) * LOOP_WIDTH
        top = y - HALF_HEIGHT
        begin, end = Point(x + 0.28 * LOOP_WIDTH, top), Point(x - 0.28 * LOOP_WIDTH, top)
        first = Point(x + 0.75 * LOOP_WIDTH, top - 4 / 3 * LOOP_RISE)
        second = Point(x - 0.75 * LOOP_WIDTH, top - 4 / 3 * LOOP_RISE)
        return _route([begin, first, second, end], Point(x, top - 0.58 * LOOP_RISE))

    def _beside(self, edge: Edge) -> Route:
        """Bow out beside the layer: down at the right, up at the left; at outputs always left."""
        source, target = self._placed.at[edge.source], self._placed.at[edge.target]
        is_last = self._placed.layer[edge.source] == len(self._placed.columns) - 1
        way = 1 if target.y > source.y and not is_last else -1
        reach = 14 + 0.3 * abs(target.y - source.y) + 9 * _apart(edge.skip)
        bow = way * min(reach, 0.55 * (self._placed.gap - HALF_WIDTH)) / 0.75
        shift = 3 if target.y > source.y else -3
        begin = Point(source.x + way * HALF_WIDTH, source.y + shift)
        end = Point(target.x + way * HALF_WIDTH, target.y - shift)
        first, second = Point(begin.x + bow, begin.y), Point(end.x + bow, end.y)
        return _route([begin, first, second, end])

    def _across(self, edge: Edge) -> Route:
        """Run between layers, through the gaps between the nodes of those that are passed."""
        source, target = self._placed.at[edge.source], self._placed.at[edge.target]
        way = 1 if target.x > source.x else -1
        shift = (
            2.0 * _apart(edge.skip) * way
        )  # recurrent edges leave and arrive beside forward ones
        begin = Point(source.x + way * self._half_width(edge.source), source.y + shift)
        end = Point(target.x - way * self._half_width(edge.target), target.y + shift)
        points = [begin]
        first, last = self._placed.layer[edge.source], self._placed.layer[edge.target]
        for passed in range(first + way, last, way):
            x = self._placed.gap * passed
            before = points[-1]
            wanted = before.y + (end.y - before.y) * (x - before.x) / (end.x - before.x)
            y = self._through(self._placed.columns[passed], wanted)
            points += [Point(x - way * HALF_WIDTH, y), Point(x + way * HALF_WIDTH, y)]
        points.append(end)
        return _route(_curve(points, bow=way * 7 * _apart(edge.skip) + (14 if way < 0 else 0)))

    def _half_width(self, node: int) -> float:
        return INPUT_RADIUS if self._placed.layer[node] == 0 else HALF_WIDTH

    def _through(self, column: tuple[Node, ...], wanted: float) -> float:
        """Return a height at which no node of a column stands, near to the wanted one.

        What wants to pass between two nodes is pressed together into the gap between them.
        """
        heights = [self._placed.at[node.id].y for node in column]
        below = bisect(heights, wanted)
        if below == 0:
            return min(wanted, heights[0] - CLEARANCE)
        if below == len(heights):
            return max(wanted, heights[-1] + CLEARANCE)
        top, bottom = heights[below - 1], heights[below]
        share = (wanted - top) / (bottom - top)
        return top + CLEARANCE + share * (bottom - top - 2 * CLEARANCE)


def _apart(skip: int) -> float:
    """Return by how much an edge keeps away from others: long skips little more than short ones."""
    return skip if skip <= SPREAD else SPREAD + log2(skip / SPREAD)


def _curve(points: list[Point], bow: float) -> list[Point]:
    """Return control points of cubic curves through points, bowed down between layers.

    Points stand in pairs: every second piece passes a layer, and is straight.
    """
    controls = [points[0]]
    for i, (a, b) in enumerate(pairwise(points)):
        reach = 0.4 * (b.x - a.x)
        down = bow if i % 2 == 0 else 0.0
        controls += [Point(a.x + reach, a.y + down), Point(b.x - reach, b.y + down), b]
    return controls


def _route(controls: list[Point], label: Point | None = None) -> Route:
    """Return a route along cubic curves, the label in the middle of its first curve."""
    end, last = controls[-1], controls[-2]
    length = hypot(end.x - last.x, end.y - last.y) or 1.0
    path = f"M{_text(controls[0])}C{' '.join(map(_text, controls[1:]))}"
    if label is None:
        a, b, c, d = controls[:4]
        label = Point((a.x + 3 * b.x + 3 * c.x + d.x) / 8, (a.y + 3 * b.y + 3 * c.y + d.y) / 8)
    return Route(path, end, Point((end.x - last.x) / length, (end.y - last.y) / length), label)


def _text(point: Point) -> str:
    return f"{point.x:.1f},{point.y:.1f}"
