"""Gives equivalent trees the same text, whatever the order of branches and the numbers of inputs.

Before training, all base inputs are alike, and so are memories c and d [ours]: a tree with its
inputs numbered in another way is the same node. Where z0 is read, x0 and u0 are numbered with it,
for they have weights in common; where it is not, these two have nothing in common but their number.
To number inputs in the same way in all of these trees, they are first distinguished by where they
occur, then by what stands beside them there: two rounds of the colour refinement of Weisfeiler &
Leman (1968).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping

from cellcolony.cells.tree_element import (
    ALL_LEAVES,
    BASE,
    MEMORIES,
    PROJECTED,
    TERNARY,
    Element,
    commutes,
)

MOST_TURNED = 3
"""So many gates of a tree are tried either way."""
_NAME = re.compile(r"\b([zxu])(\d)\b|\b[cd]\b")


def key_of(root: Element) -> str:
    """Return the text of a tree with branches and names in a canonical order; see `Tree.key`."""
    whole = {element.op[1:] for element in root.walk() if element.op in BASE}
    colours = _refined(root, whole, lambda element: element.pattern)
    patterns: dict[int, str] = {}
    _pattern(root, colours, patterns)
    colours = _refined(root, whole, lambda element: patterns[id(element)])
    ordered = _ordered(root, colours)[1]
    numbers: dict[str, dict[str, int]] = {"z": {}, "x": {}, "u": {}}
    memories: dict[str, str] = {}

    def numbered(found: re.Match[str]) -> str:
        kind, number = found[1], found[2]
        if kind is None:
            if found[0] not in memories:
                memories[found[0]] = MEMORIES[len(memories)]
            return memories[found[0]]
        if number in whole:
            return f"{kind}{numbers['z'].setdefault(number, len(numbers['z']))}"
        return f"{kind}{numbers[kind].setdefault(number, len(whole) + len(numbers[kind]))}"

    return _NAME.sub(numbered, ordered)


def turned(root: Element) -> list[Element]:
    """Return a tree with the branches of its free gates either way, all combinations of some.

    A gate is free if what drives it is an input that is read nowhere else: s(-z) = 1 - s(z), and
    before training a weight is as likely as its negative.
    """
    n_read = Counter(element.op[1:] for element in root.walk() if element.op in PROJECTED)
    found = [root]
    paths = [path for path, element in _walk(root, ()) if _is_free(element, n_read)]
    for path in sorted(paths, key=len, reverse=True)[:MOST_TURNED]:  # those within others first
        found += [_turned(one, path) for one in found]
    return found


def _walk(element: Element, path: tuple[int, ...]) -> Iterator[tuple[tuple[int, ...], Element]]:
    yield path, element
    for i, arg in enumerate(element.args):
        yield from _walk(arg, (*path, i))


def _is_free(element: Element, n_read: Counter[str]) -> bool:
    return (
        element.op in TERNARY
        and element.args[0].op in PROJECTED
        and n_read[element.args[0].op[1:]] == 1
    )


def _turned(element: Element, path: tuple[int, ...]) -> Element:
    """Exchange the branches of the gate at the end of a path."""
    if not path:
        driver, first, second = element.args
        return Element(element.op, (driver, second, first), element.output)
    args = list(element.args)
    args[path[0]] = _turned(args[path[0]], path[1:])
    return Element(element.op, tuple(args), element.output)


def _refined(
    root: Element, whole: Collection[str], pattern_of: Callable[[Element], str]
) -> dict[str, str]:
    """Return a colour for each leaf that says where it, or what shares its weights, occurs.

    The colour depends on the patterns of the elements above. Patterns are numbered from the root
    down, level by level in sorted order, so that mirror images have the same numbers.

    Args:
        root: The tree.
        whole: The numbers of the base inputs that it reads whole, as z_k.
        pattern_of: What is known of an element.
    """
    stands_for = {
        name: name[1:] if name in PROJECTED and name[1:] in whole else name for name in ALL_LEAVES
    }
    occurs: dict[str, list[tuple[int, int]]] = {name: [] for name in stands_for.values()}
    level, depth = [(0, root)], 0
    while level:
        kinds = [(above, pattern_of(element)) for above, element in level]
        number_of = {kind: i for i, kind in enumerate(sorted(set(kinds)))}
        below: list[tuple[int, Element]] = []
        for kind, (_, element) in zip(kinds, level, strict=True):
            number = number_of[kind]
            if not element.args:
                occurs[stands_for[element.op]].append((depth, number))
                continue
            if element.output:
                occurs[element.output].append((depth, number))
            for place, arg in enumerate(element.args):
                below.append((4 * number + (0 if commutes(element.op) else place), arg))
        level, depth = below, depth + 1
    places = {name: (name in MEMORIES, sorted(found)) for name, found in occurs.items() if found}
    ranked = sorted(places.values())
    colours = {name: f"{'zm'[place[0]]}{ranked.index(place)}" for name, place in places.items()}
    return {
        name: f"{name[0]}{colours[shared]}" if name in PROJECTED else colours[shared]
        for name, shared in stands_for.items()
        if shared in colours
    }


def _pattern(element: Element, colours: Mapping[str, str], found: dict[int, str]) -> str:
    """Return an element's text by colours, branches sorted; store those of all under it."""
    if element.args:
        args = [_pattern(arg, colours, found) for arg in element.args]
        tie = f">{colours[element.output]}" if element.output else ""
        pattern = f"{element.op}({','.join(sorted(args) if commutes(element.op) else args)}){tie}"
    else:
        pattern = colours[element.op]
    found[id(element)] = pattern
    return pattern


def _ordered(element: Element, colours: Mapping[str, str]) -> tuple[str, str]:
    """Return an element's text by colours and by names; what commutes is sorted by both."""
    if not element.args:
        return colours[element.op], element.op
    args = [_ordered(arg, colours) for arg in element.args]
    if commutes(element.op):
        args.sort()
    patterns, texts = zip(*args, strict=True)
    pattern, text = f"{element.op}({','.join(patterns)})", f"{element.op}({', '.join(texts)})"
    if not element.output:
        return pattern, text
    return f"{pattern}>{colours[element.output]}", f"{text}>{element.output}"
