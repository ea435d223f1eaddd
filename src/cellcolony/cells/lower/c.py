"""A cell as a C function for one node, in float32 and C99, with nothing but arithmetic.

The function calls operations as `tanh_of`: C itself knows `tanh`. The file that it is put into
defines them, by `c_functions`, and before them `hyperbolic_tangent`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

import numpy as np

from cellcolony.cells.formula import (
    OPERANDS,
    SYMBOLS,
    definition,
    elementary,
    expanded,
    functions_of,
    written,
)
from cellcolony.cells.lower.equations import INPUT, equations
from cellcolony.cells.lower.infix import Notation, formula
from cellcolony.cells.operation import OPERATIONS, filled
from cellcolony.cells.program import Cell, in_order

KEYWORDS = frozenset(
    re.findall(
        r"\w+",
        """
        auto break case char const continue default do double else enum extern float for goto if
        inline int long register restrict return short signed sizeof static struct switch typedef
        union unsigned void volatile while asm bool true false nullptr NULL memory
        """,
    )
)
"""What no value of a cell may be called: words of C, and what the function itself uses."""

LIBRARY = frozenset({"exp", "log", "sqrt", "sin", "cos"})
"""Operations that need `math.h`."""

BEFORE = "before"
"""The output of the step before, among the arguments of a cell's function."""

_TANH = 12
"""Products and a quotient of the rational tanh."""
_COSTS = {"mul": 1, "div": 1, "x": 1, "h": 1, "tanh": _TANH, "sigmoid": _TANH + 2}


def number(value: float) -> str:
    """Return a number as a float32 constant."""
    with np.errstate(over="ignore"):
        rounded = np.float32(value)
    if not np.isfinite(rounded):
        sign = "-" if rounded < 0 else ""
        return "(0.0f / 0.0f)" if np.isnan(rounded) else f"({sign}1.0f / 0.0f)"
    return f"{rounded!s}f"


_C = Notation(
    number=number,
    weight=str,
    now=str,
    before=lambda name: f"{name}_before",
    call=lambda op, args: f"{op}_of({', '.join(args)})",
    bracket=lambda text: f"({text})",
    times=" * ",
    scale=" * ",
    minus="-",
)


def as_c_function(cell: Cell, name: str) -> str:
    """Return a function that computes one step of a node, and returns its output.

    Its arguments are `weights`, those of `Cell.weights` in their order; `x`, the summed weighted
    inputs; the output of the step before; and `memory`, that of `Cell.own_states`, which it
    replaces by what follows. It has those that the cell needs: see `c_arguments`.

    Args:
        cell: The cell.
        name: What the function is called.
    """
    taken = KEYWORDS | {f"{op}_of" for op in functions_of(cell.order())}
    parts = equations(cell, taken=taken)
    lines = [(line.name, formula(line, parts, _C)) for line in parts.lines]
    read = set(re.findall(r"\w+", " ".join(right for _, right in lines)))
    before = f"{parts.output}_before"
    arguments = [text.replace(BEFORE, before) for text in c_arguments(cell).values()]
    loaded = [(w, f"weights[{k}]") for k, w in enumerate(parts.weights.values())]
    loaded += [(f"{one}_before", f"memory[{k}]") for k, one in enumerate(parts.memories)]
    lines = [*((one, place) for one, place in loaded if one in read), *lines]
    return "\n".join(
        (
            f"static float {name}({', '.join(arguments) or 'void'})",
            "{",
            *(f"    const float {one} = {right};" for one, right in lines),
            *(f"    memory[{k}] = {one};" for k, one in enumerate(parts.memories)),
            f"    return {parts.output};",
            "}\n",
        )
    )


def c_arguments(cell: Cell, kept: str = "float", computed: str = "float") -> dict[str, str]:
    """Return the arguments of a cell's function: what is given, and how it is declared.

    Args:
        cell: The cell.
        kept: The type of weights and memories.
        computed: The type of what is computed with.
    """
    arguments = {}
    if cell.weights():
        arguments["weights"] = f"const {kept} *weights"
    if cell.leaves("x") or cell.leaves("x_sum"):
        arguments[INPUT] = f"{computed} {INPUT}"
    if cell.reads_own_output():
        arguments[BEFORE] = f"{computed} {BEFORE}"
    if cell.own_states():
        arguments["memory"] = f"{kept} *memory"
    return arguments


def c_functions(cells: Iterable[Cell]) -> list[str]:
    """Return the definitions of the operations that functions of cells call, in an order for C."""
    needed: set[str] = set().union(*(functions_of(cell.order()) for cell in cells))
    for op in tuple(needed):
        needed |= functions_of(in_order([definition(OPERATIONS[op])]))
    order = sorted(needed, key=lambda op: (OPERATIONS[op].elementary is None, op))
    return [_function(op) for op in order]


def elementary_operations(cells: Iterable[Cell]) -> set[str]:
    """Return the names of all elementary operations that cells come down to."""
    return {e.op for cell in cells for e in expanded(cell).order() if e.args}


def n_multiplications(cell: Cell) -> int:
    """Return how many products and quotients a step of a node takes, with the rational tanh."""
    return sum(_COSTS.get(e.op, 0) for e in expanded(cell).order())


def _function(op: str) -> str:
    operation = OPERATIONS[op]
    names = ("value", "other")[: operation.arity]
    if operation.elementary:
        text = filled(operation.elementary.c, *names)
    else:
        text = written(
            definition(operation), dict(zip(OPERANDS, names, strict=False)), _form, number
        )
    arguments = ", ".join(f"float {name}" for name in names)
    return f"static float {op}_of({arguments})\n{{\n    return {text};\n}}\n"


def _form(op: str) -> str:
    if op in SYMBOLS:
        return elementary(op).c
    return f"{op}_of({{a}})" if OPERATIONS[op].arity == 1 else f"{op}_of({{a}}, {{b}})"
