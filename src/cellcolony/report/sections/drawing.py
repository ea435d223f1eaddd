"""The drawing of what a study found."""

from __future__ import annotations

from cellcolony.errors import GenomeError
from cellcolony.report.blocks import Block, Paragraph, Picture
from cellcolony.report.pictures import drawing_of
from cellcolony.report.sections import section
from cellcolony.runs.result import Result


def _title(result: Result) -> str:
    return f"The best {result.noun}" if result.front else "The cells of the model"


@section("drawing", _title, order=50, on=("page",))
def drawing(result: Result) -> list[Block]:
    """Return the drawing, or say why there is none."""
    try:
        return [Picture(drawing_of(result))]
    except GenomeError as error:
        return [Paragraph(str(error), "remark")]
