"""The drawing of a colony shows where its pheromone lies."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from cellcolony.drawing.palette import cell_colour
from cellcolony.search.ants import AntSwarm
from cellcolony.search.ants.colony import Colony, Pheromones
from cellcolony.search.ants.drawing import draw_colony
from cellcolony.search.ants.drawing.pheromone import RAMP, UNDECIDED, Pheromone, ramp
from cellcolony.search.ants.drawing.trails import MOST_NODES
from cellcolony.search.ants.founding import layout_for
from tests.drawing.test_networks import HOSTILE, SVG, drawing_of, parsed, texts, titles
from tests.search.ants.colonies import problem

SMALL = AntSwarm(
    n_ants=3,
    n_layers=2,
    n_nodes_per_layer=2,
    max_skip=3,
    cells=("gru", "simple"),
    initial_pheromone=0.7,
    pheromone_floor=0.2,
)
"""Inputs 0 and 1, hidden nodes 2 and 3, then 4 and 5, output 6."""


def colony_of(ants=SMALL, inputs=("load", "wind"), **tau):
    """Return a colony at its start, but for some pheromone by place: `edges={(0, 2): 5.0}`."""
    layout = layout_for(ants, problem(inputs, ["load"]))
    pheromones = vars(Pheromones.uniform(layout, ants.initial_pheromone))
    for place, value in tau.get("edges", {}).items():
        pheromones["edges"][layout.structure.edge_positions[place]] = value
    for (source, target, skip), value in tau.get("recurrent", {}).items():
        at = layout.structure.recurrent_positions[source, target, skip - 1]
        pheromones["recurrent"][at] = value
    for name in ("start", "cells"):
        for place, value in tau.get(name, {}).items():
            pheromones[name][place] = value
    zeros = np.zeros(layout.n_weights)
    return Colony(layout, Pheromones(**pheromones), zeros, zeros)


def edges_of(root):
    """Return what is drawn of each edge, by what a pointer shows of it."""
    paths = drawing_of(root).findall(f"{SVG}path")
    return {path[0].text or "": path.attrib for path in paths if len(path)}


def luminance(colour):
    """Return how light a colour is (WCAG 2, relative luminance)."""
    channels = np.frombuffer(bytes.fromhex(colour[1:]), np.uint8) / 255
    linear = np.where(channels <= 0.04045, channels / 12.92, ((channels + 0.055) / 1.055) ** 2.4)
    return float(linear @ [0.2126, 0.7152, 0.0722])


def test_more_pheromone_is_wider_darker_and_in_front():
    amounts = {(0, 2): 1.0, (0, 3): 2.0, (2, 4): 4.0, (4, 6): 8.0}
    drawn = edges_of(parsed(draw_colony(colony_of(edges=amounts), SMALL)))
    names = [
        "input 0: load → hidden 2: pheromone 1",
        "input 0: load → hidden 3: pheromone 2",
        "hidden 2 → hidden 4: pheromone 4",
        "hidden 4 → output 6: load: pheromone 8",
    ]
    assert [name for name in drawn if name in names] == names
    widths, opacities = (
        [float(drawn[name][key]) for name in names] for key in ("stroke-width", "stroke-opacity")
    )
    light = [luminance(drawn[name]["stroke"]) for name in names]
    assert widths == sorted(set(widths))
    assert opacities == sorted(set(opacities))
    assert light == sorted(set(light), reverse=True)


def test_what_has_no_more_than_it_started_with_is_thin_and_grey():
    amounts = {(0, 2): 1.0, (0, 3): 0.3}
    drawn = edges_of(parsed(draw_colony(colony_of(edges=amounts), SMALL)))
    above = drawn["input 0: load → hidden 2: pheromone 1"]
    same = drawn["input 0: load → hidden 4: pheromone 0.7"]
    below = drawn["input 0: load → hidden 3: pheromone 0.3"]
    assert same["stroke"] == below["stroke"] == UNDECIDED != above["stroke"]
    assert float(above["stroke-width"]) > float(same["stroke-width"])
    assert float(same["stroke-opacity"]) > float(below["stroke-opacity"])


def test_recurrent_edges_are_dashed_and_the_strongest_time_skip_is_drawn():
    amounts = {(4, 4, 1): 1.0, (4, 4, 3): 2.0, (4, 2, 2): 3.0, (2, 5, 1): 4.0}
    root = parsed(draw_colony(colony_of(recurrent=amounts), SMALL))
    drawn = {name: looks for name, looks in edges_of(root).items() if "back" in name}
    assert set(drawn) == {
        "hidden 4 → hidden 4: pheromone 1 1 back, 0.7 2 back, 2 3 back",
        "hidden 4 → hidden 2: pheromone 0.7 1 back, 3 2 back, 0.7 3 back",
        "hidden 2 → hidden 5: pheromone 4 1 back, 0.7 2 back, 0.7 3 back",
    }
    assert len({looks["stroke-dasharray"] for looks in drawn.values()}) == 3
    assert len(drawing_of(root).findall(f"{SVG}polygon")) == 3
    assert {"1 step back", "2 steps back", "3 steps back"} <= set(texts(root))
    assert any("of several time skips the strongest is drawn" in text for text in texts(root))
    assert any("3 pairs with recurrent edges." in text for text in texts(root))


def test_the_legend_has_the_floor_the_start_the_strongest_and_the_cap():
    shown = texts(parsed(draw_colony(colony_of(edges={(0, 2): 7.25}), SMALL)))
    assert {"floor 0.2", "start 0.7", "7.25", "cap 20"} <= set(shown)
    full = texts(parsed(draw_colony(colony_of(edges={(0, 2): 20.0}), SMALL)))
    assert full.count("cap 20") == 1
    assert "20" not in full


def test_the_scale_of_bounds_that_move_names_what_was_found():
    ants = replace(SMALL, bounds="published")
    shown = texts(parsed(draw_colony(colony_of(ants, edges={(0, 2): 33.0, (0, 3): 0.01}), ants)))
    assert {"least 0.01", "start 0.7", "33"} <= set(shown)
    assert not any("cap" in text or "floor" in text for text in shown)


def test_a_young_colony_does_not_reach_the_dark_end():
    young = edges_of(parsed(draw_colony(colony_of(edges={(0, 2): 0.8}), SMALL)))
    old = edges_of(parsed(draw_colony(colony_of(edges={(0, 2): 8.0}), SMALL)))
    assert old["input 0: load → hidden 2: pheromone 8"]["stroke"] == RAMP[-1]
    assert luminance(young["input 0: load → hidden 2: pheromone 0.8"]["stroke"]) > 2 * luminance(
        old["input 0: load → hidden 2: pheromone 8"]["stroke"]
    )


def test_the_ramp_darkens_all_the_way():
    light = [luminance(ramp(share)) for share in np.linspace(0, 1, 50)]
    assert light == sorted(set(light), reverse=True)
    assert (ramp(0.0), ramp(1.0)) == (RAMP[0], RAMP[-1])


def test_a_scale_without_room_above_the_start_divides_by_nothing():
    scale = Pheromone(20.0, 20.0, 20.0, 20.0)
    assert scale.share(20.0) == 0.0
    ants = replace(SMALL, initial_pheromone=20.0, pheromone_floor=20.0)
    assert "cap 20" in texts(parsed(draw_colony(colony_of(ants), ants)))


def test_a_hidden_node_shows_the_shares_of_its_cells():
    cells = {(0, 0): 3.0, (0, 1): 1.0}  # node 2
    root = parsed(draw_colony(colony_of(cells=cells), SMALL))
    groups = {group[0].text: group for group in drawing_of(root).findall(f"{SVG}g")}
    node = groups["hidden 2: gru 75 %, simple 25 %"]
    bands = [path for path in node.findall(f"{SVG}path") if path.attrib["fill"] != "none"]
    assert [band.attrib["fill"] for band in bands] == [cell_colour("gru"), cell_colour("simple")]
    starts = [float(band.attrib["d"][1:].split(",")[0]) for band in bands]
    assert starts[1] - starts[0] == pytest.approx(0.75 * 50, abs=0.15)
    assert "gru 75" in texts(root)
    assert texts(root).count("gru 50") == 0  # no favourite where shares are even


def test_an_inputs_mark_grows_with_its_start_edge():
    root = parsed(draw_colony(colony_of(start={0: 5.0, 1: 1.0}), SMALL))
    strong, weak = (float(dot.attrib["r"]) for dot in root.iter(f"{SVG}circle"))
    assert strong > weak
    assert "input 0: load, start edge: pheromone 5" in titles(root)


def test_of_many_edges_the_strongest_are_drawn_and_the_rest_is_hinted_at():
    ants = AntSwarm(n_ants=3)
    colony = colony_of(ants, [f"column {i}" for i in range(12)])
    rng = np.random.default_rng(0)
    random = {name: rng.uniform(1, 9, part.shape) for name, part in vars(colony.pheromones).items()}
    colony = replace(colony, pheromones=Pheromones(**random))
    svg = draw_colony(colony, ants, most_edges=(50, 10))
    root = parsed(svg)
    drawn = edges_of(root)
    assert sum("back" not in name for name in drawn) == 50
    assert sum("back" in name for name in drawn) == 10
    paths = drawing_of(root).findall(f"{SVG}path")
    (hints,) = [path for path in paths if not len(path)]
    assert hints.attrib["d"].count("M") == 912 - 50
    least = np.sort(random["edges"])[-50]
    fact = f"the strongest 50 of 912 edges (from {least:.3g})"
    assert any(fact in text for text in texts(root))
    assert len(svg) < len(draw_colony(colony, ants)) < 400_000


def test_without_jumping_edges_that_pass_a_layer_are_no_choice():
    ants = replace(SMALL, jumping=False)
    names = edges_of(parsed(draw_colony(colony_of(ants), ants)))
    assert "input 0: load → hidden 2: pheromone 0.7" in names
    assert not any(name.startswith("input 0: load → hidden 4") for name in names)


@pytest.mark.parametrize(
    "settings",
    [
        {"n_layers": 0, "max_skip": 0},
        {"n_nodes_per_layer": 60, "max_skip": 1},
        {"cells": ("gru",), "self_loops": False, "backward_edges": False, "species": ("explorer",)},
    ],
)
def test_superstructures_of_any_shape_are_drawn(settings):
    ants = replace(SMALL, **settings)
    root = parsed(draw_colony(colony_of(ants), ants))
    n_shown = ants.n_layers * min(ants.n_nodes_per_layer, MOST_NODES) + 1
    assert len(drawing_of(root).findall(f"{SVG}g")) == n_shown
    left_out = ants.n_layers * max(ants.n_nodes_per_layer - MOST_NODES, 0)
    assert any(f"Left out: {left_out} weaker nodes." in text for text in texts(root)) == (
        left_out > 0
    )


def test_hostile_names_do_no_harm_and_nothing_comes_from_elsewhere():
    svg = draw_colony(colony_of(inputs=HOSTILE), SMALL, title=HOSTILE[0])
    root = parsed(svg)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        *("svg", "title", "desc", "g", "rect", "circle", "path", "polygon", "text")
    }
    assert texts(root).count(HOSTILE[0]) == 2
    assert "http" not in svg.replace('xmlns="http://www.w3.org/2000/svg"', "")
    assert "url(" not in svg
