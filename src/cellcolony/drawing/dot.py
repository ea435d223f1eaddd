"""A network as DOT text, for Graphviz and whatever else reads it."""

from __future__ import annotations

from cellcolony.drawing.labels import short_cell_name, shortened
from cellcolony.drawing.palette import FAINT, Strokes, cell_colour
from cellcolony.drawing.sketch import Edge, Sketch, sketch
from cellcolony.networks.genome import Network, Node

LONGEST_NAME = 230.0


def draw_dot(network: Network, title: str = "") -> str:
    """Return a network as a directed graph in DOT, laid out from left to right.

    Nodes, edges and colours are those of `draw_svg`; dashed edges are recurrent and carry their
    time skip as a label.

    Args:
        network: The network; without weights all edges look alike.
        title: Stands above.

    Raises:
        GenomeError: An output is reached by no input.
    """
    drawn = sketch(network)
    strokes = Strokes(drawn.edges)
    lines = [
        "digraph network {",
        f"  graph [rankdir=LR, labelloc=t, label={_quoted(title or 'Network')}];",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica"];',
    ]
    for layer in drawn.layers:
        members = " ".join(f"{_node(node, drawn)};" for node in layer)
        lines.append(f"  {{ rank=same; {members} }}")
    lines += [f"  {_edge(edge, strokes)};" for edge in drawn.edges]
    return "\n".join([*lines, "}"]) + "\n"


def _node(node: Node, drawn: Sketch) -> str:
    if node.kind == "input":
        label = _quoted(node.name or f"input {node.id}")
        faint = f', fontcolor="{FAINT}"' if node.id in drawn.unread else ""
        return f"n{node.id} [shape=plaintext, style=solid, label={label}{faint}]"
    cell = short_cell_name(node.cell)
    label = f"{cell}: {node.name}" if node.kind == "output" and node.name else cell
    return f'n{node.id} [label={_quoted(label)}, fillcolor="{cell_colour(node.cell)}"]'


def _edge(edge: Edge, strokes: Strokes) -> str:
    stroke = strokes.of(edge)
    opacity = f"{round(255 * stroke.opacity):02x}"
    looks = f'color="{stroke.colour}{opacity}", penwidth={stroke.width:.2f}'
    if edge.skip > 0:
        looks += f', style=dashed, constraint=false, label="{edge.skip}"'
    return f"n{edge.source} -> n{edge.target} [{looks}]"


def _quoted(text: str) -> str:
    shown = shortened(text, LONGEST_NAME, 12)
    escaped = shown.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'
