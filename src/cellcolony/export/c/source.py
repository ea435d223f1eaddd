"""A network of a forecast as C: one source file and one header."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from cellcolony.cells.lower import templates
from cellcolony.cells.lower.c import (
    BEFORE,
    LIBRARY,
    as_c_function,
    c_arguments,
    c_functions,
    elementary_operations,
    n_multiplications,
)
from cellcolony.cells.program import Cell
from cellcolony.errors import ConfigError
from cellcolony.export import source
from cellcolony.export.c.intervals import interval_values
from cellcolony.export.c.tables import BYTES, Rings, Table, floats, scaling, structure
from cellcolony.export.contents import Contents, contents
from cellcolony.export.exportable import ForecastNetwork
from cellcolony.export.intervals import Interval
from cellcolony.tasks.steps import told
from cellcolony.wording import count

_FILE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+ -]*")


class Flavour(NamedTuple):
    """How numbers are kept and computed.

    Attributes:
        blocks: The template that fills the blocks of `network.c.jinja`.
        about: What they are, for the first line.
        kept: The type of values and memories.
        computed: The type of a sum.
        stored: What takes a scaled column to a value.
        product: What stands before a product of a weight and a value.
        x_of: What becomes of a sum; empty for nothing.
        kept_as: What takes what a cell has computed to a value.
        real: What takes a value to a float.
        functions: The functions of operations and cells.
        weights: The tables of weights.
        constants: Numbers that have a name, by it.
        unit: What stands for 1.
    """

    blocks: str
    about: str
    kept: str
    computed: str
    stored: str
    product: str
    x_of: str
    kept_as: str
    real: str
    functions: Sequence[str]
    weights: Sequence[Table]
    constants: Mapping[str, int]
    unit: float = 1.0


class CSource(NamedTuple):
    """A network in C.

    Attributes:
        name: What the files are called.
        files: What is written, by their suffixes.
        n_constant_bytes: The bytes of its tables.
        n_state_bytes: The bytes of its state.
        n_multiplications: Products and quotients of a step.
    """

    name: str
    files: Mapping[str, str]
    n_constant_bytes: int
    n_state_bytes: int
    n_multiplications: int


def float32(parts: Contents) -> Flavour:
    """Return how a network is computed in float32."""
    names = source.function_names(parts.cells)
    functions = [as_c_function(cell, name) for cell, name in names.items()]
    return Flavour(
        blocks="network_float32",
        about="in float32",
        kept="float",
        computed="float",
        stored="%s",
        product="",
        x_of="",
        kept_as="%s",
        real="%s",
        functions=[*c_functions(parts.cells), *functions],
        weights=[floats("EDGE_WEIGHTS", "The weights of edges.", parts.edge_weights), *_own(parts)],
        constants={},
    )


def _own(parts: Contents) -> list[Table]:
    values = [value for group in parts.groups for value in group.weights.ravel().tolist()]
    return [floats("CELL_WEIGHTS", "The cells' own weights, node by node.", values)] * bool(values)


def c_source(
    parts: Contents, flavour: Flavour, name: str, interval: Interval | None = None
) -> CSource:
    """Return a network as C.

    Args:
        parts: The network.
        flavour: How it is computed.
        name: What the files are called, without their suffixes.
        interval: The intervals around its forecasts.

    Raises:
        ConfigError: A file of that name cannot be included.
    """
    if not _FILE.fullmatch(name):
        raise ConfigError(
            f"A C file's name must have letters, digits, spaces, dots, + and - alone, for it is "
            f"included by its name. Got {name!r}."
        )
    rings, names = Rings.of(parts), source.function_names(parts.cells)
    kinds = {cell.name: kind for kind, cell in enumerate(names)}
    tables = [*structure(parts, rings, kinds), *scaling(parts, flavour.unit), *flavour.weights]
    n_memories = sum(len(group.nodes) * len(group.cell.own_states()) for group in parts.groups)
    shown = (
        flavour._asdict()
        | _shown(parts, names, name)
        | {
            "rings": rings,
            "tables": tables,
            "rests": any(table.name == "RESTS" for table in tables),
            "n_memories": n_memories,
            "functions": "\n".join(flavour.functions),
            **interval_values(parts, interval),
        }
    )
    files = {
        f".{language}": templates.filled("cellcolony.export.c", template, language, **shown)
        for language, template in (("c", flavour.blocks), ("h", "network"))
    }
    n_own = sum(len(group.nodes) * n_multiplications(group.cell) for group in parts.groups)
    return CSource(
        name,
        files,
        n_constant_bytes=sum(table.n_bytes for table in tables),
        n_state_bytes=_state_bytes(rings.n_values + n_memories, flavour.kept, rings),
        n_multiplications=len(parts.edges) + n_own + len(parts.inputs) + len(parts.outputs),
    )


def _shown(parts: Contents, names: Mapping[Cell, str], name: str) -> dict[str, Any]:
    """Return what templates show of a network, in whichever numbers it is computed."""
    operations = elementary_operations(parts.cells)
    return {
        "file": name,
        "prefix": prefix_of(name),
        "origin": source.ORIGIN,
        "targets": count(len(parts.transform.targets), "column"),
        "horizon": told(parts.transform.horizon, parts.transform.first),
        "parts": parts,
        "transform": parts.transform,
        "names": names,
        "calls": {cell: _call(cell, function) for cell, function in names.items()},
        "ignores_x": not any(cell.leaves("x") or cell.leaves("x_sum") for cell in parts.cells),
        "n_weights": sum(group.weights.size for group in parts.groups),
        "tanh": bool(operations & {"tanh", "sigmoid"}),
        "library": bool(operations & LIBRARY),
        "comment": source.comment,
        "foreign": foreign,
    }


def _state_bytes(n_kept: int, kept: str, rings: Rings) -> int:
    """Return the size of a state of so many numbers, places in rings included."""
    n_bytes, place = BYTES[kept] * n_kept, BYTES[rings.type]
    if not rings.any:
        return n_bytes
    n_bytes = -(-n_bytes // place) * place + place * len(rings.lengths)
    alignment = max(BYTES[kept], place)
    return -(-n_bytes // alignment) * alignment


def network_c(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return a network as one C file and one header, in float32."""
    parts = contents(it.network, it.transform, it.residual)
    return {**c_source(parts, float32(parts), name, it.interval).files}


def prefix_of(name: str) -> str:
    """Return what the names of a file's functions begin with."""
    return name if re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) else "model"


def foreign(text: str) -> str:
    """Return a text so that it can stand in a comment: ASCII, which neither ends nor begins one."""
    shown = text if text.isascii() and text.isprintable() else ascii(text)
    shown = (
        shown if len(shown) <= source.LONGEST_COMMENT else shown[: source.LONGEST_COMMENT] + "..."
    )
    return shown.replace("*/", "* /").replace("/*", "/ *").replace("??/", "?? /")


def _call(cell: Cell, function: str) -> str:
    given = ("y" if one == BEFORE else one for one in c_arguments(cell))
    return f"{function}({', '.join(given)})"
