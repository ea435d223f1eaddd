"""Writes formulas as text, LaTeX or Python, without brackets that are not needed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import prod

from cellcolony.cells.formula import SYMBOLS
from cellcolony.cells.lower.equations import INPUT, Equation, Equations
from cellcolony.cells.program import Expression


@dataclass(frozen=True)
class Notation:
    """How the parts of a formula are written.

    Attributes:
        number: A constant, not negative.
        weight: A weight, by its name.
        now: A value of the present step, by its name.
        before: A value of the step before.
        call: An operation that has no symbol, by its name, and its operands.
        bracket: A sum that is a factor.
        times: Stands between factors.
        scale: Stands between a number and other factors.
        minus: The sign; a space on both sides is added where it stands between terms.
        power: A factor and how often it stands in a product; None to repeat it.
        project: A projection, by the names of what makes it and of what is projected, and whether
            it stands alone and needs no bracket; None where its weight is a factor like others.
    """

    number: Callable[[float], str]
    weight: Callable[[str], str]
    now: Callable[[str], str]
    before: Callable[[str], str]
    call: Callable[[str, Sequence[str]], str]
    bracket: Callable[[str], str]
    times: str
    scale: str
    minus: str
    power: Callable[[str, int], str] | None = None
    project: Callable[[str, str, bool], str] | None = None


def formula(equation: Equation, cell: Equations, notation: Notation) -> str:
    """Return the right side of one of a cell's equations."""
    return _Writer(equation, cell, notation).sum(equation.value)


class _Writer:
    def __init__(self, equation: Equation, cell: Equations, notation: Notation) -> None:
        self._own = equation
        self._cell = cell
        self._as = notation

    def sum(self, value: Expression) -> str:
        terms = [term for term in self._terms(value, 1) if not _is(term[1], 0.0)]
        text = ""
        for sign, term in terms or [(1, value)]:
            negative, product = self._product(term)
            minus = (sign < 0) != negative
            if text:
                text += f" {self._as.minus} " if minus else " + "
            elif minus:
                text = self._as.minus
            text += product
        return text

    def _is_named(self, value: Expression) -> bool:
        return self._cell.values.get(value, self._own.name) != self._own.name

    def _terms(self, value: Expression, sign: int) -> list[tuple[int, Expression]]:
        if value.op not in ("add", "sub") or self._is_named(value):
            return [(sign, value)]
        second = sign if value.op == "add" else -sign
        return self._terms(value.args[0], sign) + self._terms(value.args[1], second)

    def _product(self, value: Expression) -> tuple[bool, str]:
        """Return whether a product is negative, and its absolute value."""
        factors = self._factors(value)
        number = prod(float(factor.value or 0) for factor in factors if factor.op == "const")
        negative = number < 0
        written = [] if abs(number) == 1.0 else [self._as.number(abs(number))]
        parts = []
        for factor in factors:
            if factor.op != "const":
                parts += self._factor(factor, alone=len(factors) == 1)
        if self._as.power is not None:
            runs = [(part, len(list(run))) for part, run in groupby(parts)]
            parts = [part if n == 1 else self._as.power(part, n) for part, n in runs]
        if parts:
            written.append(self._as.times.join(parts))
        return negative, self._as.scale.join(written) or self._as.number(1.0)

    def _factors(self, value: Expression) -> list[Expression]:
        if value.op != "mul" or self._is_named(value):
            return [value]
        return self._factors(value.args[0]) + self._factors(value.args[1])

    def _factor(self, value: Expression, alone: bool) -> list[str]:
        if self._is_named(value):
            return [self._as.now(self._cell.values[value])]
        cell = self._cell
        match value.op:
            case "x_sum" if value not in cell.weights:
                return [self._as.now(INPUT)]
            case "x" | "x_sum":
                return self._projection(value, self._as.now(INPUT), alone)
            case "h":
                return self._projection(value, self._as.before(cell.output), alone)
            case "state":
                return [self._as.before(cell.states[str(value.value)])]
            case "param":
                return [self._as.weight(cell.weights[value])]
            case op if op not in SYMBOLS:
                return [self._as.call(op, [self.sum(arg) for arg in value.args])]
            case _:
                text = self.sum(value)
                return [text if alone else self._as.bracket(text)]

    def _projection(self, value: Expression, projected: str, alone: bool) -> list[str]:
        weight = self._as.weight(self._cell.weights[value])
        if self._as.project is None:
            return [weight, projected]
        return [self._as.project(weight, projected, alone)]


def _is(value: Expression, number: float) -> bool:
    return value.op == "const" and value.value == number
