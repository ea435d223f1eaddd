"""The equations of the cells of what a study found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from cellcolony import cells
from cellcolony.cells.lower.text import as_text
from cellcolony.cells.program import Cell
from cellcolony.cells.tree import Tree
from cellcolony.layers.mixture import Mixture
from cellcolony.networks.genome import Network
from cellcolony.report.blocks import Block, Code, Heading, Paragraph
from cellcolony.report.pictures import around_of_model, cells_of_model
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.wording import count, name

OF_NODES = (
    "xₜ is what flows into a node, yₜ what leaves it, σ the sigmoid; other letters are weights."
)
OF_LAYERS = (
    "xₜ is the layer's input and yₜ its output, wₖ and uₖ are rows of its matrices, c and d the "
    "memories of a unit, σ the sigmoid."
)
MOST_CELLS = 12
"""Cells of a language model whose equations are shown."""


class CellUse(NamedTuple):
    """A cell of a network.

    Attributes:
        name: The cell, as people are shown it.
        n_nodes: How many nodes compute it.
        equations: What they compute, one equation a line.
    """

    name: str
    n_nodes: int
    equations: str


def cells_of(network: Network) -> list[CellUse]:
    """Return the cells of the nodes that can reach an output, the most frequent first."""
    counts = Counter(
        node.cell for node in network.nodes if node.kind != "input" and node.id in network.live
    )
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [
        CellUse(cells.label(name), n_nodes, as_text(cells.get(name))) for name, n_nodes in ordered
    ]


@section("equations", "Equations", order=60, on=("page", "show"))
def equations(result: Result) -> list[Block]:
    """Return the equations of the best network's cells, of the best node, or of the cells of a
    mixture or a model.
    """
    if not result.front:
        return list(_of_model(cells_of_model(result), around_of_model(result)))
    number, genome = result.chosen.number, result.best
    if isinstance(genome, Mixture):
        heading = Heading(f"Mixture {number}: {genome.text}")
        return [heading, *_of_model([cells.get(name) for name in genome.used], ())]
    if isinstance(genome, Tree):
        size = f"{count(genome.n_elements, 'element')}, height {genome.height}"
        heading = Heading(f"Node {number}: {size}")
        return [heading, Paragraph(OF_LAYERS, "pale"), _code(genome.to_cell())]
    blocks = [Heading(f"The cells of network {number}"), Paragraph(OF_NODES, "pale")]
    for use in cells_of(genome):
        heading = Heading(f"{use.name}, {count(use.n_nodes, 'node')}")
        blocks += [heading, Code(use.equations.splitlines())]
    return blocks


def _of_model(used: list[Cell], around: Sequence[str]) -> Iterator[Block]:
    if used:
        yield Paragraph(OF_LAYERS, "pale")
    for told in around:
        yield Paragraph(told)
    for cell in used[:MOST_CELLS]:
        yield Heading(f"Cell {name(cells.label(cell.name))}")
        yield _code(cell)
    if len(used) > MOST_CELLS:
        more = count(len(used) - MOST_CELLS, "other cell")
        yield Paragraph(f"{more}: see model.json of a final training.")


def _code(cell: Cell) -> Code:
    return Code(as_text(cell).splitlines())
