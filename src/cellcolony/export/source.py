"""Parts of source code that the formats share: columns with their scaling, cells, nodes, edges.

Names of columns and cells are foreign text: they enter source code through `repr`, or as letters
and digits alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np

from cellcolony import __version__
from cellcolony.cells.formula import functions_of, python_functions
from cellcolony.cells.lower.python import as_function
from cellcolony.cells.named_trees import identifier
from cellcolony.cells.program import Cell
from cellcolony.export.contents import Contents
from cellcolony.networks.genome import Node
from cellcolony.tasks.scaling import Scaling

LONGEST_COMMENT = 60
"""Characters of a name in a comment."""

ORIGIN = f"Written by cellcolony {__version__}"


def summary(parts: Contents) -> str:
    """Say in one sentence what the file forecasts."""
    n_targets, horizon = len(parts.transform.targets), parts.transform.horizon
    columns = "1 column" if n_targets == 1 else f"{n_targets} columns"
    rows = "1 row" if horizon == 1 else f"{horizon} rows"
    return (
        f"Forecasts {columns}, {rows} ahead: "
        f"a recurrent network of {parts.n_nodes} nodes and {parts.n_weights:,} weights."
    )


def module_name(name: str) -> str:
    """Return what an import of a file calls it, or an example where it cannot be imported."""
    return name if name.isascii() and name.isidentifier() else "model"


def column_tables(parts: Contents) -> str:
    """Return the tables of inputs, targets and columns, with their scaling."""
    transform = parts.transform
    unread = set(range(len(transform.inputs))) - set(parts.read)
    undone = "the target now" if parts.residual else "offset"
    lines = [
        "# Column, offset, width: the network reads (value - offset) / width.",
        "INPUTS = [",
        *_scalings(transform.inputs, transform.input_scaling, unread),
        "]",
        f"# Column, offset, width: a forecast is output * width + {undone}.",
        "TARGETS = [",
        *_scalings(transform.targets, transform.target_scaling),
        "]",
        f"HORIZON = {transform.horizon}  # rows from a row to what is forecast there",
        "",
        "# What rows hold, in this order.",
    ]
    extra = parts.columns[len(transform.inputs) :]
    if extra:
        names = ", ".join(map(repr, extra))
        lines.append(f"COLUMNS = [*(name for name, _, _ in INPUTS), {names}]")
    else:
        lines.append("COLUMNS = [name for name, _, _ in INPUTS]")
    if parts.residual:
        base = [parts.columns.index(name) for name in transform.targets]
        lines.append(f"BASE = {base}  # where the targets stand in them")
    return "\n".join(lines) + "\n"


def function_names(cells: Sequence[Cell]) -> dict[Cell, str]:
    """Return a name for the function of each cell, each another."""
    names: dict[Cell, str] = {}
    for cell in cells:
        name = f"cell_{identifier(cell.name)}"
        while name in names.values():
            name += "_"
        names[cell] = name
    return names


def operation_functions(cells: Iterable[Cell], language: Literal["torch", "python"]) -> list[str]:
    """Return the definitions of the operations that functions of cells call, at most one part."""
    called = set().union(*(functions_of(cell.order()) for cell in cells))
    return [python_functions(called, language)] if called else []


def cell_functions(parts: Contents, language: Literal["torch", "python"]) -> str:
    """Return one function for each cell, after the operations that they call."""
    names = function_names(parts.cells)
    functions = [as_function(cell, name) for cell, name in names.items()]
    return "\n\n".join(operation_functions(parts.cells, language) + functions)


def reading(parts: Contents) -> list[str]:
    """Return the lines that say which columns the first nodes copy."""
    comments = (_comment(place, node) for place, node in enumerate(parts.inputs))
    return [
        "# Nodes are numbered in the order of computing. The first ones copy these columns:",
        *(f"# {comment}" for comment in comments),
        f"READ = {list(parts.read)}",
    ]


def node_comments(begin: int, nodes: Iterable[Node]) -> list[str]:
    """Return for each node a comment: its number in the file, and what it is."""
    return [_comment(begin + i, node) for i, node in enumerate(nodes)]


def edge_rows(parts: Contents, with_weights: bool) -> list[str]:
    """Return a line for each edge, target by target: source, target, rows back, and the weight."""
    nodes = dict(enumerate(parts.inputs))
    for group in parts.groups:
        nodes |= dict(enumerate(group.nodes, group.begin))
    lines = []
    before = None
    for (s, t, skip), weight in zip(parts.edges.tolist(), parts.edge_weights, strict=True):
        if t != before:
            lines.append(f"    # into {_comment(t, nodes[t])}")
        before = t
        last = f", {decimal(weight):>13}" if with_weights else ""
        lines.append(f"    ({s:3}, {t:3}, {skip:2}{last}),")
    return lines


def decimal(number: np.float32) -> str:
    """Return the shortest decimal that is this float32."""
    return str(np.float32(number))


def _comment(place: int, node: Node) -> str:
    what = f"{node.kind} node {node.id}" if node.kind == "hidden" else node.kind
    return f"{place}: {what}{' ' + _short(node.name) if node.name else ''}"


def _scalings(names: Iterable[str], scaling: Scaling, unread: Iterable[int] = ()) -> Iterable[str]:
    for i, (name, *numbers) in enumerate(zip(names, scaling.offset, scaling.width, strict=True)):
        offset, width = map(float, numbers)
        yield f"    ({name!r}, {offset!r}, {width!r}),{'  # not read' if i in unread else ''}"


def _short(name: str) -> str:
    text = repr(name)
    return text if len(text) <= LONGEST_COMMENT else f"{text[:LONGEST_COMMENT]}..."
