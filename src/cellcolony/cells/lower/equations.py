"""Cuts a cell into a short list of named equations, as a person would write them.

Gates and candidates are named after their bias (`b_z` makes `z`), memories keep their own names,
and a value that is used twice, or is too long to read, gets a name of its own. Text, LaTeX and
Python source are notations of this list. They also say what x(k) and h(k) are called: weights of a
node, matrices of a layer, or projections that a function is given.
"""

from __future__ import annotations

import keyword
import re
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from cellcolony.cells.formula import SYMBOLS, computed_number, functions_of
from cellcolony.cells.operation import LEAVES, OPERATIONS
from cellcolony.cells.program import Cell, Expression

INPUT, OUTPUT = "x", "y"

LONG_ARGUMENT = 8
"""Values and operations under one function, beyond which it gets a name of its own."""
LONG_FORMULA = 24
"""The same for any formula: what fits on a line."""

_RESERVED = {INPUT, "weights"}


@dataclass(frozen=True)
class Equation:
    """`name = value`, at the present step."""

    name: str
    value: Expression


@dataclass(frozen=True)
class Equations:
    """What a cell computes in one step, operands before what uses them.

    Names are ASCII identifiers, each for one thing.

    Attributes:
        lines: The equations; the last ones set the states and the output.
        values: The name of each value that has one; any other stands where it is used.
        weights: The name of each leaf's weight, as it was asked for unless that is no identifier
            or is taken.
        states: The name of each state, by its name in the cell: the output's if both are the same.
        memories: The names of the states that are not simply the output, in the cell's order.
        output: The name of the output: that of a state that is the same, or what was asked for.
    """

    lines: tuple[Equation, ...]
    values: Mapping[Expression, str]
    weights: Mapping[Expression, str]
    states: Mapping[str, str]
    memories: tuple[str, ...]
    output: str


def of_node(cell: Cell) -> dict[Expression, str]:
    """Name the weights of a node, in the order of `Cell.weights`: w0, u0, and params."""
    return {weight.leaf: weight.name for weight in cell.weights()}


def of_layer(cell: Cell) -> dict[Expression, str]:
    """Name what a dense layer's projections are made by: W0, U0, W for x(), and params."""
    letter = {"x": "W", "h": "U"}
    names = {leaf: f"{letter[leaf.op]}{leaf.value}" for leaf in of_node(cell) if leaf.op in letter}
    return names | dict.fromkeys(cell.leaves("x_sum"), "W") | _params(cell)


def of_projections(cell: Cell) -> dict[Expression, str]:
    """Name projections themselves: x_0, h_0, and params; x() is called as the input is."""
    names = {leaf: f"{leaf.op}_{leaf.value}" for leaf in of_node(cell) if leaf.op != "param"}
    return names | _params(cell)


def _params(cell: Cell) -> dict[Expression, str]:
    return {leaf: str(leaf.value) for leaf in cell.leaves("param")}


def equations(
    cell: Cell,
    leaves: Callable[[Cell], dict[Expression, str]] = of_node,
    output: str = OUTPUT,
    taken: frozenset[str] = frozenset(),
) -> Equations:
    """Cut a cell into named equations.

    Args:
        cell: The cell.
        leaves: Names what leaves are multiplied by, or leaves themselves.
        output: What the output is called unless a state is the same.
        taken: What nothing may be called.
    """
    own_states = cell.own_states()
    cell = _folded(cell)
    names = _Names(functions_of(cell.order()) | taken)
    weights = {leaf: names.claim(name) for leaf, name in leaves(cell).items()}
    own = {state: names.claim(state) for state in own_states}
    others = [state for state in cell.states if state not in own]
    output = names.claim(others[0] if others else output)
    states = own | dict.fromkeys(others, output)
    results = [(name, cell.states[state]) for state, name in own.items()]
    results.append((output, cell.y))
    values: dict[Expression, str] = {}
    for name, value in results:
        if value.op not in LEAVES:
            values.setdefault(value, name)

    lines = [Equation(name, value) for name, value in results if value.op in LEAVES]
    n_uses = Counter(argument for value in cell.order() for argument in value.args)
    size: dict[Expression, int] = {}
    for value in cell.order():
        size[value] = 1 + sum(1 if a in values else size[a] for a in value.args)
        if value not in values and _deserves_a_name(value, n_uses[value], size[value], values):
            values[value] = names.claim(*_suggestion(value, values, set(states.values())))
        if value in values:
            lines.append(Equation(values[value], value))
    # What is the same as another result has no line yet.
    lines += [Equation(name, v) for name, v in results if v in values and values[v] != name]
    return Equations(tuple(lines), values, weights, states, tuple(own.values()), output)


