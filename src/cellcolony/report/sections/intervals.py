"""Prediction intervals: what share of the test rows lay within them, and how wide they were."""

from __future__ import annotations

from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock
from cellcolony.report.sections import section
from cellcolony.report.steps import told_targets
from cellcolony.runs.result import Result
from cellcolony.wording import count, name, number


@section("intervals", "Prediction intervals", order=22)
def intervals(result: Result) -> list[Block]:
    """Return the table of coverage and width on test; nothing where none was tested."""
    every = () if result.outcome is None else result.outcome.coverage
    told = told_targets(result)
    found = [one for one in every if one.target in told]
    if not found:
        return []
    several = len(told) > 1
    own = f"network {result.chosen.number}" if result.front else "model"
    cells: dict[Column | str, list[str]] = {
        Column("intervals of", "name"): [one.model or own for one in found]
    }
    if several:
        cells[Column("target", "name")] = [name(one.target) for one in found]
    cells |= {
        "asked for": [f"{100 * one.level:g} %" for one in found],
        "within": [f"{100 * one.covered:.1f} %" for one in found],
        "mean width": [number(one.width) for one in found],
    }
    rows = count(found[0].n_rows, "row")
    about = (
        "Intervals are made from the errors on validation, and follow the error on the test rows "
        "as far as it is known when a forecast is made: see `cellcolony predict RUN FILE "
        "--interval 0.9`."
    )
    title = f"Prediction intervals on {rows} of test"
    return [TableBlock.of(cells, title), Paragraph(about, "remark")]
