"""The best node as equations, and how it came to be."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.console import Group, RenderableType
from rich.text import Text

from cellcolony.cells.lower.text import as_text
from cellcolony.layers.epoch import perplexity
from cellcolony.report.tables import plain_table
from cellcolony.runs.nodes.result import Judged, NodeResult
from cellcolony.wording import count, name, number

LEGEND = (
    "xₜ is the layer's input and yₜ its output, wₖ and uₖ are rows of its matrices, c and d the "
    "node's own memories, σ the sigmoid."
)
MOST_ANCESTORS = 20
"""Lines of a lineage; of a longer one the first and the last are shown."""
MOST_OPERATIONS = 60
"""Characters of what was done to make a node."""


def equations_of_node(result: NodeResult) -> RenderableType:
    """Return the equations of the best node, to be printed by rich."""
    best, tree = result.chosen, result.best
    title = f"Node {best.number}: {count(tree.n_elements, 'element')}, height {tree.height}"
    lines = as_text(tree.to_cell()).splitlines()
    return Group(
        Text(),
        Text(title, style="bold"),
        Text(LEGEND),
        *(Text(f"  {line}", no_wrap=True) for line in lines),
    )


def lineage_table(result: NodeResult) -> RenderableType:
    """Return the ancestors of the best node, by way of its first parents, the oldest first."""
    table = plain_table("ancestor", "generation", "elements", "search perplexity, valid", "made by")
    table.columns[4].justify = "left"
    table.columns[4].no_wrap = False
    line = result.lineage(result.chosen.number)
    half = MOST_ANCESTORS // 2
    for place, one in enumerate(line):
        if len(line) > MOST_ANCESTORS and half <= place < len(line) - half:
            if place == half:
                table.add_row("...", "", "", "", f"{len(line) - 2 * half:,} more")
            continue
        generation = one.count("generation")
        table.add_row(
            f"node {one.number}",
            "-" if generation is None else f"{generation:,}",
            f"{result.tree(one.number).n_elements:,}",
            _loss(one),
            _made(one),
        )
    return Group(Text(), Text("How it came to be", style="bold"), table)


def _loss(judged: Judged) -> str:
    return "-" if judged.loss is None else number(perplexity(judged.loss))


def _made(judged: Judged) -> str:
    """Say what was done, and with whom."""
    done = compressed(judged.operations) or "-"
    others = [str(parent) for parent in judged.parents[1:]]
    mates = f" with node {', '.join(others[:3])}" if others else ""
    shown = done if len(done) <= MOST_OPERATIONS else f"{done[: MOST_OPERATIONS - 3]}..."
    return name_of(shown) + mates


def compressed(operations: Sequence[str]) -> str:
    """Return "insert, shrink x 2" for operations that follow each other."""
    runs = [(operation, len(list(group))) for operation, group in groupby(operations)]
    return ", ".join(f"{operation} x {n}" if n > 1 else operation for operation, n in runs)


def name_of(text: str) -> str:
    """Return a text from a file on one line."""
    return " ".join(name(part) for part in text.split())
