"""The colony as the search left it."""

from __future__ import annotations

from cellcolony.report.blocks import Block, Paragraph, Picture
from cellcolony.report.pictures import colony_drawing
from cellcolony.report.sections import section
from cellcolony.runs.result import Result
from cellcolony.search.ants.drawing import MOST_EDGES

LONGEST_DRAWING = 400_000
"""Characters of a colony's drawing; where it is longer, fewer edges are drawn."""
FEWER_EDGES = (MOST_EDGES, (100, 40), (40, 20))
"""Forward edges and recurrent ones."""
ABOUT = (
    "Where the ants' pheromone lay when the search ended. The more of it lies on an edge, the "
    "likelier ants walk it. Coloured are the strongest edges, if they have more than at first."
)


@section("colony", "The colony", order=70, on=("page",))
def colony(result: Result) -> list[Block]:
    """Return the drawing with as many edges as find room; nothing for a run without a colony."""
    if not result.has_colony:
        return []
    drawings = (colony_drawing(result, most) for most in FEWER_EDGES)
    drawing = next((svg for svg in drawings if len(svg) <= LONGEST_DRAWING), None)
    if drawing is None:
        about = "The colony is too large for this page: see cellcolony draw --colony."
        return [Paragraph(about)]
    return [Paragraph(ABOUT, "pale"), Picture(drawing)]
