"""A cell as flat lists of elementary operations, forward and reverse, for units of a dense layer.

An instruction works on registers, each a chunk of many units' numbers side by side, and on rows of
arrays, the `Array`s. One compiled function runs every list (`chunk_kernels.py`), so that a cell
which has never been seen before needs no compiler.

The reverse list computes the cell's interior again from what its leaves were, instead of reading it
from a tape: arithmetic on chunks in the cache costs less than memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from typing import NamedTuple

from cellcolony.cells.formula import OPERANDS, ZERO, A, D, Y, expanded, functions_of, gradient
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cells.program import Cell, Expression, in_order


class Code(IntEnum):
    """What an instruction does; r is its own register. Codes above are those of `computing`."""

    LOAD = 0  # r = array a, from place b of each row
    STORE = 1  # array a, from place b of each row = r
    ACCUMULATE = 2  # array a, from place b of its only row, += the sum of r over rows
    NUMBER = 3  # r = constant number a
    NEGATE = 4


class Computing(NamedTuple):
    """What an instruction computes: r = a formula of registers a and b.

    Attributes:
        formula: The formula, by elementary operations.
        operands: The leaves of it that stand for the registers, one or two.
    """

    formula: Expression
    operands: tuple[Expression, ...]


@cache
def computing() -> Mapping[int, Computing]:
    """Return by code what instructions compute.

    There is a code for each elementary operation, and one for each gradient by a single operand
    that is several steps of arithmetic: one pass over the registers is faster than several.
    """
    names = [op for op in OPERATIONS.own_names() if OPERATIONS[op].elementary]
    known = [Computing(0.0 - A, (A,))]
    for op in names:
        operands = OPERANDS[: OPERATIONS[op].arity]
        known.append(Computing(Expression(op, operands), operands))
    for op in names:
        if OPERATIONS[op].arity == 1:
            (formula,) = gradient(op)
            assert formula is not None
            leaves = in_order([formula])
            if len(leaves) > 3 and functions_of(leaves) == set():
                operands = tuple(leaf for leaf in (D, Y, A) if leaf in leaves)
                known.append(Computing(formula, operands))
    return dict(enumerate(known, Code.NEGATE))


@cache
def _codes() -> dict[Expression, int]:
    return {known.formula: code for code, known in computing().items()}


def _code(op: str) -> int:
    """Return the code of an elementary operation."""
    return _codes()[Expression(op, OPERANDS[: OPERATIONS[op].arity])]


class Array(IntEnum):
    """What lists read and write: one row for each member of the batch; of params, one in all."""

    PARAMS = 0
    MASK = 1  # of dropout, on what h(k) sees of the output
    PROJECTIONS = 2
    MEMORY = 3  # the states that are not simply the output, after the step before
    OUTPUT_BEFORE = 4
    NEXT_MEMORY = 5
    OUTPUT = 6
    SEEN_OUTPUT = 7  # the output times the mask
    D_PARAMS = 8
    D_PROJECTIONS = 9  # may be the same memory as PROJECTIONS: it is written after that is read
    D_MEMORY = 10  # by the memory after the step; replaced by that before it
    D_OUTPUT = 11
    D_SEEN_OUTPUT = 12
    D_OUTPUT_BEFORE = 13  # what states that are the output carry back; replaced as D_MEMORY is


UNUSED = -1
"""An operand that an instruction does not have."""

_WITHOUT_RESULT = (Code.STORE, Code.ACCUMULATE)
_WITHOUT_OPERANDS = (Code.LOAD, Code.NUMBER)


@dataclass(frozen=True)
class Places:
    """Where the units of one cell stand in the rows of arrays.

    Attributes:
        output: Of the outputs.
        projections: Of each projection: a leaf, or a sum of two (see `projections.py`).
        memory: Of each state that is not simply the output, by name.
        params: Of each param, by name.
    """

    output: int
    projections: Mapping[Expression, int]
    memory: Mapping[str, int]
    params: Mapping[str, int]


class Instruction(NamedTuple):
    """One instruction; `a` and `b` mean what `Code` and `computing` say."""

    code: int
    register: int
    a: int
    b: int


class Instructions(NamedTuple):
    """A list that can be run.

    Attributes:
        lines: The instructions.
        constants: The numbers that `NUMBER` refers to.
        n_registers: How many registers they need.
    """

    lines: tuple[Instruction, ...]
    constants: tuple[float, ...]
    n_registers: int


def forward(cell: Cell, places: Places, masked: bool) -> Instructions:
    """Return what computes one step: from projections and memory to output and next memory.

    Args:
        cell: The cell.
        places: Where its units stand.
        masked: Whether h(k) sees the output through a mask; if not, `SEEN_OUTPUT` is not written.
    """
    lines, inner = _Lines(), expanded(cell)
    value = _interior(inner, places, lines)
    y = value[inner.y]
    lines.store(Code.STORE, y, Array.OUTPUT, places.output)
    if masked:
        mask = lines.load(Array.MASK, places.output)
        lines.store(Code.STORE, lines.add(_code("mul"), y, mask), Array.SEEN_OUTPUT, places.output)
    for name, place in places.memory.items():
        lines.store(Code.STORE, value[inner.states[name]], Array.NEXT_MEMORY, place)
    return lines.assembled()


def reverse(cell: Cell, places: Places, masked: bool) -> Instructions:
    """Return what takes one step's gradient back: from output and next memory to projections.

    Args:
        cell: The cell.
        places: Where its units stand.
        masked: Whether h(k) saw the output through a mask.
    """
    lines, inner = _Lines(), expanded(cell)
    value = _interior(inner, places, lines)
    adjoints = _Adjoints(lines)
    adjoints.add(inner.y, lines.load(Array.D_OUTPUT, places.output))
    seen = lines.load(Array.D_SEEN_OUTPUT, places.output)
    if masked:
        seen = lines.add(_code("mul"), seen, lines.load(Array.MASK, places.output))
    adjoints.add(inner.y, seen)
    carries_output = any(leaf.value not in places.memory for leaf in cell.leaves("state"))
    if carries_output:
        adjoints.add(inner.y, lines.load(Array.D_OUTPUT_BEFORE, places.output))
    for name, place in places.memory.items():
        adjoints.add(inner.states[name], lines.load(Array.D_MEMORY, place))
    for e in reversed(inner.order()):
        if e in adjoints.of and e not in places.projections:
            _spread(e, value, adjoints)
    _store_adjoints_of_leaves(cell, places, adjoints, lines)
    return lines.assembled()


def _interior(cell: Cell, places: Places, lines: _Lines) -> dict[Expression, int]:
    """Compute every value of a cell of elementary operations; returns each one's number."""
    value: dict[Expression, int] = {}
    for e in cell.order():
        if e in places.projections:
            value[e] = lines.load(Array.PROJECTIONS, places.projections[e])
        elif e.op == "state" and e.value in places.memory:
            value[e] = lines.load(Array.MEMORY, places.memory[str(e.value)])
        elif e.op == "state":
            value[e] = lines.load(Array.OUTPUT_BEFORE, places.output)
        elif e.op == "param":
            value[e] = lines.load(Array.PARAMS, places.params[str(e.value)])
        elif e.op == "const":
            value[e] = lines.number(float(e.value or 0))
        elif e.args:
            value[e] = lines.add(_code(e.op), *(value[a] for a in e.args))
        else:
            value[e] = UNUSED  # a projection that is read only within a sum of two
    return value


