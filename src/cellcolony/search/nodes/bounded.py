"""Keeps a node's output within bounds: what can grow without end diverges in training [ours].

Whether it can is told by interval arithmetic (Moore 1966) over the tree, with every input and every
memory but the output itself between minus and plus infinity.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import OUTPUT, UNARY, Element

Interval = tuple[float, float]
EVERYTHING: Interval = (-math.inf, math.inf)
BOUNDS = (1.0, 2.0, 4.0, 8.0)
"""An output is bounded if it stays within one of these wherever it was within it before."""


def is_bounded(tree: Tree) -> bool:
    """Say whether the output can be shown to stay within bounds, whatever the inputs."""
    for bound in BOUNDS:
        low, high = interval(tree.root, {OUTPUT: (-bound, bound)})
        if -bound <= low and high <= bound:
            return True
    return False


def interval(element: Element, known: Mapping[str, Interval]) -> Interval:
    """Return what the value of an element lies between, where its leaves lie between known ones."""
    if not element.args:
        return known.get(element.op, EVERYTHING)
    args = [interval(arg, known) for arg in element.args]
    rule = _RULES.get(element.op)
    return EVERYTHING if rule is None else rule(*args)


def with_bounded_root(tree: Tree) -> Tree:
    """Return the tree with tanh over its root if its output is not shown to be bounded.

    Two unary elements do not follow each other: a relu that is the root becomes a tanh.
    """
    if is_bounded(tree):
        return tree
    root = tree.root
    under = root.args if root.op in UNARY else (root,)
    return Tree(Element("tanh", under), tree.bias)


def _monotone(function: Callable[[float], float]) -> Callable[[Interval], Interval]:
    return lambda a: (function(a[0]), function(a[1]))


def _sigmoid(a: float) -> float:
    return 0.5 * math.tanh(0.5 * a) + 0.5


def _product(a: Interval, b: Interval) -> Interval:
    ends = [0.0 if x == 0 or y == 0 else x * y for x in a for y in b]
    return min(ends), max(ends)


def _gate(g: Interval, a: Interval, b: Interval) -> Interval:
    return min(a[0], b[0]), max(a[1], b[1])


_RULES: Mapping[str, Callable[..., Interval]] = {
    "tanh": _monotone(math.tanh),
    "sigmoid": _monotone(_sigmoid),
    "relu": _monotone(lambda a: max(a, 0.0)),
    "add": lambda a, b: (a[0] + b[0], a[1] + b[1]),
    "mul": _product,
    "gate": _gate,
}
"""Of the operations that evolution draws; of any other nothing is known."""
