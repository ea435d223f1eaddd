"""The equations of the cells that a network uses."""

from __future__ import annotations

from collections import Counter
from typing import NamedTuple

from cellcolony import cells
from cellcolony.cells.lower.text import as_text
from cellcolony.networks.genome import Network
from cellcolony.report.blocks import Block, Code, Heading, Paragraph
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.wording import count

LEGEND = (
    "xₜ is what flows into a node, yₜ what leaves it, σ the sigmoid; other letters are weights."
)


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
    """Return the equations of the cells of the best network."""
    blocks: list[Block] = [
        Heading(f"The cells of network {result.chosen.number}"),
        Paragraph(LEGEND, "pale"),
    ]
    for use in cells_of(result.best):
        heading = Heading(f"{use.name}, {count(use.n_nodes, 'node')}")
        blocks += [heading, Code(use.equations.splitlines())]
    return blocks
