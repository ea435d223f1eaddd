"""Names in a drawing: short, on one line, and harmless in XML; how wide they are."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from xml.sax.saxutils import escape

from cellcolony.cells.named_trees import label, names_a_tree
from cellcolony.networks.genome import Node

NAME_SIZE, LONGEST_NAME = 12.0, 230.0
"""Of the names of columns, in pixels."""
ELLIPSIS = "…"
_NOT_XML = re.compile("[^\t\n\r\x20-\x7e\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""Also what XML allows and a terminal obeys, from DEL to the second row of control characters."""
_NARROW, _BROAD = frozenset("fijlrtI.,:;'!|()[]{} -_/\\"), frozenset("mwMW@%&")


def shortened(name: str, most_width: float, size: float) -> str:
    """Return a name on one line, with its middle left out where it is too wide.

    Args:
        name: Any text.
        most_width: The widest that it may be, in pixels.
        size: Of the letters, in pixels.
    """
    # More than is ever shown need not be measured.
    ends = name if len(name) <= 400 else name[:200] + name[-200:]
    plain = "".join(letter if letter.isprintable() else "\ufffd" for letter in ends)
    if len(name) <= 400 and width(plain, size) <= most_width:
        return plain
    head, tail = plain[: len(plain) // 2], plain[len(plain) // 2 :]
    while len(head) + len(tail) > 2 and width(head + ELLIPSIS + tail, size) > most_width:
        if len(head) > len(tail):
            head = head[:-1]
        else:
            tail = tail[1:]
    return head + ELLIPSIS + tail


def width(text: str, size: float) -> float:
    """Estimate how wide a text is in a sans-serif font, in pixels, rather too wide."""
    return size * sum(map(_width, text))


def xml(text: str) -> str:
    """Return a text for the inside or an attribute of an XML element."""
    return escape(_NOT_XML.sub("\ufffd", text), {'"': "&quot;", "'": "&#39;"})


def short_cell_name(name: str) -> str:
    """Return a label for a node: `lstm_peephole` becomes `lstm p`, a tree `n 3f9a`."""
    if names_a_tree(name):
        return label(name).replace("node", "n")
    first, *others = re.split(r"[\W_]+", name.strip("_")) or [name]
    return " ".join([first[:6], "".join(other[:1] for other in others)]).strip()


def shown_name(node: Node) -> str:
    """Return what stands beside an input or an output."""
    return shortened(node.name or f"{node.kind} {node.id}", LONGEST_NAME, NAME_SIZE)


def told_name(node: Node) -> str:
    """Return what is told of a node when a pointer rests on it."""
    cell = f", {label(node.cell)}" if node.cell else ""
    return f"{node.kind} {node.id}{cell}{': ' + node.name if node.name else ''}"


@lru_cache(maxsize=4096)
def _width(letter: str) -> float:
    if unicodedata.east_asian_width(letter) in "WF":
        return 1.0
    if unicodedata.combining(letter):
        return 0.0
    if letter in _NARROW:
        return 0.32
    if letter in _BROAD:
        return 0.86
    return 0.68 if letter.isupper() else 0.55
