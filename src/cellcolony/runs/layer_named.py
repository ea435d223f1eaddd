"""From what a user calls a layer to its groups of cells: names, files and runs."""

from __future__ import annotations

from pathlib import Path

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.errors import ConfigError, RunError, did_you_mean
from cellcolony.layers.architecture import read_cell
from cellcolony.layers.layer import Group, Layer
from cellcolony.runs.kinds import NODE_SEARCH, refuse_other
from cellcolony.store import foreign

LARGEST_CELL = 4 << 20
"""Bytes of a cell as JSON: ten thousand elements."""
FORMS = "a name such as lstm, a file such as cell.json, or the run directory of a search for nodes"


def layer_named(text: str, n_units: int) -> Layer:
    """Return a layer of one cell, or of groups.

    Args:
        text: A cell, or several with their units: "lstm", "cell.json", "runs/node",
            "lstm:100,nascell:100".
        n_units: Units of the layer; of several groups that give no number all have as many.

    Raises:
        ConfigError: A cell is unknown, or the units do not add up.
        RunError: A file or a run cannot be read.
    """
    parts = [part.strip() for part in text.split(",")]
    named = [_split(part) for part in parts]
    without = [name for name, units in named if units is None]
    if without and len(without) < len(named):
        raise ConfigError(f"Give each group its units, or none. Got {text!r}.")
    if without and n_units % len(named):
        raise ConfigError(
            f"{n_units} units cannot be shared by {len(named)} groups. Give each its own, as in "
            "lstm:100,nascell:100."
        )
    groups = tuple(
        Group(cell_named(name), n_units // len(named) if units is None else units)
        for name, units in named
    )
    layer = Layer(groups)
    if layer.n_units != n_units:
        raise ConfigError(
            f"The groups have {layer.n_units} units in all, and `hidden` is {n_units}: they must "
            "be the same."
        )
    return layer


def cell_named(name: str) -> Cell:
    """Return the cell of a name, a file or a run.

    Raises:
        ConfigError: There is none of that name.
        RunError: A file or a run cannot be read.
    """
    if name in cells.names():
        return cells.get(name)
    path = Path(name).expanduser()
    if name and path.is_dir():
        refuse_other(path, NODE_SEARCH, "--cell")
        from cellcolony.runs.nodes.stored import best_cell

        return best_cell(path)
    if path.suffix == ".json":
        try:
            return read_cell(foreign.parse_json(foreign.read_regular(path, LARGEST_CELL)))
        except OSError as error:
            reason = error.strerror or error
            raise RunError(f"{path}: the cell cannot be read: {reason}.") from error
        except ValueError as error:
            raise RunError(f"{path}: {error}.") from error
    hint = did_you_mean(name, cells.names())
    raise ConfigError(f"There is no cell {name!r}.{hint} A cell is {FORMS}.")


def _split(part: str) -> tuple[str, int | None]:
    name, colon, units = part.rpartition(":")
    if colon and units.isascii() and units.isdigit():
        return name, int(units)
    return part, None
