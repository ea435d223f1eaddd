"""What a node computes. `library/` holds one cell a file; `lower/` derives programs from cells.

An evolved node is a cell too: its name is the text of its tree, `node:mul(z0, tanh(z1))`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from cellcolony.cells.named_trees import label, names_a_tree, tree_name, tree_of
from cellcolony.cells.program import Cell
from cellcolony.errors import ConfigError, GenomeError, brief
from cellcolony.registry import Registry

CELLS: Registry[Callable[[], Cell]] = Registry("cell", "cellcolony.cells.library")
register = CELLS.register


@lru_cache(1_000)
def get(name: str) -> Cell:
    """Return the cell called `name`: one of the library, or an evolved node, `node:` and its tree.

    Raises:
        ConfigError: There is none, the message names the nearest one; or the text is no tree.
    """
    if names_a_tree(name):
        try:
            return tree_of(name).to_cell(name)
        except GenomeError as error:
            raise ConfigError(f"The cell {brief(name)}: {error}") from None
    return replace(CELLS[name](), name=name)


def names() -> tuple[str, ...]:
    """Return the names of the library's cells, sorted."""
    return CELLS.names()


__all__ = ["CELLS", "Cell", "get", "label", "names", "register", "tree_name"]
