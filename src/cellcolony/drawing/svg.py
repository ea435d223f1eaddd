"""A network as one self-contained SVG: no script, no style sheet, no font from elsewhere."""

from __future__ import annotations

from cellcolony.drawing import marks
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.labels import NAME_SIZE, short_cell_name, shortened, shown_name, told_name
from cellcolony.drawing.legend import add_legend
from cellcolony.drawing.ordering import ordered_layers
from cellcolony.drawing.palette import FAINT, INPUT, PAPER, Strokes, cell_colour
from cellcolony.drawing.placement import HALF_WIDTH, INPUT_RADIUS, Placement, Point, place
from cellcolony.drawing.routes import Router
from cellcolony.drawing.sheet import sheet
from cellcolony.drawing.sketch import Edge, Sketch, sketch
from cellcolony.networks.genome import Network
from cellcolony.wording import count

MOST_BADGES = 40
"""Recurrent edges that are labelled with their time skip; of more, dashes alone tell it."""


def draw_svg(network: Network, title: str = "") -> str:
    """Draw a network in layers: inputs at the left, hidden nodes by depth, outputs at the right.

    Forward edges are solid and run from left to right. Recurrent edges are dashed, with a dot for
    each step more than one, and have arrows. Width and opacity grow with the absolute weight, the
    colour says its sign. Inputs that are not read are shown faintly. Nodes and edges that cannot
    carry anything from an input to an output are left out, and counted under the title. A pointer
    that rests on a node or edge shows its full name, or its weight.

    Args:
        network: The network; without weights all edges look alike.
        title: Stands above.

    Raises:
        GenomeError: An output is reached by no input.
    """
    drawn = sketch(network)
    layers = ordered_layers(drawn)
    placement = place(layers, drawn.edges)
    strokes = Strokes(drawn.edges)

    def explain(flow: Flow) -> None:
        add_legend(flow, drawn, strokes)

    return sheet(
        title or "Network",
        [", ".join(_counts(network, drawn))],
        placement,
        ([shown_name(node) for node in layers[0]], [shown_name(node) for node in layers[-1]]),
        [*_edges(drawn, placement, strokes), *_nodes(placement, drawn)],
        explain,
    )


def _counts(network: Network, drawn: Sketch) -> list[str]:
    """Return what the network consists of, and what is not drawn, as parts of a sentence."""
    n_inputs, n_recurrent = len(network.inputs), sum(edge.skip > 0 for edge in drawn.edges)
    parts = [
        f"{n_inputs - drawn.n_unread} of {count(n_inputs, 'input')} read",
        count(sum(map(len, drawn.layers[1:-1])), "hidden node"),
        count(len(drawn.edges) - n_recurrent + drawn.n_light_edges[0], "edge"),
        count(n_recurrent + drawn.n_light_edges[1], "recurrent edge"),
        count(network.n_weights, "weight"),
    ]
    dead = [
        count(n, what)
        for n, what in ((drawn.n_dead_nodes, "node"), (drawn.n_dead_edges, "edge"))
        if n
    ]
    if dead:
        parts.append(f"left out as dead: {' and '.join(dead)}")
    if n_light := sum(drawn.n_light_edges):
        parts.append(f"left out as light: {count(n_light, 'edge')}")
    return parts


def _edges(drawn: Sketch, placement: Placement, strokes: Strokes) -> list[str]:
    """Return the edges, heavy ones in front, recurrent ones behind; then badges."""
    router = Router(placement, drawn.edges)
    in_order = sorted(
        drawn.edges, key=lambda edge: (edge.skip == 0, strokes.share(edge.weight or 0.0))
    )
    names = {node.id: told_name(node) for layer in drawn.layers for node in layer}
    elements, badges = [], []
    with_badges = sum(edge.skip > 0 for edge in drawn.edges) <= MOST_BADGES
    for edge in in_order:
        route, stroke = router.route(edge), strokes.of(edge)
        elements.append(marks.line(route.path, stroke, _told(edge, names)))
        if edge.skip > 0:
            elements.append(marks.arrow(route, stroke))
            if with_badges:
                badges.append(marks.badge(route.label, str(edge.skip), stroke.colour))
    return elements + badges


def _nodes(placement: Placement, drawn: Sketch) -> list[str]:
    elements = []
    for node in placement.columns[0]:
        at = placement.at[node.id]
        unread = node.id in drawn.unread
        fill, ink = (PAPER, FAINT) if unread else (INPUT, INPUT)
        elements.append(marks.dot(at, INPUT_RADIUS, fill, ink))
        place = Point(at.x - 12, at.y + 4)
        title = told_name(node) + (" (not read)" if unread else "")
        elements.append(
            marks.text(
                place, shown_name(node), size=NAME_SIZE, colour=ink, anchor="end", title=title
            )
        )
    hidden_unread = drawn.n_unread - len(drawn.unread)
    if hidden_unread:
        last = placement.at[placement.columns[0][-1].id]
        more = f"and {hidden_unread} more not read"
        elements.append(marks.text(Point(last.x, last.y + 24), more, colour=FAINT, anchor="end"))
    for column in placement.columns[1:]:
        for node in column:
            at = placement.at[node.id]
            fill, label = cell_colour(node.cell), short_cell_name(node.cell)
            is_output = node.kind == "output"
            elements.append(marks.pill(at, label, fill, told_name(node), bold=is_output))
            if is_output:
                place = Point(at.x + HALF_WIDTH + 7, at.y + 4)
                elements.append(
                    marks.text(place, shown_name(node), size=NAME_SIZE, title=told_name(node))
                )
    return elements


def _told(edge: Edge, names: dict[int, str]) -> str:
    back = "" if edge.skip == 0 else f", {edge.skip} back"
    weight = "" if edge.weight is None else f", weight {edge.weight:.4g}"
    source, target = (shortened(names[node], 300, NAME_SIZE) for node in edge[:2])
    return f"{source} → {target}{back}{weight}"
