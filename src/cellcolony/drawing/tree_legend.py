"""What the marks of a tree's drawing mean."""

from __future__ import annotations

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, MEMORIES
from cellcolony.drawing import tree_marks
from cellcolony.drawing.flow import Flow
from cellcolony.drawing.palette import Stroke
from cellcolony.drawing.placement import HALF_WIDTH, INPUT_RADIUS, Point

LEAF = 30.0
"""Room for the mark of a leaf, in pixels."""


def add_legend(flow: Flow, tree: Tree, strokes: tuple[Stroke, Stroke]) -> None:
    """Explain the leaves, the outputs and the edges that a tree has.

    Args:
        flow: Takes the legend.
        tree: The tree.
        strokes: How edges are drawn, and how those that carry a memory are.
    """
    leaves = {element.op for element in tree.root.walk() if not element.args}
    bias = " + b_k" if tree.bias else ""
    first = min(leaves & set(BASE))
    at = flow.mark(f"base input: z_k = x(k) + h(k){bias}", LEAF)
    flow.elements.append(tree_marks.base(Point(at.x + LEAF - INPUT_RADIUS, at.y), first))
    for memory in MEMORIES:
        fed = bool(tree.tied_to(memory))
        if memory in leaves:
            meaning = f"memory {memory} of the step before" if fed else "without an output: 0"
            at = flow.mark(meaning, LEAF)
            middle = Point(at.x + LEAF - INPUT_RADIUS, at.y)
            flow.elements.append(tree_marks.memory(middle, memory, faint=not fed))
    flow.end_row()
    for memory in MEMORIES:
        tied = tree.tied_to(memory)
        n_tied = len(tied)
        if n_tied:
            what = f"the sum of {n_tied} such" if n_tied > 1 else "this"
            at = flow.mark(f"next value of memory {memory}: {what}", 2 * HALF_WIDTH + 8)
            middle = Point(at.x + HALF_WIDTH, at.y)
            flow.elements.append(tree_marks.operation(middle, tied[0].op, memory))
            flow.elements.append(tree_marks.output(middle, memory))
    if any(tree.tied_to(memory) for memory in leaves & set(MEMORIES)):
        flow.end_row()
        plain, carries = strokes
        flow.line("of inputs alone", plain)
        flow.line("carries something of a memory", carries)
    flow.end_row()
