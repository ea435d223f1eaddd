"""A colony as one self-contained SVG: where its pheromone lies."""

from __future__ import annotations

from cellcolony.drawing import marks
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.labels import (
    NAME_SIZE,
    short_cell_name,
    shortened,
    shown_name,
    told_name,
)
from cellcolony.drawing.ordering import ordered_layers
from cellcolony.drawing.palette import INPUT, PALE_INK, cell_colour
from cellcolony.drawing.placement import HALF_WIDTH, Placement, Point, place
from cellcolony.drawing.routes import Router
from cellcolony.drawing.sheet import sheet
from cellcolony.drawing.sketch import Edge, Sketch
from cellcolony.networks.genome import Node
from cellcolony.search.ants.colony import Colony
from cellcolony.search.ants.drawing.colony_legend import explain_colony
from cellcolony.search.ants.drawing.pheromone import Pheromone
from cellcolony.search.ants.drawing.shares import share_pill
from cellcolony.search.ants.drawing.trails import Trails, scale_of, trails
from cellcolony.search.ants.settings import AntSwarm
from cellcolony.wording import count

MOST_EDGES = (220, 80)
"""Forward edges, and recurrent ones, of which the strongest are drawn."""
LEAST_RADIUS, MOST_RADIUS = 3.0, 8.0
"""Of an input's mark."""


def draw_colony(
    colony: Colony,
    settings: AntSwarm,
    title: str = "",
    most_edges: tuple[int, int] = MOST_EDGES,
) -> str:
    """Draw a colony's superstructure in layers, with its pheromone as width and colour.

    Forward edges are solid, recurrent ones dashed and with arrows. Of several time skips between
    two nodes the strongest is drawn. Coloured are the strongest edges of those with more pheromone
    than they started with; other forward edges are grey, other recurrent ones left out, and the
    counts stand under the title. An input's mark shows the pheromone on its start edge, a hidden
    node the shares of its cells. A pointer that rests on a node or an edge shows numbers.

    Args:
        colony: The colony.
        settings: Its settings: where pheromone starts, and its bounds.
        title: Stands above.
        most_edges: Of how many forward edges, and of how many recurrent ones, the strongest are
            drawn.
    """
    scale = scale_of(colony, settings)
    drawn = trails(colony, settings.jumping, scale, most_edges)
    forward = tuple(edge for edge in drawn.edges if edge.skip == 0)
    layers = ordered_layers(Sketch(drawn.layers, forward, frozenset(), 0, 0, 0))
    placement = place(layers, (*drawn.edges, *drawn.hints))

    def explain(flow: Flow) -> None:
        explain_colony(flow, drawn, scale, colony.layout.cells)

    return sheet(
        title or "The colony",
        _facts(colony, settings, drawn, scale),
        placement,
        ([shown_name(node) for node in layers[0]], [shown_name(node) for node in layers[-1]]),
        [*_edges(drawn, placement, scale), *_nodes(colony, drawn, placement, scale)],
        explain,
    )


def _facts(colony: Colony, settings: AntSwarm, drawn: Trails, scale: Pheromone) -> list[str]:
    """Return what the superstructure consists of, and what of it is drawn."""
    structure = colony.layout.structure
    whole = [
        count(structure.n_inputs, "input"),
        count(structure.n_hidden, "hidden node"),
        count(drawn.n_ways[0], "edge"),
        count(colony.layout.n_recurrent, "recurrent edge"),
    ]
    kinds = [("edge", "edges", False)]
    if drawn.n_ways[1]:
        kinds.append(("pair with recurrent edges", "pairs with recurrent edges", True))
    coloured = [edge for edge in drawn.edges if scale.stands_out(edge.weight or 0.0)]
    parts = [
        _strongest([edge for edge in coloured if (edge.skip > 0) == back], n_all, one, many)
        for (one, many, back), n_all in zip(kinds, drawn.n_standing_out, strict=False)
    ]
    which = f"The best of {settings.colonies} colonies: " if settings.colonies > 1 else ""
    facts = [which + ", ".join(whole), f"Above the start, {scale.start:g}: {' and '.join(parts)}."]
    if drawn.n_hidden_away:
        facts[1] += f" Left out: {count(drawn.n_hidden_away, 'weaker node')}."
    return facts


