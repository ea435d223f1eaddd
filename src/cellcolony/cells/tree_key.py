"""Gives equivalent trees the same text, whatever the order of branches and the numbers of inputs.

Before training, all base inputs are alike, and so are memories c and d [ours]: a tree with its
inputs numbered in another way is the same node. To number inputs in the same way in all of these
trees, they are first distinguished by where they occur, then by what stands beside them there: two
rounds of the colour refinement of Weisfeiler & Leman (1968).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from cellcolony.cells.tree_element import BASE, LEAVES, MEMORIES, Element

_NAME = re.compile(r"\bz\d\b|\b[cd]\b")


def key_of(root: Element) -> str:
    """Return the text of a tree with branches and names in a canonical order; see `Tree.key`."""
    colours = _refined(root, lambda element: element.pattern)
    patterns: dict[int, str] = {}
    _pattern(root, colours, patterns)
    colours = _refined(root, lambda element: patterns[id(element)])
    ordered = _ordered(root, colours)[1]
    names: dict[str, str] = {}
    unused = {"z": iter(BASE), "m": iter(MEMORIES)}

    def numbered(found: re.Match[str]) -> str:
        name = found[0]
        if name not in names:
            names[name] = next(unused["m" if name in MEMORIES else "z"])
        return names[name]

    return _NAME.sub(numbered, ordered)


def _refined(root: Element, pattern_of: Callable[[Element], str]) -> dict[str, str]:
    """Return a colour for each name that says where it occurs.

    The colour depends on the patterns of the elements above the name. Patterns are numbered from
    the root down, level by level in sorted order, so that mirror images have the same numbers.
    """
    occurs: dict[str, list[tuple[int, int]]] = {name: [] for name in LEAVES}
    level, depth = [(0, root)], 0
    while level:
        kinds = [(above, pattern_of(element)) for above, element in level]
        number_of = {kind: i for i, kind in enumerate(sorted(set(kinds)))}
        below: list[tuple[int, Element]] = []
        for kind, (_, element) in zip(kinds, level, strict=True):
            number = number_of[kind]
            if not element.args:
                occurs[element.op].append((depth, number))
                continue
            if element.output:
                occurs[element.output].append((depth, number))
            for arg in element.args:
                below.append((number, arg))
        level, depth = below, depth + 1
    places = {name: (name in MEMORIES, sorted(found)) for name, found in occurs.items() if found}
    ranked = sorted(places.values())
    return {name: f"{'zm'[place[0]]}{ranked.index(place)}" for name, place in places.items()}


def _pattern(element: Element, colours: Mapping[str, str], found: dict[int, str]) -> str:
    """Return an element's text by colours, branches sorted; store those of all under it."""
    if element.args:
        args = sorted(_pattern(arg, colours, found) for arg in element.args)
        tie = f">{colours[element.output]}" if element.output else ""
        pattern = f"{element.op}({','.join(args)}){tie}"
    else:
        pattern = colours[element.op]
    found[id(element)] = pattern
    return pattern


def _ordered(element: Element, colours: Mapping[str, str]) -> tuple[str, str]:
    """Return an element's text by colours and by names; branches are sorted by both."""
    if not element.args:
        return colours[element.op], element.op
    args = sorted(_ordered(arg, colours) for arg in element.args)
    patterns, texts = zip(*args, strict=True)
    pattern, text = f"{element.op}({','.join(patterns)})", f"{element.op}({', '.join(texts)})"
    if not element.output:
        return pattern, text
    return f"{pattern}>{colours[element.output]}", f"{text}>{element.output}"
