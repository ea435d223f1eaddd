"""What a node computes: memory cells, written in a small language of expressions (`program.py`).

`library/` holds one cell a file, `operations/` one operation of the language a file, and `lower/`
derives programs and equations from cells. An evolved node is a cell too: its name is the text of
its tree, `node:mul(z0, tanh(z1))`. Other packages bring cells by entry points of the group
`cellcolony.cells`, and operations by those of `cellcolony.operations`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache

from cellcolony.cells.named_trees import label, names_a_tree, tree_name, tree_of
from cellcolony.cells.program import Cell
from cellcolony.errors import ConfigError, GenomeError, brief
from cellcolony.registry import Registry

CELLS: Registry[Callable[[], Cell]] = Registry(
    "cell", "cellcolony.cells.library", "cellcolony.cells"
)
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
    """Return the names of the library's cells and of those of other packages, sorted."""
    return CELLS.names()


__all__ = ["CELLS", "Cell", "get", "label", "names", "register", "tree_name"]
