"""Formulas of operations: taken apart into elementary operations, computed, and written as source.

A formula is an expression of the leaves `A`, `B` and `C`, the operands; a gradient is one of these,
of the result `Y`, and of `D`, the derivative of a loss by the result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from functools import cache
from typing import Any, Literal

import numpy as np

from cellcolony.cells.operation import CALL, LEAVES, OPERATIONS, SUM, Elementary, Operation, filled
from cellcolony.cells.program import Cell, Expression, in_order, param
from cellcolony.errors import ConfigError

OPERANDS = A, B, C = param("a"), param("b"), param("c")
D, Y = param("d"), param("y")
ZERO, ONE = Expression("const", value=0.0), Expression("const", value=1.0)

SYMBOLS = ("add", "sub", "mul")
"""Operations that formulas write with the symbols of arithmetic in every notation."""


def elementary(op: str) -> Elementary:
    """Return what the lowerings know of an elementary operation."""
    form = OPERATIONS[op].elementary
    assert form is not None, op
    return form


def expanded(cell: Cell) -> Cell:
    """Return the cell with every operation that is a formula replaced by elementary ones."""
    if all(e.op in LEAVES or OPERATIONS[e.op].elementary for e in cell.order()):
        return cell
    made = _replaced(cell.order(), {})
    states = {name: made[value] for name, value in cell.states.items()}
    return Cell(y=made[cell.y], states=states, name=cell.name)


@cache
def definition(operation: Operation) -> Expression:
    """Return an operation's value as an expression of `OPERANDS` by elementary operations.

    Raises:
        ConfigError: The formula is no expression, has leaves of its own, or contains itself.
    """
    operands = OPERANDS[: operation.arity]
    if operation.value is None:
        return Expression(operation.name, operands)
    value = operation.value(*operands)
    if not isinstance(value, Expression):
        raise ConfigError(f"The formula of the operation {operation.name!r} is no expression.")
    order = in_order([value])
    if any(e.op in LEAVES and e.op != "const" and e not in operands for e in order):
        raise ConfigError(
            f"The formula of the operation {operation.name!r} must be made of its operands and of "
            f"numbers alone."
        )
    try:
        return _replaced(order, {})[value]
    except RecursionError:
        raise ConfigError(f"The formula of the operation {operation.name!r} contains it.") from None


def _replaced(
    order: Iterable[Expression], made: dict[Expression, Expression]
) -> dict[Expression, Expression]:
    """Return what each expression becomes; `order` has operands before what uses them."""
    for e in order:
        if e in made:
            continue
        args = tuple(made[a] for a in e.args)
        if not args:
            made[e] = e
        elif OPERATIONS[e.op].elementary:
            made[e] = replace(e, args=args)
        else:
            formula = definition(OPERATIONS[e.op])
            operands: dict[Expression, Expression] = dict(zip(OPERANDS, args, strict=False))
            made[e] = _replaced(in_order([formula]), operands)[formula]
    return made


def computed(op: str, *operands: Any) -> Any:
    """Compute an operation for arrays or numbers by NumPy, warnings of NumPy included."""
    formula = definition(OPERATIONS[op])
    value: dict[Expression, Any] = dict(zip(OPERANDS, operands, strict=False))
    for e in in_order([formula]):
        if e.op == "const":
            value[e] = e.value
        elif e.args:
            value[e] = elementary(e.op).numpy(*(value[a] for a in e.args))
    return value[formula]


def computed_number(op: str, *operands: float) -> float:
    """Compute an operation for numbers; what is out of range is infinite, or not a number."""
    with np.errstate(all="ignore"):
        return float(computed(op, *map(np.float64, operands)))


@cache
def gradient(op: str) -> tuple[Expression | None, ...]:
    """Return the derivative by each operand of an elementary operation, by elementary ones."""
    parts = elementary(op).gradient(D, Y, *OPERANDS[: OPERATIONS[op].arity])
    return tuple(None if part is None else _replaced(in_order([part]), {})[part] for part in parts)


def written(
    e: Expression,
    names: Mapping[Expression, str],
    form_of: Callable[[str], str],
    number: Callable[[float], str],
    binds: int = SUM,
) -> str:
    """Return an expression by elementary operations as one line of source code.

    Args:
        e: The expression.
        names: What its leaves are called.
        form_of: Returns the form of an operation, by its name.
        number: Writes a constant.
        binds: What stands around it: brackets are added where it binds less tightly.
    """
    if e in names:
        return names[e]
    if e.op == "const":
        return number(float(e.value or 0))
    mine = elementary(e.op).binds
    places = (SUM, SUM) if mine == CALL else (mine, mine + 1)
    args = (
        written(arg, names, form_of, number, place)
        for arg, place in zip(e.args, places, strict=False)
    )
    text = filled(form_of(e.op), *args)
    return f"({text})" if mine < binds else text


def functions_of(values: Iterable[Expression]) -> set[str]:
    """Return the names of the operations that Python source calls as functions."""
    return {e.op for e in values} - {*LEAVES, *SYMBOLS}


def python_functions(ops: Iterable[str], language: Literal["torch", "python"]) -> str:
    """Return Python source that defines operations as functions of their names, and what they need.

    Args:
        ops: The operations' names.
        language: "torch" for tensors, "python" for floats.
    """
    needed = set(ops)
    for op in tuple(needed):
        needed |= functions_of(in_order([definition(OPERATIONS[op])]))
    aliases, functions = [], []
    for op in sorted(needed):
        operation = OPERATIONS[op]
        arguments = ("value", "other", "third")[: operation.arity]
        inside = ", ".join(arguments)
        if operation.elementary:
            text = filled(getattr(operation.elementary, language), *arguments)
        else:
            names = dict(zip(OPERANDS, arguments, strict=False))
            text = written(definition(operation), names, _python_form, repr)
        called = text.removesuffix(f"({inside})")
        if called != text and called.replace(".", "").isidentifier():
            aliases.append(f"{op} = {called}\n")
        else:
            functions.append(f"def {op}({inside}):\n    return {text}\n")
    return "\n\n".join((["".join(aliases)] if aliases else []) + functions)


def _python_form(op: str) -> str:
    if op in SYMBOLS:
        return elementary(op).python
    return f"{op}({', '.join(('{a}', '{b}', '{c}')[: OPERATIONS[op].arity])})"
