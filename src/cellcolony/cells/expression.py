"""One value of a cell, as an expression: a leaf, or an operation on other values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from cellcolony.errors import ConfigError, GenomeError, brief
from cellcolony.registry import Registry

LEAVES = ("const", "x", "x_sum", "h", "state", "param")
"""What an expression is that has no operands."""
INITIALS = ("uniform", "recurrent")
"""Named distributions of initial values; what they draw is the training protocol's choice."""
OPERATIONS: Registry[Any] = Registry(
    "operation", "cellcolony.cells.operations", "cellcolony.operations"
)
"""What else an expression may be: see `cellcolony.cells.operation`."""


@dataclass(frozen=True, eq=True)
class Expression:
    """One value of a cell: a leaf, or an operation on other values.

    Build expressions with the functions of `program.py`, with `apply`, and with `+ - * /`. Equal
    expressions are one value: a lowering computes them once.

    Attributes:
        op: One of `LEAVES`, or the name of an operation.
        args: The operands.
        value: What a leaf refers to: a number (const), an index (x, h), a name (state, param).
        init: The initial value of a param: a number, or a name of `INITIALS`.

    Raises:
        GenomeError: The operation is unknown, or takes another number of operands.
    """

    op: str
    args: tuple[Expression, ...] = ()
    value: float | int | str | None = None
    init: float | str | None = None
    _hash: int = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        arity = 0 if self.op in LEAVES else _arity(self.op)
        if len(self.args) != arity:
            raise GenomeError(f"{self.op!r} takes {arity} operands. Got {len(self.args)}.")
        if isinstance(self.init, str) and self.init not in INITIALS:
            raise GenomeError(f"`init` must be a number or one of {INITIALS}. Got {self.init!r}.")
        # Children carry their own hash, so a deep graph is hashed in linear time.
        object.__setattr__(self, "_hash", hash((self.op, self.args, self.value, self.init)))

    def __hash__(self) -> int:
        return self._hash

    def __add__(self, other: Expression | float) -> Expression:
        return apply("add", self, other)

    def __radd__(self, other: float) -> Expression:
        return apply("add", other, self)

    def __sub__(self, other: Expression | float) -> Expression:
        return apply("sub", self, other)

    def __rsub__(self, other: float) -> Expression:
        return apply("sub", other, self)

    def __mul__(self, other: Expression | float) -> Expression:
        return apply("mul", self, other)

    def __rmul__(self, other: float) -> Expression:
        return apply("mul", other, self)

    def __truediv__(self, other: Expression | float) -> Expression:
        return apply("div", self, other)

    def __rtruediv__(self, other: float) -> Expression:
        return apply("div", other, self)


def _arity(op: str) -> int:
    """Return how many operands an operation has; its name may come from anybody."""
    if not isinstance(op, str) or op not in OPERATIONS:
        raise GenomeError(
            f"An expression's operation must be one of {(*LEAVES, *OPERATIONS.names())}. "
            f"Got {brief(op)}."
        )
    try:
        return OPERATIONS[op].arity
    except ConfigError as error:  # the package that brings it cannot be loaded
        raise GenomeError(str(error)) from error


def apply(op: str, *args: Expression | float) -> Expression:
    """Return the result of an operation, by its name.

    Raises:
        GenomeError: The operation is unknown, or takes another number of operands.
    """
    return Expression(op, tuple(_expression(arg) for arg in args))


def _expression(value: Expression | float) -> Expression:
    if isinstance(value, Expression):
        return value
    return Expression("const", value=float(value))


def in_order(roots: Iterable[Expression]) -> tuple[Expression, ...]:
    """Return every value that some expressions need once, operands before what uses them."""
    seen: dict[Expression, None] = {}
    for root in roots:
        for expression in _postorder(root, seen):
            seen[expression] = None
    return tuple(seen)


def _postorder(root: Expression, seen: Mapping[Expression, None]) -> Iterator[Expression]:
    """Yield what `root` needs and is not in `seen`, operands first, without recursion."""
    done: set[Expression] = set()
    stack = [(root, False)]
    while stack:
        expression, ready = stack.pop()
        if expression in seen or expression in done:
            continue
        if ready:
            done.add(expression)
            yield expression
        else:
            stack.append((expression, True))
            stack.extend((argument, False) for argument in reversed(expression.args))
