"""What the method has learned, as the search left it: the colony of ants."""

from __future__ import annotations

from cellcolony.report.blocks import Block, Paragraph, Picture
from cellcolony.report.pictures import learned as drawing_of_method
from cellcolony.report.sections import section
from cellcolony.runs.result import Result

LONGEST_DRAWING = 400_000
"""Characters of a drawing on a page; the method should show less in a longer one."""


def _title(result: Result) -> str:
    return f"The {result.config.method_entry.keepsake}"


@section("learned", _title, order=70, on=("page",))
def learned(result: Result) -> list[Block]:
    """Return the drawing; nothing for a method that keeps nothing, or that has not ended."""
    if result.config.method_entry.picture is None:
        return []
    drawing = drawing_of_method(result, LONGEST_DRAWING)
    if drawing is None:
        return []
    if len(drawing) > LONGEST_DRAWING:
        return [Paragraph("The drawing is too large for this page: see cellcolony draw --method.")]
    return [Picture(drawing, caption="What the method had learned when the search ended.")]
