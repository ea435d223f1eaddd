"""A cell as a readable Python function, for NumPy arrays and PyTorch tensors alike.

The function calls `tanh`, `sigmoid` and `relu`; the module that it is put into defines them.
"""

from __future__ import annotations

from itertools import pairwise

from cellcolony.cells.lower.equations import INPUT, Equations, equations
from cellcolony.cells.lower.infix import Notation, formula
from cellcolony.cells.program import Cell, Expression

LINE_LENGTH = 96

_PYTHON = Notation(
    number=repr,
    weight=str,
    now=str,
    before=lambda name: f"{name}_before",
    call=lambda op, argument: f"{op}({argument})",
    bracket=lambda text: f"({text})",
    times=" * ",
    minus="-",
)


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
        names = ", ".join(parts.weights.values())
        lines.append(f"    {f'({names},)' if len(parts.weights) == 1 else names} = weights")
    lines += _assignments(parts, results)
    returned = ", ".join(results)
    lines.append(f"    return {f'({returned},)' if len(results) == 1 else returned}")
    return "\n".join(lines) + "\n"


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
        if line.name in results and not _varies(line.value):
            right += f" + 0.0 * {INPUT}"  # depends on weights alone, but needs the inputs' shape
        lines += _wrapped(f"    {line.name} = ", right)
    return lines


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


def _varies(value: Expression) -> bool:
    """Say whether a value can change from step to step."""
    seen, stack = set(), [value]
    while stack:
        found = stack.pop()
        if found.op in ("x", "x_sum", "h", "state"):
            return True
        if found not in seen:
            seen.add(found)
            stack.extend(found.args)
    return False
