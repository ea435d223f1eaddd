"""Drawings show what a network is, and foreign names can do no harm in them."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import combinations

import numpy as np
import pytest

from cellcolony.drawing import draw_dot, draw_svg
from cellcolony.drawing import sketch as sketching
from cellcolony.drawing.labels import shortened, width
from cellcolony.drawing.ordering import n_crossings, ordered_layers
from cellcolony.drawing.palette import NEGATIVE, POSITIVE, UNKNOWN
from cellcolony.drawing.placement import HALF_HEIGHT, HALF_WIDTH
from cellcolony.drawing.routes import CLEARANCE
from cellcolony.drawing.sketch import sketch
from cellcolony.errors import GenomeError
from cellcolony.networks.builders import draw_weights, elman, fixed_network
from cellcolony.networks.genome import Network, Node
from tests.networks.oracle import random_network

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = (
    "<script>alert(1)</script>",
    "quote\"d 'name'",
    "two\nlines \x00 \ud800 \u202e",
    "x" * 10_000,
    "</title></text><script>",
)


def parsed(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg.encode("utf-8"))


def drawing_of(root: ElementTree.Element) -> ElementTree.Element:
    """Return the part with nodes and edges, without title and legend."""
    (part,) = [group for group in root.findall(f"{SVG}g") if "transform" in group.attrib]
    return part


def titles(element: ElementTree.Element) -> list[str]:
    return [title.text or "" for title in element.iter(f"{SVG}title")]


def texts(root: ElementTree.Element) -> list[str]:
    """Return what is written, without what a pointer shows."""
    return [
        (text.text or "") + "".join(child.tail or "" for child in text)
        for text in root.iter(f"{SVG}text")
    ]


def network_of(
    hidden: list[tuple[int, float]],
    edges: list[tuple[int, int]],
    recurrent: list[tuple[int, int, int]] = (),  # type: ignore[assignment]
    n_inputs: int = 2,
) -> Network:
    """Return a network with inputs 0, 1, ..., these hidden nodes (id, depth) and output 9999."""
    nodes = [Node(i, "input", 0.0, "", f"column {i}") for i in range(n_inputs)]
    nodes += [Node(node, "hidden", depth, "gru") for node, depth in hidden]
    nodes.append(Node(9999, "output", 100.0, "linear", "load"))
    network = Network(
        tuple(nodes),
        np.array(edges, np.int32).reshape(-1, 2),
        np.array(recurrent, np.int32).reshape(-1, 3),
    )
    return network.with_weights(np.linspace(-1, 1, network.n_all_weights))


@pytest.mark.parametrize("seed", range(10))
def test_every_live_edge_and_node_is_drawn_once(seed):
    network = random_network(np.random.default_rng(seed), n_inputs=5)
    part = drawing_of(parsed(draw_svg(network)))
    live = network.live_weights[: len(network.edges) + len(network.recurrent_edges)]
    assert len(part.findall(f"{SVG}path")) == live.sum()
    n_recurrent = live[len(network.edges) :].sum()
    assert len(part.findall(f"{SVG}polygon")) == n_recurrent  # the heads of arrows
    dashed = [path for path in part.findall(f"{SVG}path") if "stroke-dasharray" in path.attrib]
    assert len(dashed) == n_recurrent
    n_inputs = sum(node.kind == "input" for node in network.nodes)
    assert len(part.findall(f"{SVG}g")) == sum(node not in range(n_inputs) for node in network.live)


def test_sign_is_colour_and_size_is_width():
    network = network_of([(10, 1.0)], [(0, 10), (1, 10), (10, 9999)])
    weights = np.array(network.weights)
    weights[:3] = [-2.0, 0.1, 1.0]
    part = drawing_of(parsed(draw_svg(network.with_weights(weights))))
    drawn = {path[0].text: path.attrib for path in part.findall(f"{SVG}path")}
    heavy = drawn["input 0: column 0 → hidden 10, gru, weight -2"]
    light = drawn["input 1: column 1 → hidden 10, gru, weight 0.1"]
    assert (heavy["stroke"], light["stroke"]) == (NEGATIVE, POSITIVE)
    assert float(heavy["stroke-width"]) > 3 * float(light["stroke-width"])


def test_without_weights_edges_say_nothing_of_them():
    network = elman(2, 1)
    part = drawing_of(parsed(draw_svg(network)))
    assert {path.attrib["stroke"] for path in part.findall(f"{SVG}path")} == {UNKNOWN}
    assert not any("weight" in title for title in titles(part))


def test_time_skips_differ_in_dashes_and_are_written_where_edges_are_few():
    recurrent = [(10, 10, skip) for skip in (1, 2, 3)]
    network = network_of([(10, 1.0)], [(0, 10), (10, 9999)], recurrent)
    part = drawing_of(parsed(draw_svg(network)))
    dashes = {path.attrib.get("stroke-dasharray") for path in part.findall(f"{SVG}path")}
    assert len(dashes) == 4
    assert {"1", "2", "3"} <= set(texts(part))


def test_dead_nodes_are_left_out_and_counted_and_unread_inputs_are_faint():
    network = network_of([(10, 1.0), (11, 1.0)], [(0, 10), (0, 11), (10, 9999)], n_inputs=3)
    root = parsed(draw_svg(network))
    assert any("1 of 3 inputs read, 1 hidden node, 2 edges" in text for text in texts(root))
    assert any("left out as dead: 1 node and 1 edge" in text for text in texts(root))
    assert not any(title.startswith("hidden 11") for title in titles(root))
    assert "input 2: column 2 (not read)" in titles(root)


def test_of_many_unread_inputs_some_are_shown_and_the_rest_counted():
    network = network_of([(1010, 1.0)], [(0, 1010), (1010, 9999)], n_inputs=1000)
    root = parsed(draw_svg(network))
    assert "and 987 more not read" in texts(root)
    assert float(root.attrib["height"]) < 1000


def test_an_output_that_no_input_reaches_is_refused():
    with pytest.raises(GenomeError, match="No input reaches output 'load'"):
        draw_svg(network_of([(10, 1.0)], [(0, 10)]))


def test_hostile_names_are_shown_as_text_and_do_no_harm():
    network = fixed_network(
        ["gru"], 5, 1, width=2, time_skips=(1,), input_names=HOSTILE, output_names=HOSTILE[-1:]
    )
    network = draw_weights(network, np.random.default_rng(0))
    svg = draw_svg(network, title=HOSTILE[0])
    root = parsed(svg)  # well-formed
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "g", "rect", "circle", "path", "polygon", "text")
    }
    assert not any(
        name.startswith("on") or "href" in name for e in root.iter() for name in e.attrib
    )
    assert texts(root).count(HOSTILE[0]) == 2  # the title and an input
    assert max(map(len, texts(root))) < 200
    assert f"input 3: {HOSTILE[3]}" in titles(root)  # in full where a pointer rests
    dot = draw_dot(network, title=HOSTILE[1])
    assert 'label="quote\\"d \'name\'"' in dot
    assert max(map(len, dot.split("\n"))) < 1000


def test_it_needs_nothing_from_elsewhere():
    svg = draw_svg(random_network(np.random.default_rng(0)))
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    for word in ("url(", "<style", "<script", "@import", "<image"):
        assert word not in svg


def test_the_same_network_gives_the_same_drawing():
    draw = lambda: draw_svg(random_network(np.random.default_rng(4)), "again")  # noqa: E731
    assert draw() == draw()


@pytest.mark.parametrize("seed", range(5))
def test_nodes_do_not_touch_and_edges_that_pass_a_layer_pass_between_nodes(seed):
    network = random_network(np.random.default_rng(seed), n_inputs=8, n_hidden=20)
    part = drawing_of(parsed(draw_svg(network)))
    boxes = [
        tuple(float(rect.attrib[side]) for side in ("x", "y")) for rect in part.iter(f"{SVG}rect")
    ]
    for (x, y), (other_x, other_y) in combinations(boxes, 2):
        assert abs(x - other_x) >= 2 * HALF_WIDTH or abs(y - other_y) >= 2 * HALF_HEIGHT
    middles = {(round(x + HALF_WIDTH), y + HALF_HEIGHT) for x, y in boxes}
    for path in part.findall(f"{SVG}path"):
        start, _, rest = path.attrib["d"][1:].partition("C")
        points = [tuple(map(float, point.split(","))) for point in [start, *rest.split()]]
        for (x0, y0), (x1, y1) in zip(points[3:-1:3], points[6::3], strict=False):
            if y0 == y1 and abs(x1 - x0) == 2 * HALF_WIDTH:  # passes a layer
                nodes = [y for x, y in middles if x == round((x0 + x1) / 2)]
                assert all(abs(y - y0) >= CLEARANCE - 0.1 for y in nodes)


def test_the_order_of_nodes_leaves_no_needless_crossing():
    ladder = [(i, 100 + (7 * i) % 12) for i in range(12)]  # scrambled
    hidden = [(100 + i, 1.0) for i in range(12)]
    edges = ladder + [(node, 9999) for node, _ in hidden]
    drawn = sketch(network_of(hidden, edges, n_inputs=12))
    between = list(drawn.edges)
    assert n_crossings(drawn.layers, between) > 20
    assert n_crossings(ordered_layers(drawn), between) == 0


@pytest.mark.parametrize("seed", range(5))
def test_ordering_never_makes_more_crossings(seed):
    drawn = sketch(random_network(np.random.default_rng(seed), n_inputs=6, n_hidden=15))
    layer = {node.id: i for i, nodes in enumerate(drawn.layers) for node in nodes}
    between = [edge for edge in drawn.edges if layer[edge.source] != layer[edge.target]]
    after = ordered_layers(drawn)
    assert n_crossings(after, between) <= n_crossings(drawn.layers, between)
    assert [set(nodes) for nodes in after] == [set(nodes) for nodes in drawn.layers]


def test_many_depths_are_drawn_in_few_layers():
    hidden = [(10 + i, 1.0 + i / 40) for i in range(40)]
    edges = [(0, node) for node, _ in hidden] + [(node, 9999) for node, _ in hidden]
    edges += [(10, 49), (49 - 1, 49)]
    assert len(sketch(network_of(hidden, edges)).layers) == 4


def test_dot_holds_every_edge_and_the_time_skips():
    network = network_of([(10, 1.0)], [(0, 10), (10, 9999)], [(10, 10, 7), (9999, 10, 2)])
    lines = draw_dot(network).split("\n")
    assert sum("->" in line for line in lines) == 4
    assert any("n10 -> n10" in line and 'label="7"' in line for line in lines)
    assert any("n9999 -> n10" in line and "style=dashed" in line for line in lines)


def test_long_names_keep_both_ends():
    name = shortened("System_Secondary_Air_Flow_Total", 120, 12)
    assert name.startswith("System")
    assert name.endswith("Total")
    assert width(name, 12) <= 120
    assert shortened("漢" * 100, 120, 12).count("漢") <= 10


def test_of_very_many_edges_the_heaviest_are_drawn_and_the_rest_counted(monkeypatch):
    network = draw_weights(elman(3, 2, width=8), np.random.default_rng(1))
    everything = sketch(network)
    monkeypatch.setattr(sketching, "MOST_EDGES", 20)
    drawn = sketch(network)
    assert len(drawn.edges) == 20
    heaviest = sorted(everything.edges, key=lambda edge: -abs(edge.weight or 0))[:20]
    assert set(drawn.edges) == set(heaviest)
    assert list(drawn.edges) == [edge for edge in everything.edges if edge in drawn.edges]
    n_forward, n_back = len(network.edges), len(network.recurrent_edges)
    facts = draw_svg(network)
    assert f"{n_forward} edges, {n_back} recurrent edges" in facts
    assert f"left out as light: {n_forward + n_back - 20} edges" in facts


def test_of_very_many_layers_neighbours_stand_in_one(monkeypatch):
    nodes = [Node(0, "input", 0.0), *(Node(i, "hidden", i, "simple") for i in range(1, 31))]
    nodes.append(Node(31, "output", 31.0, "linear"))
    edges = np.array([(i, i + 1) for i in range(31)], np.int32)
    chain = Network(tuple(nodes), edges, np.zeros((0, 3), np.int32))
    assert len(sketch(chain).layers) == 32
    monkeypatch.setattr(sketching, "MOST_COLUMNS", 5)
    assert [len(layer) for layer in sketch(chain).layers] == [1, 6, 6, 6, 6, 6, 1]
    assert parsed(draw_svg(chain)) is not None
