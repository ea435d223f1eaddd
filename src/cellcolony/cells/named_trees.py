"""Names of evolved nodes as cells: `node:mul(z0, tanh(add(c, z1)>c))`.

The name contains the whole tree, so a network, a run's settings or another process needs no file to
find the cell. Such names are long and contain brackets; people see `label` instead, and generated
code and file names contain `identifier`.
"""

from __future__ import annotations

import hashlib
import re
from functools import lru_cache

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse

PREFIX, PREFIX_WITH_BIAS = "node:", "node_bias:"
"""What stands before the text of a tree; the second if its base inputs have a bias."""
LONGEST_IDENTIFIER = 60
KEPT = 1_000
"""How many trees are cached."""


def tree_name(tree: Tree) -> str:
    """Return the name of the cell that a tree is; `tree_of` reads it."""
    return (PREFIX_WITH_BIAS if tree.bias else PREFIX) + tree.text


def names_a_tree(name: str) -> bool:
    """Say whether a cell's name begins as a tree's does; its text may still be wrong."""
    return name.startswith((PREFIX, PREFIX_WITH_BIAS))


@lru_cache(KEPT)
def tree_of(name: str) -> Tree:
    """Return the tree of a cell's name, which may come from a foreign file.

    Raises:
        GenomeError: The text is no tree; the message says at which character.
    """
    prefix, _, text = name.partition(":")
    return Tree(parse(text), bias=f"{prefix}:" == PREFIX_WITH_BIAS)


def label(name: str) -> str:
    """Return a cell's name as people see it; for a tree a short one, `node 3f9a`."""
    return f"node {_digest(name)[:4]}" if names_a_tree(name) else name


def identifier(name: str) -> str:
    """Return a short name of letters, digits and _ for generated code and file names."""
    if names_a_tree(name):
        return f"node_{_digest(name)[:8]}"
    return re.sub(r"[^A-Za-z0-9_]", "_", name)[:LONGEST_IDENTIFIER]


def digest(name: str) -> int:
    """Return a number that depends on the name alone, the same in every process."""
    return int(_digest(name)[:8], 16)


def _digest(name: str) -> str:
    return hashlib.sha256(name.encode("utf-8", "surrogatepass")).hexdigest()