def _spread(e: Expression, value: Mapping[Expression, int], adjoints: _Adjoints) -> None:
    """Add to the adjoints of an operation's operands."""
    known = {D: adjoints.of[e], Y: value[e]}
    known |= dict(zip(OPERANDS, (value[a] for a in e.args), strict=False))
    for operand, part in zip(e.args, gradient(e.op) if e.args else (), strict=True):
        if part is None or operand.op == "const":
            continue
        if part.op == "sub" and part.args[0] == ZERO:
            adjoints.subtract(operand, _computed(part.args[1], known, adjoints.lines))
        else:
            adjoints.add(operand, _computed(part, known, adjoints.lines))


def _computed(e: Expression, known: Mapping[Expression, int], lines: _Lines) -> int:
    """Write the instructions that compute a gradient; returns the number of the result."""
    if e in known:
        return known[e]
    if e in _codes():
        code = _codes()[e]
        return lines.add(code, *(known[leaf] for leaf in computing()[code].operands))
    if e.op == "const":
        return lines.number(float(e.value or 0))
    return lines.add(_code(e.op), *(_computed(arg, known, lines) for arg in e.args))


def _store_adjoints_of_leaves(
    cell: Cell, places: Places, adjoints: _Adjoints, lines: _Lines
) -> None:
    carried: int | None = None
    for e in cell.order():
        if e.args and e not in places.projections:
            continue
        d = adjoints.of.get(e)
        if e in places.projections:
            lines.store(Code.STORE, _or_zero(d, lines), Array.D_PROJECTIONS, places.projections[e])
        elif e.op == "param" and d is not None:
            lines.store(Code.ACCUMULATE, d, Array.D_PARAMS, places.params[str(e.value)])
        elif e.op == "state" and e.value in places.memory:
            place = places.memory[str(e.value)]
            lines.store(Code.STORE, _or_zero(d, lines), Array.D_MEMORY, place)
        elif e.op == "state":
            d = _or_zero(d, lines)
            carried = d if carried is None else lines.add(_code("add"), carried, d)
    if carried is not None:
        lines.store(Code.STORE, carried, Array.D_OUTPUT_BEFORE, places.output)


