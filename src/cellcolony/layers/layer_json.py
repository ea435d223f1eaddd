"""Layers and cells as values that JSON can hold, and back; somebody else may have made those."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from cellcolony.cells import Cell
from cellcolony.errors import ConfigError, brief
from cellcolony.layers.layer import Group, Layer
from cellcolony.layers.mogrifier import Mogrifier

MOST_PARAMS = 10_000_000_000
"""More than any machine of today can hold: a file that says more is wrong."""


def layer_to_plain(layer: Layer) -> Any:
    """Return a layer as values that JSON can hold: its groups, and in a table what else it has."""
    groups = [{"n_units": group.n_units, "cell": group.cell.to_dict()} for group in layer.groups]
    if layer.is_plain:
        return groups
    table: dict[str, Any] = {"groups": groups}
    if layer.depth > 1:
        table["depth"] = layer.depth
    if layer.mogrifier is not None:
        table |= {"rounds": layer.mogrifier.rounds, "rank": layer.mogrifier.rank}
    return table


def layer_from_plain(data: Any) -> Layer:
    """Read what `layer_to_plain` returned.

    Raises:
        ConfigError: A value is missing or cannot be.
        KeyError: Likewise, and so are TypeError, ValueError, AttributeError and IndexError.
    """
    table = data if isinstance(data, Mapping) else {"groups": data}
    mogrifier = None
    if "rounds" in table:
        rank = 0 if table["rank"] == 0 else counted(table["rank"])
        mogrifier = Mogrifier(counted(table["rounds"]), rank)
    groups = tuple(
        Group(read_cell(one["cell"]), counted(one["n_units"])) for one in table["groups"]
    )
    return Layer(groups, counted(table.get("depth", 1)), mogrifier)


def read_cell(data: Mapping[str, Any]) -> Cell:
    """Read a cell that somebody else may have made.

    Raises:
        ConfigError: It is none.
    """
    try:
        return Cell.from_dict(data)
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        raise ConfigError(f"the cell cannot be read: {error!r}") from error


def counted(value: object) -> int:
    """Return a value that is a count.

    Raises:
        ValueError: It is none.
    """
    if type(value) is not int or not 1 <= value <= MOST_PARAMS:
        raise ValueError(f"expected a whole number above 0, got {brief(value)}")
    return value
