"""The option `--cells` of a search: names behind commas, and directories of searches for nodes."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App
from cyclopts.argument import ArgumentCollection

from cellcolony.errors import ConfigError, brief

OPTION = "--cells"


def name_cells(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Turn what stands behind `--cells` into names of cells.

    Cyclopts calls it between reading the command line and converting what it read.

    Raises:
        ConfigError: A part is empty.
        RunError: A directory is no run of a search for nodes, or cannot be read.
    """
    for argument in arguments:
        if argument.name == OPTION and argument.tokens:
            argument.tokens[:] = [
                token.evolve(value=cell_name(part), index=0)
                for token in argument.tokens
                for part in split(token.value)
            ]


def split(text: str) -> list[str]:
    """Return the names of cells between the commas of a text.

    Raises:
        ConfigError: A part is empty.
    """
    from cellcolony.runs.layer_named import split as at_commas

    parts = [part.strip() for part in at_commas(text)]
    if not all(parts):
        raise ConfigError(f"`{OPTION}` must name a cell beside each comma. Got {brief(text)}.")
    return parts


def cell_name(text: str) -> str:
    """Return the name of a cell: of a run directory, that of its best node.

    What is no directory is taken for a name, and refused later where no cell has it.

    Raises:
        RunError: The directory is no run of a search for nodes, or cannot be read.
    """
    from cellcolony import cells
    from cellcolony.runs.layer_named import is_folder, node_of

    if text in cells.names() or not is_folder(text):
        return text
    return node_of(Path(text).expanduser())
