"""Evolved nodes as cells with names that say it all: `node:mul(z0, tanh(add(c, z1)>c))`.

Whoever has the name has the cell: a network, a run's settings or another process need no file and
no registry beside it. Such names are long and hold brackets, so nothing shows them to people or
puts them into generated code: see `label` and `identifier`.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse

PREFIX, PREFIX_WITH_BIAS = "node:", "node_bias:"
"""What the text of a tree follows; the second where its base inputs have a bias."""
LONGEST_IDENTIFIER = 60
KEPT = 1_000
"""Trees that are not read again."""


def tree_name(tree: Tree) -> str:
    """Return the name of the cell that a tree is; `tree_of` reads it."""
    return (PREFIX_WITH_BIAS if tree.bias else PREFIX) + tree.text


def names_a_tree(name: str) -> bool:
    """Say whether a cell's name is meant to be a tree's; the tree may still be none."""
    return name.startswith((PREFIX, PREFIX_WITH_BIAS))


@lru_cache(KEPT)
def tree_of(name: str) -> Tree:
    """Return the tree of a cell's name, which somebody else may have written.

    Raises:
        GenomeError: The text is no tree; the message says at which character.
    """
    prefix, _, text = name.partition(":")
    return Tree(parse(text), bias=f"{prefix}:" == PREFIX_WITH_BIAS)


def label(name: str) -> str:
    """Return what people are shown of a cell's name: itself, or of a tree's `node 3f9a`."""
    return f"node {_digest(name)[:4]}" if names_a_tree(name) else name


def identifier(name: str) -> str:
    """Return a cell's name as few letters and digits, for generated code and names of files."""
    if names_a_tree(name):
        return f"node_{_digest(name)[:8]}"
    return re.sub(r"[^A-Za-z0-9_]", "_", name)[:LONGEST_IDENTIFIER]


def digest(name: str) -> int:
    """Return a number that is the same for a name in every process."""
    return int(_digest(name)[:8], 16)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
