"""From what a user calls a layer to its groups of cells: by names, files and run directories."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.cells.known_trees import TEXTS, known_tree
from cellcolony.cells.named_trees import names_a_tree, tree_of
from cellcolony.cells.tree import Tree
from cellcolony.errors import ConfigError, RunError, brief, did_you_mean
from cellcolony.layers.kinds import is_deep, kind_of
from cellcolony.layers.layer_json import read_cell
from cellcolony.layers.mixture import Mixture
from cellcolony.runs.config_file import read_config
from cellcolony.search.model import FixedModel
from cellcolony.store import foreign
from cellcolony.store.reading import readable

LARGEST_CELL = 4 << 20
"""Bytes of a cell as JSON: ten thousand elements."""
FORMS = "a name such as lstm, a file such as cell.json, or the run directory of a search for nodes"
"""How a user names a cell."""


def layer_named(text: str, n_units: int) -> FixedModel:
    """Return the groups of a layer, as the settings of a model that is trained without a search.

    Args:
        text: A cell, or several with their units: "lstm", "cell.json", "runs/node",
            "lstm:100,nascell:100"; or the run directory of a search for mixtures. It becomes the
            model's title.
        n_units: Units of the layer; of several groups that give no number all have as many.

    Raises:
        ConfigError: A cell is unknown, or the units do not add up.
        RunError: A file or a run cannot be read.
    """
    if is_folder(text) and read_config(Path(text).expanduser()).genome == Mixture.kind:
        return _mixture_of(text)
    named = [_name_and_units(part.strip()) for part in split(text)]
    without = [name for name, units in named if units is None]
    if without and len(without) < len(named):
        raise ConfigError(f"Give each group its units, or none. Got {brief(text)}.")
    if without and n_units % len(named):
        raise ConfigError(
            f"{n_units} units cannot be shared by {len(named)} groups. Give each its own, as in "
            "lstm:100,nascell:100."
        )
    units = tuple(n_units // len(named) if n is None else n for _, n in named)
    names, programs = [], {}
    for (name, _), n in zip(named, units, strict=True):
        if n < 1:
            raise ConfigError(f"A group of cell {name!r} must have at least 1 unit. Got {n}.")
        own, program = _cell(name)
        names.append(own)
        if program is not None:
            programs[own] = program
    if sum(units) != n_units:
        raise ConfigError(
            f"The groups have {sum(units)} units in all, and `hidden` is {n_units}: they must be "
            "the same."
        )
    return FixedModel(text, tuple(names), units, programs)


def _mixture_of(text: str) -> FixedModel:
    """Return the best mixture of a run.

    Raises:
        RunError: The run cannot be read.
    """
    from cellcolony.runs.open import open_run  # it imports Pandas

    best = open_run(Path(text).expanduser()).best
    assert isinstance(best, Mixture)
    return FixedModel(text, best.used, (1,) * len(best.used), mixture=best.to_dict())


def cell_of_word(word: str) -> Cell | Tree:
    """Return a cell that a user names; those that are known as trees as trees.

    Raises:
        ConfigError: There is none of that name.
        RunError: A file or a run cannot be read.
    """
    if word in TEXTS:
        return known_tree(word)
    name, program = _cell(word)
    if program is not None:
        return read_cell(program)
    return tree_of(name) if names_a_tree(name) else cells.get(name)


def split(text: str) -> list[str]:
    """Return what stands between the commas of a text, but for those within brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts


def node_of(run: Path) -> str:
    """Return the best node of a search for nodes, as the name of a cell.

    Raises:
        RunError: The directory is no run of a search for nodes, or cannot be read.
    """
    from cellcolony.runs.open import open_run  # it imports Pandas

    kind = read_config(run).genome
    if kind != Tree.kind:
        raise RunError(f"{run} is no search for nodes, but for a {kind}: a cell is {FORMS}.")
    return cells.tree_name(open_run(run).best)


def is_folder(text: str) -> bool:
    """Say whether a text names a folder; it may be anything."""
    try:
        return bool(text) and Path(text).expanduser().is_dir()
    except (OSError, ValueError, RuntimeError):  # too long for a path, or of an unknown user's home
        return False


def _cell(name: str) -> tuple[str, dict[str, Any] | None]:
    """Return the name of a cell, and its program where no library has it.

    Raises:
        ConfigError: There is none of that name.
        RunError: A file or a run cannot be read.
    """
    if name in cells.names() or names_a_tree(name):
        return name, None
    if is_deep(name):
        kind_of(name)  # raises where its depth cannot be
        return name, None
    if is_folder(name):
        return node_of(Path(name).expanduser()), None
    if name.endswith(".json"):
        path = Path(name).expanduser()
        with readable(f"{path}: the cell"):
            program = foreign.parse_json(foreign.read_regular(path, LARGEST_CELL))
            return name, read_cell(program).to_dict()
    hint = did_you_mean(name, cells.names())
    raise ConfigError(f"There is no cell {brief(name)}.{hint} A cell is {FORMS}.")


def _name_and_units(part: str) -> tuple[str, int | None]:
    name, colon, units = part.rpartition(":")
    if colon and units.isascii() and units.isdigit() and len(units) < 10:
        return name, int(units)
    return part, None
