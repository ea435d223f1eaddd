"""The drawings that the run directory of a search for nodes keeps."""

from __future__ import annotations

from cellcolony.drawing import draw_cell
from cellcolony.report.pictures import DRAWING
from cellcolony.runs import directory
from cellcolony.runs.events import Champion
from cellcolony.runs.nodes.result import NodeResult, tree_in


def title_of_node(champion: Champion) -> str:
    """Return what stands above a drawing."""
    return f"Node {champion.number}"


def write_node_drawings(result: NodeResult) -> None:
    """Draw every node of the front into its folder.

    Raises:
        RunError: A drawing cannot be written, or a folder leads out of the run directory.
    """
    for champion in result.front:
        folder = result.path / directory.CHAMPIONS / str(champion.number)
        drawing = draw_cell(tree_in(champion), title_of_node(champion))
        directory.write_file(folder / DRAWING, drawing, within=result.path)
