"""How far test errors are above those on validation, task by task."""

from __future__ import annotations

from cellcolony.report.blocks import Block, Column, Paragraph, TableBlock
from cellcolony.report.league.numbers import percent
from cellcolony.runs.league.standing import BEST_RIVAL, Standing
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE
from cellcolony.wording import number

SHORT = {OWN: "network", OWN_ENSEMBLE: "ensemble", BEST_RIVAL: "rival"}


def gaps_blocks(standing: Standing) -> list[Block]:
    """Return how far the test errors are above those on validation, task by task."""
    if not standing.by_task:
        return []
    tasks = [*standing.by_task]
    cells: dict[Column | str, list[str]] = {Column("task", "name"): tasks}
    for key, short in SHORT.items():
        both = [[standing.error(task, key, split) for split in ("valid", "test")] for task in tasks]
        if any(None not in pair for pair in both):
            cells[f"{short}, valid"] = [number(valid) for valid, _ in both]
            cells[f"{short}, test"] = [number(test) for _, test in both]
            cells[f"{short}, gap"] = [_gap(*pair) for pair in both]
    remark = (
        f"Mean {standing.measure} over seeds, in the target's own units; gap: how far the test "
        f"error is above that on validation. Rival: the {BEST_RIVAL}. A gap that the rival has too "
        "lies in the data; one that the evolved network has alone comes from choosing the best of "
        "many on validation."
    )
    return [TableBlock.of(cells, "From validation to test"), Paragraph(remark, "remark")]


def _gap(valid: float | None, test: float | None) -> str:
    return "-" if not valid or test is None else percent(test / valid - 1)
