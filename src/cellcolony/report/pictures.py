"""The drawings that a run directory keeps beside its networks."""

from __future__ import annotations

from pathlib import Path

from cellcolony.drawing import draw_svg
from cellcolony.runs import directory
from cellcolony.runs.colony import ants_of
from cellcolony.runs.events import Champion
from cellcolony.runs.result import Result
from cellcolony.search.ants.drawing import MOST_EDGES, draw_colony
from cellcolony.wording import count, names

DRAWING, COLONY_DRAWING = "drawing.svg", "colony.svg"


def title_of(result: Result, champion: Champion) -> str:
    """Return what stands above a drawing."""
    return f"Network {champion.number}: {_forecast(result)}"


def _forecast(result: Result) -> str:
    return f"{names(result.data.targets)}, {count(result.data.horizon, 'row')} ahead"


def colony_drawing(result: Result, most_edges: tuple[int, int] = MOST_EDGES) -> str:
    """Draw the colony of a run.

    Args:
        result: The run.
        most_edges: Of how many forward edges, and of how many recurrent ones, the strongest are
            drawn.

    Raises:
        RunError: The run has no colony, or it cannot be read.
    """
    ants, colony = ants_of(result.config), result.colony()
    title = f"The colony after {count(result.n_done, 'network')}: {_forecast(result)}"
    return draw_colony(colony, ants, title, most_edges)


def write_drawings(result: Result, run: Path) -> None:
    """Draw every network of the front into its folder of a run directory, and the colony."""
    for champion in result.front:
        folder = run / directory.CHAMPIONS / str(champion.number)
        drawing = draw_svg(champion.network, title_of(result, champion))
        directory.write_file(folder / DRAWING, drawing, within=run)
    if result.has_colony:
        directory.write_file(run / COLONY_DRAWING, colony_drawing(result))