def _or_zero(d: int | None, lines: _Lines) -> int:
    """Return 0 for the derivative by what a value does not depend on, a condition for instance."""
    return lines.number(0.0) if d is None else d


class _Line(NamedTuple):
    """An instruction whose operands are the numbers of earlier lines."""

    code: int
    a: int
    b: int = UNUSED
    stored: int = UNUSED

    def operands(self) -> tuple[int, ...]:
        """Return the numbers of the lines whose results it needs."""
        if self.code in _WITHOUT_OPERANDS:
            return ()
        if self.code in _WITHOUT_RESULT:
            return (self.stored,)
        return (self.a,) if self.b == UNUSED else (self.a, self.b)


class _Lines:
    """Lines that are being written; the same line twice is one."""

    def __init__(self) -> None:
        self._lines: dict[_Line, int] = {}
        self._constants: dict[float, int] = {}

    def add(self, code: int, a: int, b: int = UNUSED) -> int:
        return self._number(_Line(code, a, b))

    def load(self, array: Array, place: int) -> int:
        return self._number(_Line(Code.LOAD, array, place))

    def number(self, number: float) -> int:
        known = self._constants.setdefault(number, len(self._constants))
        return self._number(_Line(Code.NUMBER, known))

    def store(self, code: Code, stored: int, array: Array, place: int) -> None:
        self._number(_Line(code, array, place, stored))

    def _number(self, line: _Line) -> int:
        return self._lines.setdefault(line, len(self._lines))

    def assembled(self) -> Instructions:
        """Leave out what no store needs, and give every result a register until its last use."""
        lines = tuple(self._lines)
        needed = _needed(lines)
        last_use = {operand: n for n in needed for operand in lines[n].operands()}
        register: dict[int, int] = {}
        free: list[int] = []
        n_registers = 0
        instructions = []
        for n in needed:
            line = lines[n]
            operands = line.operands()
            sources = [register[operand] for operand in operands]
            free += sorted({register[o] for o in operands if last_use[o] == n}, reverse=True)
            if line.code in _WITHOUT_RESULT:
                instructions.append(Instruction(line.code, sources[0], line.a, line.b))
                continue
            if not free:
                free.append(n_registers)
                n_registers += 1
            register[n] = free.pop()
            a, b = (*sources, UNUSED)[:2] if operands else (line.a, line.b)
            instructions.append(Instruction(line.code, register[n], a, b))
        return Instructions(tuple(instructions), tuple(self._constants), n_registers)


def _needed(lines: tuple[_Line, ...]) -> list[int]:
    needed: set[int] = set()
    for n in range(len(lines) - 1, -1, -1):
        if lines[n].code in _WITHOUT_RESULT or n in needed:
            needed |= {n, *lines[n].operands()}
    return sorted(needed)


class _Adjoints:
    """The gradient of a loss by each value, as far as it has been added up."""

    def __init__(self, lines: _Lines) -> None:
        self.lines = lines
        self.of: dict[Expression, int] = {}

    def add(self, e: Expression, term: int) -> None:
        if e.op != "const":
            known = self.of.get(e)
            self.of[e] = term if known is None else self.lines.add(_code("add"), known, term)

    def subtract(self, e: Expression, term: int) -> None:
        if e.op != "const":
            known = self.of.get(e)
            if known is None:
                self.of[e] = self.lines.add(Code.NEGATE, term)
            else:
                self.of[e] = self.lines.add(_code("sub"), known, term)
