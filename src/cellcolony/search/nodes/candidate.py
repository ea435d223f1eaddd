"""Trees as candidates of a search."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellcolony.cells.tree import Tree
from cellcolony.contract import Candidate


def candidate_of(
    number: int, tree: Tree, parents: tuple[int, ...], how: Mapping[str, Any]
) -> Candidate:
    """Return a tree as a candidate."""
    return Candidate(number, tree, parents, how)
