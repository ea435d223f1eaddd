"""The drawings that a run directory keeps beside its networks."""

from __future__ import annotations

from pathlib import Path

from cellcolony.report.drawing import draw_svg
from cellcolony.report.wording import count, names
from cellcolony.runs import directory
from cellcolony.runs.events import Champion
from cellcolony.runs.result import Result

DRAWING = "drawing.svg"


def title_of(result: Result, champion: Champion) -> str:
    """Return what stands above a drawing."""
    ahead = count(result.data.horizon, "row")
    return f"Network {champion.number}: {names(result.data.targets)}, {ahead} ahead"


def write_drawings(result: Result, run: Path) -> None:
    """Draw every network of the front into its folder of a run directory."""
    for champion in result.front:
        folder = run / directory.CHAMPIONS / str(champion.number)
        drawing = draw_svg(champion.network, title_of(result, champion))
        directory.write_file(folder / DRAWING, drawing)
