"""Where nodes stand."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from cellcolony.drawing.ordering import Layers
from cellcolony.drawing.sketch import Edge

HALF_WIDTH, HALF_HEIGHT = 25.0, 11.0
"""Of a hidden or output node."""
INPUT_RADIUS = 5.0
NEAREST, WITH_LOOPS, FARTHEST = 38.0, 46.0, 76.0
"""Between the middles of neighbours in a layer."""
MANY_EDGES = 400
"""From so many on the drawing grows no more for them."""


class Point(NamedTuple):
    """A place in the drawing, in pixels."""

    x: float
    y: float


@dataclass(frozen=True)
class Placement:
    """Where nodes stand.

    Attributes:
        at: Each node's middle.
        layer: Each node's layer.
        columns: Each layer's nodes from top to bottom.
        gap: Between the middles of neighbouring layers.
        size: Width and height; the middles of the first layer stand at x = 0.
    """

    at: Mapping[int, Point]
    layer: Mapping[int, int]
    columns: Layers
    gap: float
    size: tuple[float, float]


def place(layers: Layers, edges: Sequence[Edge]) -> Placement:
    """Put each layer's nodes under each other, in the middle of the drawing's height.

    Args:
        layers: The nodes in their order.
        edges: The more there are, the more room is needed between layers.
    """
    has_loops = any(edge.source == edge.target for edge in edges)
    crowd = min(len(edges) / MANY_EDGES, 1.0)
    step = (WITH_LOOPS if has_loops else NEAREST) + 8 * crowd
    height = max(len(layer) for layer in layers) * step
    gap = 160 + 140 * crowd
    at, layer_of = {}, {}
    for i, layer in enumerate(layers):
        step = min(height / max(len(layer), 1), FARTHEST)
        top = (height - step * (len(layer) - 1)) / 2
        for j, node in enumerate(layer):
            at[node.id] = Point(i * gap, top + j * step)
            layer_of[node.id] = i
    return Placement(at, layer_of, layers, gap, ((len(layers) - 1) * gap, height))