def _strongest(drawn: list[Edge], n_all: int, one: str, many: str) -> str:
    """Say how many edges are drawn, of how many, and from which pheromone on."""
    noun = one if n_all == 1 else many
    if len(drawn) == n_all or not drawn:
        return f"{n_all:,} {noun}"
    least = min(edge.weight or 0.0 for edge in drawn)
    return f"the strongest {len(drawn):,} of {n_all:,} {noun} (from {least:.3g})"


def _edges(drawn: Trails, placement: Placement, scale: Pheromone) -> list[str]:
    """Return hints as one path, then recurrent edges, then forward ones, strong ones in front."""
    router = Router(placement, drawn.edges)
    names = {node.id: _named(node) for layer in drawn.layers for node in layer}
    elements = []
    if drawn.hints:
        hints = "".join(router.route(edge).path for edge in drawn.hints)
        elements.append(marks.line(hints, scale.hint))
    in_order = sorted(drawn.edges, key=lambda edge: (edge.skip == 0, edge.weight))
    for edge in in_order:
        route, stroke = router.route(edge), scale.of(edge)
        elements.append(marks.line(route.path, stroke, _told(edge, drawn, names)))
        if edge.skip > 0:
            elements.append(marks.arrow(route, stroke))
    return elements


def _nodes(colony: Colony, drawn: Trails, placement: Placement, scale: Pheromone) -> list[str]:
    first, *hidden, last = placement.columns
    touched = {node for edge in drawn.edges for node in edge[:2]}
    elements = []
    for node in first:
        elements += _input(node, placement.at[node.id], drawn.start[node.id], scale)
    for node in (node for column in hidden for node in column):
        at, shares, faint = placement.at[node.id], drawn.shares[node.id], node.id not in touched
        elements.append(share_pill(at, colony.layout.cells, shares, _named(node), faint))
    for node in last:
        elements += _output(node, placement.at[node.id])
    return elements


def _input(node: Node, at: Point, tau: float, scale: Pheromone) -> list[str]:
    radius = LEAST_RADIUS + scale.share(tau) * (MOST_RADIUS - LEAST_RADIUS)
    colour, ink = scale.colour(tau), INPUT if scale.stands_out(tau) else PALE_INK
    title = f"{_named(node)}, start edge: pheromone {tau:.3g}"
    place, name = Point(at.x - 14, at.y + 4), shown_name(node)
    return [
        marks.dot(at, radius, colour, colour),
        marks.text(place, name, size=NAME_SIZE, colour=ink, anchor="end", title=title),
    ]


def _output(node: Node, at: Point) -> list[str]:
    label, fill, title = short_cell_name(node.cell), cell_colour(node.cell), told_name(node)
    place = Point(at.x + HALF_WIDTH + 7, at.y + 4)
    return [
        marks.pill(at, label, fill, title, bold=True),
        marks.text(place, shown_name(node), size=NAME_SIZE, title=title),
    ]


def _named(node: Node) -> str:
    return f"{node.kind} {node.id}{': ' + node.name if node.name else ''}"


def _told(edge: Edge, drawn: Trails, names: dict[int, str]) -> str:
    source, target = (shortened(names[node], 300, NAME_SIZE) for node in edge[:2])
    if edge.skip == 0:
        return f"{source} → {target}: pheromone {edge.weight:.3g}"
    by_skip = drawn.skips[edge[:2]]
    found = ", ".join(f"{tau:.3g} {skip} back" for skip, tau in enumerate(by_skip, 1))
    return f"{source} → {target}: pheromone {found}"
