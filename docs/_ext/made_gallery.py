"""The gallery: drawings that the program makes while the site is built."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np

from cellcolony import AntSwarm, Forecast, Network, Study, cells, preset
from cellcolony.cells.known_trees import known_tree
from cellcolony.drawing import draw_cell, draw_cells, draw_mixture, draw_svg
from cellcolony.layers.mixture import Mixture
from cellcolony.networks.builders import draw_weights, elman, fixed_network
from cellcolony.report.pictures import learned
from cellcolony.search.nodes.raced import RacedNodes
from cellcolony.search.nodes.variation import mutated_once

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "build/drawings"
"""Where drawings are written: in no folder that is committed."""


class Drawn(NamedTuple):
    """A drawing of the gallery: how it is made with the program, and what it shows."""

    name: str
    command: str
    told: str
    drawing: str


def gallery(section: str) -> str:
    """Return a section of the gallery, and write its drawings."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    parts = []
    for one in SECTIONS[section]():
        (FOLDER / f"{one.name}.svg").write_text(one.drawing, encoding="utf-8")
        parts.append(
            f"{one.told}\n\n`{one.command}`\n\n![{one.told}](../build/drawings/{one.name}.svg)"
        )
    return "\n\n".join(parts)


def cells_side_by_side() -> Iterator[Drawn]:
    """Yield the cells that everybody knows, beside each other, and the widest one alone."""
    names = ("lstm", "gru", "mgu", "ugrnn")
    yield Drawn(
        "cells", f"cellcolony draw {' '.join(names)} --out cells.svg",
        "LSTM, GRU, MGU and UGRNN as the trees that evolution varies.",
        draw_cells([(name, known_tree(name)) for name in names], "Cells of the literature"),
    )  # fmt: skip
    yield Drawn(
        "nascell", "cellcolony draw nascell --out nascell.svg",
        "NASCell, which was found by reinforcement learning (Zoph & Le 2017).",
        draw_cells([("nascell", known_tree("nascell"))], "A cell that a search has found"),
    )  # fmt: skip


def cells_as_formulas() -> Iterator[Drawn]:
    """Yield cells of the library, as nodes of a sparse network have them."""
    for name in ("delta", "lstm_peephole"):
        yield Drawn(
            name, f"draw_cell(cells.get('{name}'))",
            f"The cell {name} of the library, as a node of a sparse network computes it.",
            draw_cell(cells.get(name)),
        )  # fmt: skip


def trees() -> Iterator[Drawn]:
    """Yield a GRU, and what three mutations make of it."""
    rng, tree = np.random.default_rng(16), known_tree("gru")
    line = [("a GRU", tree)]
    for _ in range(3):
        tree, done = mutated_once(tree, RacedNodes(), rng)
        line.append((f"then {' and '.join(done)}", tree))
    yield Drawn(
        "mutations", "draw_cells([('a GRU', known_tree('gru')), ...])",
        "A line of descent: a GRU, and what three mutations make of it.",
        draw_cells(line, "Three mutations of a GRU"),
    )  # fmt: skip


def mixtures() -> Iterator[Drawn]:
    """Yield a mixture of cells, some outputs of which skip layers."""
    node = cells.tree_name(known_tree("ugrnn"))
    mixture = Mixture(("lstm", "gru", node), ((20, 12, 5), (0, 1, 36)), ((0, 2), (1, 3)))
    yield Drawn(
        "mixture", "cellcolony mix runs/node-* --layers 2 --skips; cellcolony draw RUN",
        "A mixture, made up for the picture: 37 groups share the units of each layer, and arcs are "
        "outputs that skip layers.",
        draw_mixture(mixture, "Two layers of three kinds of node"),
    )  # fmt: skip


def networks() -> Iterator[Drawn]:
    """Yield two fixed networks, and what two short searches find."""
    rng = np.random.default_rng(0)
    names = {"input_names": ("flow", "heat", "valve"), "output_names": ("outlet",)}
    fixed = draw_weights(elman(3, 1, width=4, **names), rng)
    yield Drawn(
        "elman", "draw_svg(elman(3, 1, width=4))",
        "Elman's network: a hidden layer that reads what it gave one row before.",
        draw_svg(fixed, "Elman's network, before training"),
    )  # fmt: skip
    two = draw_weights(fixed_network(["lstm", "gru"], 3, 1, **names), rng)
    yield Drawn(
        "layers", "draw_svg(fixed_network(['lstm', 'gru'], 3, 1))",
        "A layer of LSTM below one of GRU.", draw_svg(two, "Two layers, before training"),
    )  # fmt: skip
    usual = preset("default")
    found = Study.of(Forecast.demo(), usual.method, training=usual.training).run("12 networks")
    smallest = next(one.network for one in found.front if has_hidden(one.network))
    yield Drawn(
        "taps", "cellcolony search FILES --target outlet --budget 12networks; cellcolony draw RUN",
        "The smallest network with hidden nodes of the front after twelve candidates by taps: each "
        "edge from an input carries its lag.",
        draw_svg(smallest, "Of twelve networks by taps"),
    )  # fmt: skip


def has_hidden(network: Network) -> bool:
    """Say whether a network has hidden nodes."""
    return any(node.kind == "hidden" for node in network.nodes)


def colony() -> Iterator[Drawn]:
    """Yield a network that ants have laid out, and the pheromone that they have left."""
    swarm = AntSwarm(n_ants=12, n_layers=2, n_nodes_per_layer=6, cells=("simple", "gru"))
    found = Study.of(Forecast.demo(), swarm).run("30 networks")
    yield Drawn(
        "ants", "cellcolony search ... --method ants; cellcolony draw RUN",
        "The best of thirty networks that ants have laid out.",
        draw_svg(found.best, "A network that ants have laid out"),
    )  # fmt: skip
    pheromone = learned(found)
    assert pheromone is not None
    yield Drawn(
        "colony", "cellcolony draw RUN --colony",
        "Where their pheromone lies at the end of that search.", pheromone,
    )  # fmt: skip


SECTIONS = {
    "cells": cells_side_by_side,
    "formulas": cells_as_formulas,
    "trees": trees,
    "mixtures": mixtures,
    "networks": networks,
    "colony": colony,
}
