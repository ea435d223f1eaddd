"""The drawing of the best network."""

from __future__ import annotations

from cellcolony.drawing import draw_svg
from cellcolony.report.blocks import Picture
from cellcolony.report.pictures import title_of
from cellcolony.report.sections import section
from cellcolony.runs.result import Result


@section("network", "The best network", order=50, on=("page",))
def network(result: Result) -> list[Picture]:
    """Return the drawing."""
    return [Picture(draw_svg(result.best, title_of(result, result.chosen)))]
