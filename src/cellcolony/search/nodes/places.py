"""Places in a tree, where variation cuts and puts in."""

from __future__ import annotations

from typing import NamedTuple

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import Element


class Place(NamedTuple):
    """Where an element stands.

    Attributes:
        element: The element, with all that lies under it.
        path: Which branch to take, 0 or 1, from the root on; its length is the place's depth.
        above: The operation of the element above it; empty for the root.
    """

    element: Element
    path: tuple[int, ...]
    above: str


def places(tree: Tree) -> list[Place]:
    """Return every place of a tree, each before those under it."""
    found: list[Place] = []
    _add(tree.root, (), "", found)
    return found


def _add(element: Element, path: tuple[int, ...], above: str, found: list[Place]) -> None:
    found.append(Place(element, path, above))
    for i, arg in enumerate(element.args):
        _add(arg, (*path, i), element.op, found)


def put(tree: Tree, path: tuple[int, ...], element: Element) -> Tree:
    """Return the tree with another element, and all under it, at a place.

    An element whose last memory leaf goes is tied to no memory any more, and neither is one that
    becomes the root [ours].
    """
    return Tree(_with(tree.root, path, element).tied(""), tree.bias)


def _with(element: Element, path: tuple[int, ...], new: Element) -> Element:
    if not path:
        return new
    args = list(element.args)
    args[path[0]] = _with(args[path[0]], path[1:], new)
    return element.with_args(*args)


def sees_input(tree: Tree, old: Element, new: Element) -> bool:
    """Say whether the tree still reads an input where `new` stands in place of `old`."""
    return tree.root.n_inputs - old.n_inputs + new.n_inputs > 0
