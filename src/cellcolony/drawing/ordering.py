"""The order of nodes within layers: barycentre sweeps keep crossings few (Sugiyama et al. 1981)."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellcolony.drawing.sketch import Edge, Sketch
from cellcolony.networks.genome import Node

MOST_SWEEPS, FEWEST_SWEEPS = 24, 2
MOST_PAIRS = 10_000_000
"""Pairs of edges that are compared in all sweeps together: large networks get fewer sweeps."""
MOST_EDGES = 20_000
"""Edges beyond which none is compared: nobody could tell them apart, and it would take minutes."""

Layers = tuple[tuple[Node, ...], ...]


def ordered_layers(sketch: Sketch) -> Layers:
    """Return the layers with their nodes in an order of few crossings; unread inputs stay last.

    Source:
        Sugiyama, Tagawa & Toda 1981. An edge that passes layers is not cut into pieces, it pulls at
        its ends the less, the farther they lie apart. Of all sweeps the best order is kept.
    """
    layer_of = {node.id: i for i, layer in enumerate(sketch.layers) for node in layer}
    edges = [edge for edge in sketch.edges if layer_of[edge.source] != layer_of[edge.target]]
    layers = sketch.layers
    if len(edges) > MOST_EDGES:
        return layers
    best, fewest = layers, n_crossings(layers, edges)
    n_sweeps = MOST_PAIRS // max(len(edges), 1) ** 2
    for sweep in range(max(FEWEST_SWEEPS, min(n_sweeps, MOST_SWEEPS))):
        if fewest == 0:
            break
        layers = _sweep(layers, edges, layer_of, sketch.unread, down=sweep % 2 == 0)
        crossings = n_crossings(layers, edges)
        if crossings < fewest:
            best, fewest = layers, crossings
    return best


def n_crossings(layers: Layers, edges: list[Edge]) -> int:
    """Count the pairs of edges that cross, drawn as straight lines between layers."""
    at = {node: (x, y) for x, layer in enumerate(layers) for node, y in _heights(layer).items()}
    lines = [sorted((at[edge.source], at[edge.target])) for edge in edges]
    ends = np.array(sorted(lines), float).reshape(-1, 2, 2)
    x0, y0, x1, y1 = ends[:, 0, 0], ends[:, 0, 1], ends[:, 1, 0], ends[:, 1, 1]
    slope = (y1 - y0) / (x1 - x0)
    total = 0
    for i in range(len(ends) - 1):
        rest = slice(i + 1, None)
        begin, end = np.maximum(x0[i], x0[rest]), np.minimum(x1[i], x1[rest])
        gap_begin = _gap(y0[i], slope[i], x0[i], y0[rest], slope[rest], x0[rest], begin)
        gap_end = _gap(y0[i], slope[i], x0[i], y0[rest], slope[rest], x0[rest], end)
        total += int(((begin < end) & (gap_begin * gap_end < -1e-12)).sum())
    return total


def _gap(y, slope, x, y_other, slope_other, x_other, at) -> NDArray[np.float64]:
    """By how much a line lies above others at some places."""
    return (y + slope * (at - x)) - (y_other + slope_other * (at - x_other))


def _heights(layer: tuple[Node, ...]) -> dict[int, float]:
    """Spread a layer's nodes between 0 and 1."""
    return {node.id: (i + 0.5) / len(layer) for i, node in enumerate(layer)}


def _sweep(
    layers: Layers,
    edges: list[Edge],
    layer_of: dict[int, int],
    unread: frozenset[int],
    down: bool,
) -> Layers:
    """Move each node to the mean height of its neighbours, layer after layer."""
    neighbours: dict[int, list[int]] = {node: [] for node in layer_of}
    for edge in edges:
        neighbours[edge.source].append(edge.target)
        neighbours[edge.target].append(edge.source)
    height = {node: y for layer in layers for node, y in _heights(layer).items()}
    moved = list(layers)
    for i in range(len(layers)) if down else reversed(range(len(layers))):
        wanted = {}
        for node in layers[i]:
            near = neighbours[node.id]
            pulls = [1 / abs(layer_of[other] - i) for other in near]
            total = sum(pull * height[other] for pull, other in zip(pulls, near, strict=True))
            wanted[node.id] = total / sum(pulls) if near else height[node.id]
        by_height = sorted(layers[i], key=lambda node: wanted[node.id])
        moved[i] = tuple(sorted(by_height, key=lambda node: node.id in unread))
        height |= _heights(moved[i])
    return tuple(moved)
