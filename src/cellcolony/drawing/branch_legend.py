"""What the marks of an expression's drawing mean."""

from __future__ import annotations

from collections.abc import Sequence

from cellcolony.drawing import branch_marks
from cellcolony.drawing.branches import CARRIES_MEMORY, PLAIN, Branch, Forest
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.labels import NAME_SIZE, shortened, width
from cellcolony.drawing.placement import HALF_WIDTH, INPUT_RADIUS, Point


def add_legend(flow: Flow, forests: Sequence[Forest]) -> None:
    """Explain the leaves, the next values of memories and the edges of one or more drawings."""
    found = [(mark.branch, forest) for forest in forests for mark in forest.marks]
    leaves: dict[str, tuple[Branch, Forest]] = {}
    tied: dict[str, tuple[Branch, Forest]] = {}
    for branch, forest in found:
        leaves.setdefault(branch.meaning, (branch, forest))
        for memory in branch.memories:
            tied.setdefault(memory, (branch, forest))
    for meaning, (branch, forest) in leaves.items():
        if meaning:
            room = 24 + width(shortened(branch.label, branch_marks.LONGEST_LABEL, 12), NAME_SIZE)
            at = flow.mark(meaning, room)
            place = Point(at.x + room - INPUT_RADIUS, at.y)
            flow.elements.append(
                branch_marks.leaf(branch.look, place, branch.label, forest.colours)
            )
    flow.end_row()
    for memory, (branch, forest) in tied.items():
        n_tied = sum(memory in mark.branch.memories for mark in forest.marks)
        what = f"the sum of {n_tied} such" if n_tied > 1 else "this"
        at = flow.mark(f"next value of memory {memory}: {what}", 2 * HALF_WIDTH + 8)
        middle, colour = Point(at.x + HALF_WIDTH, at.y), forest.colours[memory]
        flow.elements.append(branch_marks.operation(middle, branch.label, colour))
        flow.elements.append(branch_marks.output(middle, memory, colour))
    if any(branch.carries for branch, _ in found):
        flow.end_row()
        flow.line("of inputs alone", PLAIN)
        flow.line("carries something of a memory", CARRIES_MEMORY)
    if any(branch.label == "sub" and branch.args for branch, _ in found):
        flow.note("−: the upper less the lower.")
    if any(branch.label == "gate" and branch.args for branch, _ in found):
        flow.note("gate: of g, a, b from above, σ(g) a + (1 − σ(g)) b.")
    flow.end_row()
