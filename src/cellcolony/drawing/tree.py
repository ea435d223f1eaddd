"""The tree of a node as one self-contained SVG: leaves at the left, its output h at the right."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, MEMORIES, Element
from cellcolony.drawing import marks, tree_marks
from cellcolony.drawing.labels import shortened
from cellcolony.drawing.palette import UNKNOWN, Stroke
from cellcolony.drawing.placement import HALF_WIDTH, Placement, Point
from cellcolony.drawing.sheet import sheet
from cellcolony.drawing.tree_legend import add_legend
from cellcolony.drawing.tree_marks import REACH
from cellcolony.wording import count

COLUMN, ROW = 84.0, 29.0
"""From depth to depth, and from leaf to leaf, in pixels."""
LONGEST_TOLD = 600.0
"""The widest text that a pointer shows, in pixels."""
PLAIN = Stroke(UNKNOWN, 1.2, 0.75, "")
CARRIES_MEMORY = Stroke(UNKNOWN, 2.6, 0.9, "")


class Mark(NamedTuple):
    """An element where it stands in the drawing.

    Attributes:
        element: The element.
        at: Its middle.
        above: The middle of the element that it is an argument of; None for the root.
    """

    element: Element
    at: Point
    above: Point | None


def draw_tree(tree: Tree, title: str = "") -> str:
    """Draw a tree: leaves at the left, each element at the right of its arguments, the root last.

    Base inputs are dots, memory leaves and memory outputs have the colour of their memory. An
    output stands at the upper right of the element that is tied to it; h leaves the root. Edges
    that carry something of a memory are thick. A memory leaf that no output feeds is drawn faintly:
    it reads 0. A pointer that rests on an element shows its text.

    Args:
        tree: The tree.
        title: Stands above.
    """
    found = _placed(tree)
    size = (max(mark.at.x for mark in found), max(mark.at.y for mark in found))
    placement = Placement({}, {}, ((),), COLUMN, size)
    fed = {memory for memory in MEMORIES if tree.tied_to(memory)}
    return sheet(
        title or "Node",
        [", ".join(_counts(tree))],
        placement,
        (["z0"], ["h"]),
        [*_edges(found, fed), *_elements(tree, found, fed)],
        lambda flow: add_legend(flow, tree, (PLAIN, CARRIES_MEMORY)),
    )


def _placed(tree: Tree) -> list[Mark]:
    """Give each leaf a row, and each other element the middle of its arguments."""
    n_leaves, rows = 0, {}

    def row(element: Element, path: tuple[int, ...]) -> float:
        nonlocal n_leaves
        if element.args:
            below = [row(arg, (*path, i)) for i, arg in enumerate(element.args)]
            rows[path] = sum(below) / len(below)
        else:
            rows[path] = float(n_leaves)
            n_leaves += 1
        return rows[path]

    def point(path: tuple[int, ...]) -> Point:
        return Point(COLUMN * (tree.height - len(path)), ROW * rows[path])

    def walk(element: Element, path: tuple[int, ...]) -> Iterator[Mark]:
        yield Mark(element, point(path), point(path[:-1]) if path else None)
        for i, arg in enumerate(element.args):
            yield from walk(arg, (*path, i))

    row(tree.root, ())
    return list(walk(tree.root, ()))


def _counts(tree: Tree) -> list[str]:
    """Return what the tree consists of, as parts of a sentence."""
    read = {element.op for element in tree.root.walk() if not element.args}
    parts = [
        count(tree.n_elements, "element"),
        f"height {tree.height}",
        f"{len(read & set(BASE))} of {count(len(BASE), 'base input')} read",
    ]
    for memory in MEMORIES:
        n_outputs = len(tree.tied_to(memory))
        if memory in read or n_outputs:
            unread = "" if memory in read else ", never read"
            parts.append(f"memory {memory} with {count(n_outputs, 'output')}{unread}")
    return parts


def _edges(found: list[Mark], fed: set[str]) -> list[str]:
    """Return the edges, those that carry a memory in front."""
    lines = []
    for element, at, above in found:
        if above is not None:
            carries = any(one.op in fed for one in element.walk())
            stroke = CARRIES_MEMORY if carries else PLAIN
            begin, end = at.x + REACH[bool(element.args)], above.x - HALF_WIDTH
            bend = (end - begin) / 2
            path = (
                f"M{begin:.1f},{at.y:.1f}C{begin + bend:.1f},{at.y:.1f} "
                f"{end - bend:.1f},{above.y:.1f} {end:.1f},{above.y:.1f}"
            )
            lines.append((stroke.width, marks.line(path, stroke)))
    return [line for _, line in sorted(lines, key=lambda line: line[0])]


def _elements(tree: Tree, found: list[Mark], fed: set[str]) -> list[str]:
    elements = []
    for element, at, _ in found:
        told = _told(tree, element, fed)
        if element.op in BASE:
            elements.append(tree_marks.base(at, element.op, told))
        elif not element.args:
            elements.append(tree_marks.memory(at, element.op, told, faint=element.op not in fed))
        else:
            elements.append(tree_marks.operation(at, element.op, element.output, told))
            if element.output:
                elements.append(tree_marks.output(at, element.output, told))
    elements.append(tree_marks.result(found[0].at))
    return elements


def _told(tree: Tree, element: Element, fed: set[str]) -> str:
    """Return what a pointer shows."""
    if element.op in BASE:
        k = element.op[1:]
        return f"{element.op} = x({k}) + h({k}){f' + b{k}' if tree.bias else ''}"
    if not element.args:
        if element.op in fed:
            return f"memory {element.op} of the step before"
        return f"memory {element.op}, which no element is tied to: 0"
    text = shortened(element.text, LONGEST_TOLD, 12)
    if not element.output:
        return text
    n_others = len(tree.tied_to(element.output)) - 1
    summed = f", summed with {count(n_others, 'other')}" if n_others else ""
    return f"{text}: next value of memory {element.output}{summed}"
