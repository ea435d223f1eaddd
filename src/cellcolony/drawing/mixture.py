"""Drawings of mixtures: layers as bars that their nodes share, and which outputs skip layers."""

from __future__ import annotations

from collections.abc import Iterator

from cellcolony import cells
from cellcolony.drawing import marks
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.labels import shortened
from cellcolony.drawing.palette import INK, UNKNOWN, Stroke, colours
from cellcolony.drawing.placement import Placement, Point
from cellcolony.drawing.routes import Route
from cellcolony.drawing.sheet import sheet
from cellcolony.layers.mixture import Mixture, Skip
from cellcolony.wording import count

BAR, HEIGHT, GAP, HEADING = 132.0, 300.0, 72.0, 24.0
"""A layer's width and height, the room between layers, and that for a layer's name; in pixels."""
LEAST_HEIGHT = 15.0
"""Of a part of a bar that has its name written on it."""
ARC = 24.0
"""Between the levels of arcs."""
BOX_HEIGHT, BEND = 32.0, 20.0
"""Of the ends; and the length of an arc's bend."""
INSET, BESIDE, MOST_BESIDE = 14.0, 8.0, 5
"""How far from a bar's side an arc begins or ends, how much farther the next one, and how often."""
STROKE = Stroke(UNKNOWN, 1.6, 0.9, "")
ENDS = "embedding", "softmax"


def draw_mixture(mixture: Mixture, title: str = "") -> str:
    """Draw a mixture as SVG: the embedding at the left, the softmax at the right.

    A part of a bar is as high as its node's share of the layer's units. Arcs are outputs that skip
    layers. A pointer that rests on a part shows its node whole.

    Args:
        mixture: The mixture.
        title: Stands above.
    """
    fills = colours(mixture.nodes)
    n = len(mixture.layers)
    above = ARC * len(mixture.skips) + HEADING
    body = [_end(0, ENDS[0], above), _end(n + 1, ENDS[1], above)]
    for place, layer in enumerate(mixture.layers, 1):
        x, top, total = _left(place), above, sum(layer)
        heading = Point(x + BAR / 2, above - 8)
        body.append(marks.text(heading, f"layer {place}", size=12, anchor="middle", bold=True))
        for name, groups in sorted(zip(mixture.nodes, layer, strict=True), key=lambda one: -one[1]):
            if groups:
                height = HEIGHT * groups / total
                body += _part(name, groups, total, Point(x, top), height, fills[name])
                top += height
    for place in range(n + 1):
        end = Point(_left(place + 1), above + HEIGHT / 2)
        begin = end.x - GAP
        body.append(marks.line(f"M{begin:.1f},{end.y:.1f}H{end.x - 5:.1f}", STROKE))
        body.append(marks.arrow(Route("", end, Point(1.0, 0.0), end), STROKE))
    for level, skip in enumerate(sorted(mixture.skips, key=lambda one: (one[1] - one[0], one))):
        body += _arc(skip, level, n, above)

    def explain(flow: Flow) -> None:
        for name in mixture.used:
            at = flow.mark(_told(name), 16)
            middle = Point(at.x + 8, at.y)
            flow.elements.append(marks.box(middle, 8, 7, fill=fills[name], stroke=INK))
            flow.end_row()
        if mixture.skips:
            flow.line("is added to what enters there", STROKE)

    size = (_left(n + 1) + BAR, above + HEIGHT)
    facts = [
        f"{count(n, 'layer')} of {count(sum(mixture.layers[0]), 'group')}, "
        f"{count(mixture.n_kinds, 'kind')} of node, {count(len(mixture.skips), 'skip')}"
    ]
    placement = Placement({}, {}, ((),), 0, size)
    return sheet(title or "Mixture", facts, placement, ([], []), body, explain)


def _left(place: int) -> float:
    return place * (BAR + GAP)


def _end(place: int, name: str, above: float) -> str:
    middle = Point(_left(place) + BAR / 2, above + HEIGHT / 2)
    ground = marks.box(middle, BAR / 2, BOX_HEIGHT / 2, rx=4, fill="none", stroke=INK)
    label = Point(middle.x, middle.y + 4)
    return ground + marks.text(label, name, size=12, anchor="middle")


def _part(
    name: str, groups: int, total: int, corner: Point, height: float, fill: str
) -> Iterator[str]:
    middle = Point(corner.x + BAR / 2, corner.y + height / 2)
    told = f"{_told(name)}: {groups} of {total} groups"
    yield marks.box(middle, BAR / 2, height / 2, fill=fill, stroke=INK, title=told)
    if height >= LEAST_HEIGHT:
        label = shortened(f"{groups} x {cells.label(name)}", BAR - 8, 11)
        place = Point(middle.x, middle.y + 4)
        yield marks.text(place, label, size=11, anchor="middle", title=told)


def _arc(skip: Skip, level: int, n_layers: int, top_of_bars: float) -> Iterator[str]:
    """Draw an output that skips layers: up from its bar, over the others, down to its target.

    Each has a level of its own, and leaves and enters a little beside the others.
    """
    source, to = skip
    inset = INSET + BESIDE * (level % MOST_BESIDE)
    box_top = top_of_bars + HEIGHT / 2 - BOX_HEIGHT / 2
    begin = Point(_left(source) + BAR - inset, box_top if source == 0 else top_of_bars)
    end = Point(_left(to) + inset, box_top if to > n_layers else top_of_bars)
    ridge = top_of_bars - HEADING - ARC * (level + 1) + 8
    path = (
        f"M{begin.x:.1f},{begin.y:.1f}C{begin.x:.1f},{ridge:.1f} {begin.x:.1f},{ridge:.1f} "
        f"{begin.x + BEND:.1f},{ridge:.1f}H{end.x - BEND:.1f}C{end.x:.1f},{ridge:.1f} "
        f"{end.x:.1f},{ridge:.1f} {end.x:.1f},{end.y - marks.ARROW:.1f}"
    )
    yield marks.line(path, STROKE, title=f"from {source} to {to}")
    yield marks.arrow(Route("", end, Point(0.0, 1.0), end), STROKE)


def _told(name: str) -> str:
    label = cells.label(name)
    return label if label == name else f"{label}: {name.partition(':')[2]}"