class _Names:
    """The identifiers that are in use."""

    def __init__(self, functions: set[str]) -> None:
        self._taken = _RESERVED | functions

    def claim(self, wanted: str, numbered: bool = False) -> str:
        """Return a name that is not in use yet, with a number if need be, or if `numbered`."""
        wanted = re.sub(r"[^A-Za-z0-9_]", "_", wanted)
        if not wanted.isidentifier() or keyword.iskeyword(wanted):
            wanted = f"v_{wanted}"
        name, number = (f"{wanted}1", 1) if numbered else (wanted, 1)
        while name in self._taken or f"{name}_before" in self._taken:
            number += 1
            name = f"{wanted}{number}"
        self._taken |= {name, f"{name}_before"}
        return name


def _folded(cell: Cell) -> Cell:
    """Return the cell with each operation on constants replaced by its result."""
    folded: dict[Expression, Expression] = {}
    for value in cell.order():
        args = tuple(folded[a] for a in value.args)
        if args and all(a.op == "const" for a in args):
            numbers = (float(a.value or 0) for a in args)
            folded[value] = Expression("const", value=computed_number(value.op, *numbers))
        elif any(new is not old for new, old in zip(args, value.args, strict=True)):
            folded[value] = replace(value, args=args)
        else:
            folded[value] = value
    states = {name: folded[value] for name, value in cell.states.items()}
    return Cell(y=folded[cell.y], states=states, name=cell.name)


def _deserves_a_name(
    value: Expression, n_uses: int, size: int, values: Mapping[Expression, str]
) -> bool:
    if value.op in LEAVES:
        return False
    if _bias(value, values) is not None:
        return True
    if OPERATIONS[value.op].is_gate and not _is_atom(value.args[0], values):
        return True
    if n_uses > 1 and not _is_complement(value, values):
        return True
    return size > (LONG_FORMULA if value.op in SYMBOLS else LONG_ARGUMENT)


def _suggestion(
    value: Expression, values: Mapping[Expression, str], states: set[str]
) -> tuple[str, bool]:
    """Return a name, and whether it is one of several, to be numbered from 1."""
    letter = "v" if value.op in SYMBOLS else "g" if OPERATIONS[value.op].is_gate else "a"
    label = _bias(value, values)
    if label is not None and label.isdigit():
        return f"{letter}{label}", False
    if label is not None:
        return (f"{label}_tilde" if label in states else label), False
    projections = {leaf.value for leaf in _terms(value, values) if leaf.op in ("x", "h")}
    if value.op in SYMBOLS and len(projections) == 1:
        return f"z{projections.pop()}", False  # the z_k of From Nodes to Networks
    return letter, True


def _bias(value: Expression, values: Mapping[Expression, str]) -> str | None:
    """Return `z` where the first operand of a function is a sum with a param `b_z`."""
    if value.op in SYMBOLS:
        return None
    for term in _terms(value.args[0], values):
        if term.op == "param" and str(term.value).startswith("b_"):
            return str(term.value)[2:] or None
    return None


def _terms(value: Expression, values: Mapping[Expression, str]) -> list[Expression]:
    """Return what a sum adds up and takes away."""
    terms, stack = [], [value]
    while stack:
        term = stack.pop()
        is_sum = term.op in ("add", "sub") and (term is value or term not in values)
        if is_sum:
            stack.extend(reversed(term.args))
        else:
            terms.append(term)
    return terms


def _is_atom(value: Expression, values: Mapping[Expression, str]) -> bool:
    return value.op in LEAVES or value in values


def _is_complement(value: Expression, values: Mapping[Expression, str]) -> bool:
    """Say whether a value is as short as 1 - z, so that a name would not make it shorter."""
    has_constant = any(a.op == "const" for a in value.args)
    return value.op in SYMBOLS and has_constant and all(_is_atom(a, values) for a in value.args)
