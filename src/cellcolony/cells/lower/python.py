"""A cell as a readable Python function, for NumPy arrays and PyTorch tensors alike.

The function calls operations such as `tanh` by their names; the module that it is put into defines
them, by `cells.formula.python_functions`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

from cellcolony.cells.lower.equations import INPUT, Equations, equations, of_projections
from cellcolony.cells.lower.infix import Notation, formula
from cellcolony.cells.program import Cell, Expression

LINE_LENGTH = 96

_PYTHON = Notation(
    number=repr,
    weight=str,
    now=str,
    before=lambda name: f"{name}_before",
    call=lambda op, args: f"{op}({', '.join(args)})",
    bracket=lambda text: f"({text})",
    times=" * ",
    scale=" * ",
    minus="-",
)

_FROM_PROJECTIONS = replace(_PYTHON, project=lambda name, projected, alone: name)


def as_function(cell: Cell, name: str) -> str:
    """Return the source of a function that computes one step.

    It takes `weights`, the rows of which are those of `Cell.weights`; `x`, the summed weighted
    inputs; the outputs of the step before; and after them the memories of the step before, one
    argument each. It returns a tuple: the outputs, and each memory's next value.

    Args:
        cell: The cell.
        name: What the function is called.
    """
    parts = equations(cell)
    results = (parts.output, *parts.memories)
    befores = ", ".join(f"{result}_before" for result in results)
    lines = [f"def {name}(weights, {INPUT}, {befores}):"]
    if parts.weights:
        lines.append(f"    {_tuple(tuple(parts.weights.values()))} = weights")
    lines += _assignments(parts, results)
    lines.append(f"    return {_tuple(results)}")
    return "\n".join(lines) + "\n"


@dataclass(frozen=True)
class LayerFunction:
    """A function that computes one step of the units of a dense layer.

    It returns a tuple: the outputs, and the next value of each of `Cell.own_states`. A result that
    depends on params alone has their shape, or is a number.

    Attributes:
        source: Its text.
        arguments: What each leaf is called among its arguments, in their order: projections,
            params, states of the step before. States that are simply the output are one.
        results: What the results are called.
    """

    source: str
    arguments: Mapping[Expression, str]
    results: tuple[str, ...]


def as_layer_function(cell: Cell, name: str) -> LayerFunction:
    """Return a function that computes one step from projections: x_0 for x(0), h_0 for h(0).

    Args:
        cell: The cell.
        name: What the function is called.
    """
    parts = equations(cell, of_projections)
    results = (parts.output, *parts.memories)
    arguments = dict.fromkeys(cell.leaves("x_sum"), INPUT) | dict(parts.weights)
    for leaf in cell.leaves("state"):
        arguments[leaf] = f"{parts.states[str(leaf.value)]}_before"
    lines = [*_wrapped_arguments(f"def {name}(", dict.fromkeys(arguments.values()))]
    for line in parts.lines:
        lines += _wrapped(f"    {line.name} = ", formula(line, parts, _FROM_PROJECTIONS))
    lines.append(f"    return {_tuple(results)}")
    return LayerFunction("\n".join(lines) + "\n", arguments, results)


def weight_names(cell: Cell) -> tuple[str, ...]:
    """Return what the function calls its weights, in the order of `Cell.weights`."""
    return tuple(equations(cell).weights.values())


def has_memory(cell: Cell) -> bool:
    """Say whether a step depends on the step before; if not, all steps can be computed at once."""
    return bool(cell.own_states()) or cell.reads_own_output()


def _assignments(parts: Equations, results: tuple[str, ...]) -> list[str]:
    lines = []
    for line in parts.lines:
        right = formula(line, parts, _PYTHON)
        if line.name in results and not varies(line.value):
            right += f" + 0.0 * {INPUT}"  # depends on weights alone, but needs the inputs' shape
        lines += _wrapped(f"    {line.name} = ", right)
    return lines


def _tuple(names: tuple[str, ...]) -> str:
    return f"({names[0]},)" if len(names) == 1 else ", ".join(names)


def _wrapped_arguments(begin: str, names: Iterable[str]) -> list[str]:
    """Return the head of a function, broken where it is too long for a line."""
    lines = [""]
    for name in names:
        if len(f"{begin}{lines[-1]}{name}):") > LINE_LENGTH:
            lines.append("")
        lines[-1] += f"{', ' if lines[-1] else ''}{name}"
    return [begin + (",\n" + " " * len(begin)).join(lines) + "):"]


def _wrapped(begin: str, right: str) -> list[str]:
    """Break a long formula before the plus and minus signs of its outermost sum."""
    if len(begin + right) <= LINE_LENGTH:
        return [begin + right]
    lines = [""]
    for term in _outermost_terms(right):
        if lines[-1] and len(lines[-1] + term) > LINE_LENGTH - 8:
            lines.append("")
        lines[-1] += term if lines[-1] else term.lstrip()
    return [f"{begin}(", *("        " + line for line in lines), "    )"]


def _outermost_terms(text: str) -> list[str]:
    depth, signs = 0, []
    for at, letter in enumerate(text):
        depth += {"(": 1, ")": -1}.get(letter, 0)
        if text[at : at + 3] in (" + ", " - "):
            signs.append((depth, at))
    outermost = min(signs, default=(0, 0))[0]
    cuts = [0, *(at for depth, at in signs if depth == outermost), len(text)]
    return [text[begin:end] for begin, end in pairwise(cuts)]


def varies(value: Expression) -> bool:
    """Say whether a value can change from step to step; if not, it has the shape of a weight."""
    seen, stack = set(), [value]
    while stack:
        found = stack.pop()
        if found.op in ("x", "x_sum", "h", "state"):
            return True
        if found not in seen:
            seen.add(found)
            stack.extend(found.args)
    return False
