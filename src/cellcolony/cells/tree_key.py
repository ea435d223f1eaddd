"""One text for all trees that are the same but for the order of branches and for names [ours].

Before training nothing tells one base input from another, nor memory c from d: a tree whose inputs
are numbered otherwise is the same node. To number them alike in all of these trees, names are first
told apart by where they occur, as colours are in the refinement of Weisfeiler & Leman (1968).
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from cellcolony.cells.tree_element import BASE, LEAVES, MEMORIES, Element

N_ROUNDS = 2
"""Of refinement: names that occur alike are told apart by the names beside them, then again."""
_NAME = re.compile(r"\bz\d\b|\b[cd]\b")


def key_of(root: Element) -> str:
    """Return the text of a tree in an order and with numbers of its own; see `Tree.key`."""
    colours = {name: "m" if name in MEMORIES else "z" for name in LEAVES}
    for _ in range(N_ROUNDS):
        colours = _refined(root, colours)
    ordered = _ordered(root, colours)[1]
    names: dict[str, str] = {}
    unused = {"z": iter(BASE), "m": iter(MEMORIES)}

    def numbered(found: re.Match[str]) -> str:
        name = found[0]
        if name not in names:
            names[name] = next(unused["m" if name in MEMORIES else "z"])
        return names[name]

    return _NAME.sub(numbered, ordered)


def _refined(root: Element, colours: Mapping[str, str]) -> dict[str, str]:
    """Return colours that also tell apart where names of one colour occur.

    Where a name occurs is said by what lies under each of the elements above it, in colours. These
    texts are numbered from the root down, level by level and in their own order, so that the
    numbers are the same for mirror images.
    """
    patterns: dict[int, str] = {}
    _pattern(root, colours, patterns)
    occurs: dict[str, list[str]] = {name: [] for name in colours}
    level = [(0, root)]
    depth = 0
    while level:
        kinds = sorted({(number, patterns[id(element)]) for number, element in level})
        number_of = {kind: i for i, kind in enumerate(kinds)}
        below: list[tuple[int, Element]] = []
        for above, element in level:
            number = number_of[above, patterns[id(element)]]
            for name in (element.output, "" if element.args else element.op):
                if name:
                    occurs[name].append(f"{depth}.{number}")
            below += [(number, arg) for arg in element.args]
        level, depth = below, depth + 1
    places = {name: f"{colours[name][0]} {sorted(found)}" for name, found in occurs.items()}
    ranks = {place: i for i, place in enumerate(sorted(set(places.values())))}
    return {name: f"{place[0]}{ranks[place]}" for name, place in places.items()}


def _pattern(element: Element, colours: Mapping[str, str], found: dict[int, str]) -> str:
    """Return an element's text in colours, in an order of its own; keep it for all under it."""
    if element.args:
        args = sorted(_pattern(arg, colours, found) for arg in element.args)
        tie = f">{colours[element.output]}" if element.output else ""
        pattern = f"{element.op}({','.join(args)}){tie}"
    else:
        pattern = colours[element.op]
    found[id(element)] = pattern
    return pattern


def _ordered(element: Element, colours: Mapping[str, str]) -> tuple[str, str]:
    """Return an element's text in colours and by names; branches are in the order of both."""
    if not element.args:
        return colours[element.op], element.op
    args = sorted(_ordered(arg, colours) for arg in element.args)
    patterns, texts = zip(*args, strict=True)
    pattern, text = f"{element.op}({','.join(patterns)})", f"{element.op}({', '.join(texts)})"
    if not element.output:
        return pattern, text
    return f"{pattern}>{colours[element.output]}", f"{text}>{element.output}"
