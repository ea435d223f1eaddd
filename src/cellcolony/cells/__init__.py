"""What a node computes. `library/` holds one cell a file; `lower/` derives programs from cells."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache

from cellcolony.cells.program import Cell
from cellcolony.registry import Registry

CELLS: Registry[Callable[[], Cell]] = Registry("cell", "cellcolony.cells.library")
register = CELLS.register


@cache
def get(name: str) -> Cell:
    """Return the cell called `name`.

    Raises:
        ConfigError: There is none; the message names the nearest one.
    """
    return replace(CELLS[name](), name=name)


def names() -> tuple[str, ...]:
    """Return the names of all cells, sorted."""
    return CELLS.names()


__all__ = ["CELLS", "Cell", "get", "names", "register"]
