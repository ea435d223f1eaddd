"""The option `--cells` of a search: names behind commas, and directories of searches for nodes."""

from __future__ import annotations

from pathlib import Path

from cyclopts import App
from cyclopts.argument import ArgumentCollection

OPTION, COMMAND = "--cells", "search"


def name_cells(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Turn what stands behind `--cells` into names of cells.

    Cyclopts calls it between reading the command line and converting what it read.

    Raises:
        ConfigError: A part is empty.
        RunError: A directory is no run of a search for nodes, or cannot be read.
    """
    if COMMAND not in commands:
        return
    for argument in arguments:
        if argument.name == OPTION and argument.tokens:
            argument.tokens[:] = [
                token.evolve(value=cell_name(part), index=0)
                for token in argument.tokens
                for part in split(token.value)
            ]


def split(text: str) -> list[str]:
    """Return what stands between the commas of a text, but for those within brackets.

    Raises:
        ConfigError: A part is empty.
    """
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    parts = [part.strip() for part in parts]
    if not all(parts):
        from cellcolony.errors import ConfigError, brief

        raise ConfigError(
            f"`{OPTION}` must name a cell on each side of a comma. Got {brief(text)}."
        )
    return parts


def cell_name(text: str) -> str:
    """Return the name of a cell: what is no directory is one, or is refused as one later.

    Raises:
        RunError: The directory is no run of a search for nodes, or cannot be read.
    """
    from cellcolony import cells

    if text in cells.names() or not _is_folder(text):
        return text
    from cellcolony.runs.kinds import NODE_SEARCH, refuse_other
    from cellcolony.runs.nodes.stored import best_tree

    run = Path(text).expanduser()
    refuse_other(run, NODE_SEARCH, OPTION)
    return cells.tree_name(best_tree(run))


def _is_folder(text: str) -> bool:
    try:
        return Path(text).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # as a path it is too long, or of nobody's home
        return False
