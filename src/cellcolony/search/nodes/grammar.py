"""What evolution builds trees of: the paper's elements, or those that can say what a GRU is."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import (
    BASE,
    BINARY,
    LEAVES,
    MEMORIES,
    OF_INPUT,
    OF_OUTPUT,
    OUTPUT,
    PROJECTED,
    TERNARY,
    UNARY,
)

KINDS = {"z": 0.4, "x": 0.15, "u": 0.15, "h": 0.15, "m": 0.15}
"""How often a new leaf of the grammar `gated` is of a kind; `m` is a memory."""
NEW_NUMBER = 0.5
"""How often a new leaf with a number has one that the tree does not read yet."""


@dataclass(frozen=True)
class Grammar:
    """The elements that variation draws from.

    Attributes:
        name: What it is called in settings.
        leaves: The leaves.
        operations: Those with one argument, with two, and with three.
        is_paper: Whether all leaves are drawn alike, as in the paper.
    """

    name: str
    leaves: tuple[str, ...]
    operations: tuple[tuple[str, ...], ...]
    is_paper: bool

    def of_type(self, arity: int) -> tuple[str, ...]:
        """Return the elements with so many arguments; one may be replaced by another of them."""
        return self.operations[arity - 1] if arity else self.leaves

    def allows(self, tree: Tree) -> bool:
        """Say whether a tree is made of these elements alone."""
        known = {*self.leaves, *(op for some in self.operations for op in some)}
        return all(element.op in known for element in tree.root.walk())

    def leaf(self, tree: Tree, rng: np.random.Generator, of: tuple[str, ...] = ()) -> str:
        """Draw a leaf for a tree.

        In the paper's grammar all are alike. In the other one the kind is drawn first, then whether
        the leaf has weights of its own or those of a leaf that is there: else nearly every new leaf
        would bring matrices of its own.

        Args:
            tree: The tree.
            rng: Draws it.
            of: Of these alone; empty for any.
        """
        allowed = of or self.leaves
        if self.is_paper:
            return allowed[rng.integers(len(allowed))]
        kinds = {kind: _of_kind(kind, allowed) for kind in KINDS}
        shares = np.array([KINDS[kind] if some else 0.0 for kind, some in kinds.items()])
        kind = list(kinds)[int(rng.choice(len(KINDS), p=shares / shares.sum()))]
        some = kinds[kind]
        if kind in "mh":
            return some[rng.integers(len(some))]
        read = {element.op[1:] for element in tree.root.walk() if element.op in PROJECTED}
        known = [leaf for leaf in some if leaf[1:] in read]
        unread = [leaf for leaf in some if leaf[1:] not in read]
        if unread and (not known or rng.random() < NEW_NUMBER):
            return unread[0]
        return known[rng.integers(len(known))]


def _of_kind(kind: str, allowed: tuple[str, ...]) -> tuple[str, ...]:
    if kind == "m":
        return tuple(leaf for leaf in allowed if leaf in MEMORIES)
    return tuple(leaf for leaf in allowed if leaf[0] == kind)


PAPER = Grammar("paper", LEAVES, (UNARY, BINARY, ()), is_paper=True)
GATED = Grammar(
    "gated",
    (*BASE, *OF_INPUT, *OF_OUTPUT, OUTPUT, *MEMORIES),
    (UNARY, BINARY, TERNARY),
    is_paper=False,
)
GRAMMARS = {one.name: one for one in (PAPER, GATED)}
