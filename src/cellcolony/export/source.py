"""Fills the templates of source code, and names what they show.

Names of columns and cells are foreign text: they enter source code through `repr`, or as letters
and digits alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from cellcolony import __version__
from cellcolony.cells.formula import functions_of, python_functions
from cellcolony.cells.lower import templates
from cellcolony.cells.lower.python import as_function, weight_names
from cellcolony.cells.named_trees import identifier
from cellcolony.cells.program import Cell
from cellcolony.export.contents import Contents
from cellcolony.networks.genome import Node
from cellcolony.tasks.findings import shown
from cellcolony.tasks.steps import told
from cellcolony.wording import count

LONGEST_COMMENT = 60
"""Characters of a name in a comment."""
PRODUCER = f"cellcolony {__version__}"
ORIGIN = f"Written by {PRODUCER}"
Language = Literal["torch", "python"]


def filled(template: str, name: str = "model", **values: Any) -> str:
    """Return source code by a template of `templates/`.

    Args:
        template: Its name, without `.py.jinja`.
        name: The name of the file; one that cannot be imported stands as an example.
        **values: What it shows.
    """
    module = name if name.isascii() and name.isidentifier() else "model"
    given = {"origin": ORIGIN, "comment": comment, "cut": cut, "weight_names": weight_names}
    given["shown"] = shown
    return templates.filled("cellcolony.export", template, module=module, **given, **values)


def cut(place: slice) -> str:
    """Return a slice as it stands between brackets."""
    return f"{place.start}:{place.stop}"


def network_source(parts: Contents, name: str, language: Language, **values: Any) -> str:
    """Return the source of a file that computes a network.

    Args:
        parts: The network.
        name: What the file is called.
        language: What cells compute with; it names the template.
        **values: What else the template shows.
    """
    names = function_names(parts.cells)
    functions = [as_function(cell, function) for cell, function in names.items()]
    transform = parts.transform
    ahead = told(transform.horizon, transform.first)
    return filled(
        f"network_{language}",
        name,
        summary=(
            f"Forecasts {count(len(transform.targets), 'column')}, {ahead} ahead: a recurrent "
            f"network of {len(parts.nodes)} nodes and {parts.n_weights:,} weights."
        ),
        parts=parts,
        transform=transform,
        of_target=[transform.targets.index(one) for one in transform.of_outputs],
        names=names,
        functions="\n\n".join([*operation_functions(parts.cells, language), *functions]),
        **values,
    )


def function_names(cells: Sequence[Cell]) -> dict[Cell, str]:
    """Return a name for the function of each cell, each another."""
    names: dict[Cell, str] = {}
    for cell in cells:
        name = f"cell_{identifier(cell.name)}"
        while name in names.values():
            name += "_"
        names[cell] = name
    return names


def operation_functions(cells: Iterable[Cell], language: Language) -> list[str]:
    """Return the definitions of the operations that functions of cells call, at most one part."""
    called = set().union(*(functions_of(cell.order()) for cell in cells))
    return [python_functions(called, language)] if called else []


def comment(place: int, node: Node) -> str:
    """Return what a comment says of a node."""
    what = f"{node.kind} node {node.id}" if node.kind == "hidden" else node.kind
    return f"{place}: {what}{' ' + _short(node.name) if node.name else ''}"


def _short(name: str) -> str:
    text = repr(name)
    return text if len(text) <= LONGEST_COMMENT else f"{text[:LONGEST_COMMENT]}..."
