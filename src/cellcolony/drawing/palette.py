"""Colours, widths and dashes of a drawing."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np

from cellcolony import cells
from cellcolony.cells.named_trees import digest, names_a_tree
from cellcolony.drawing.sketch import Edge

POSITIVE, NEGATIVE, UNKNOWN = "#2166ac", "#c8501e", "#666666"
"""Blue and vermilion: told apart by colour-blind readers too."""
INK, PALE_INK, FAINT, PAPER = "#222222", "#666666", "#b8b8b8", "#ffffff"
INPUT = "#444444"

_CELLS = (
    "#fde2b8",
    "#d5e8d4",
    "#f8cfd3",
    "#d3ddf3",
    "#e6d6ee",
    "#fbf3a9",
    "#cdeaea",
    "#e8dccb",
    "#d9d9d9",
    "#e3f0b5",
    "#f9d0ea",
    "#c9d8c5",
)
MEMORY_COLOURS = ("#1b5e9e", "#b5440f", "#2f6f3e", "#7b3a87", "#6b5412")
"""Of a cell's memories: blue and vermilion first, all dark enough for white letters."""
THINNEST, THICKEST = 0.7, 4.2
RECURRENT_WIDTH = 0.6
"""Recurrent edges are narrower than forward ones of the same weight: dashes catch the eye."""
MOST_DOTS = 4
CROWDED = 150
"""Edges, beyond which weak ones fade."""


class Stroke(NamedTuple):
    """How an edge is drawn.

    Attributes:
        colour: Says the weight's sign.
        width: Grows with its absolute value, in pixels.
        opacity: The same.
        dashes: Say the time skip: the pattern of dashes and gaps, empty within a step.
    """

    colour: str
    width: float
    opacity: float
    dashes: str


def cell_colour(name: str) -> str:
    """Return a cell's fill, the same in every drawing; from the 13th cell on, colours repeat.

    Evolved nodes share the colours that the library leaves.
    """
    known = cells.CELLS.own_names()
    if name in known:
        return _CELLS[known.index(name) % len(_CELLS)]
    left = _CELLS[len(known) :] or _CELLS
    return left[digest(name) % len(left) if names_a_tree(name) else 0]


def colours(names: Iterable[str]) -> dict[str, str]:
    """Return a fill for each of some cells of one drawing; from the 13th on, colours repeat."""
    return {name: _CELLS[i % len(_CELLS)] for i, name in enumerate(names)}


def memory_colours(names: Iterable[str]) -> dict[str, str]:
    """Return the colour of each memory of a cell; from the sixth on, colours repeat."""
    return {name: MEMORY_COLOURS[i % len(MEMORY_COLOURS)] for i, name in enumerate(names)}


def dashes(skip: int) -> str:
    """Return the pattern for a time skip: a dash, and up to 4 dots, one for each step more."""
    if skip == 0:
        return ""
    return "7 3.5" + " 1.8 3" * min(skip - 1, MOST_DOTS)


class Strokes:
    """Strokes for the edges of one drawing.

    Attributes:
        heavy: The absolute weight that is drawn thickest: one in twenty is as large. None without
            weights.
    """

    def __init__(self, edges: Iterable[Edge]) -> None:
        sizes = [abs(edge.weight) for edge in edges if edge.weight is not None]
        self.heavy = float(np.quantile(sizes, 0.95)) if sizes else None
        self._faintest = 0.15 if len(sizes) > CROWDED else 0.5

    def of(self, edge: Edge) -> Stroke:
        """Return how an edge is drawn."""
        pattern = dashes(edge.skip)
        if edge.weight is None:
            return Stroke(UNKNOWN, 1.2, 0.6, pattern)
        share = self.share(edge.weight)
        width = THINNEST + share * (THICKEST - THINNEST)
        return Stroke(
            POSITIVE if edge.weight >= 0 else NEGATIVE,
            width if edge.skip == 0 else RECURRENT_WIDTH * width,
            self._faintest + share * (0.9 - self._faintest),
            pattern,
        )

    def share(self, weight: float) -> float:
        """Return how heavy a weight is drawn, from 0 to 1."""
        return min(1.0, abs(weight) / self.heavy) if self.heavy else 0.0
