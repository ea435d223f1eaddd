"""An operation of the cell language: what it computes, how it is written, how it is drawn.

`operations/` holds one file an operation. Most new ones are a formula of others, and that is all
that there is to say:

    softsign = register(Operation("softsign", value=lambda a: a / (1.0 + absolute(a))))

Gradients, kernels, exports and equations follow from the formula. `Elementary` operations are those
that formulas end in: the kernels know them, so a file of the folder alone can add one.
"""

from __future__ import annotations

import builtins
import keyword
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cellcolony.cells import expression
from cellcolony.cells.expression import LEAVES, Expression, apply
from cellcolony.errors import ConfigError
from cellcolony.registry import Registry

LONGEST_NAME = 32
_NAME = re.compile(rf"(?!z\d$)[A-Za-z][A-Za-z0-9_]{{1,{LONGEST_NAME - 1}}}")
"""Names that are no leaves of trees: `c`, `d`, and `z0` to `z7`."""

SUM, PRODUCT, CALL = 1, 2, 3
"""How tightly a form binds: as `a + b`, as `a * b`, or as `f(a)`, which never needs brackets."""


@dataclass(frozen=True)
class Elementary:
    """What the lowerings must know of an operation that is no formula of others.

    Forms are source code in which `{a}` and `{b}` stand for the operands.

    Attributes:
        numpy: Computes it for arrays.
        gradient: Returns the derivative of a loss by each operand, an expression, or None where it
            is always 0. It is given `d`, the derivative by the result, the result `y`, and the
            operands. Of an operation with one operand it uses `y` or the operand, not both.
        simd: The form for vectors in Numba kernels; functions are those of `lower/simd.py`.
        triton: The form in Triton kernels; if empty, it is `simd`, and so are the next three.
        torch: The form for PyTorch tensors.
        python: The form for Python floats; `math` and `np` are imported.
        c: The form for floats in C; `hyperbolic_tangent` is that of the kernels (see `lower/c.py`).
        int16: The form for 16-bit fixed-point numbers in C, functions of `lower/c_int16.py`; empty
            for an operation that has none.
        onnx: The operator of ONNX that computes it.
        binds: `SUM`, `PRODUCT` or `CALL`, for all forms alike.
    """

    numpy: Callable[..., Any]
    gradient: Callable[..., tuple[Expression | None, ...]]
    simd: str
    triton: str = ""
    torch: str = ""
    python: str = ""
    c: str = ""
    int16: str = ""
    onnx: str = ""
    binds: int = CALL

    def __post_init__(self) -> None:
        for language in ("triton", "torch", "python", "c"):
            object.__setattr__(self, language, getattr(self, language) or self.simd)


def of_libraries(name: str, gradient: Callable[..., tuple[Expression | None, ...]]) -> Elementary:
    """Return what is known of a function that all libraries have under one name."""
    triton, torch, python = (f"{library}.{name}({{a}})" for library in ("tl", "torch", "np"))
    simd, c = f"{name}({{a}})", f"{name}f({{a}})"
    return Elementary(
        getattr(np, name), gradient, simd, triton, torch, python, c, onnx=name.capitalize()
    )


@dataclass(frozen=True)
class Operation:
    """One operation. Call it with expressions to get the expression of its result.

    Attributes:
        name: What it is called in programs, trees and exported code: a Python identifier.
        arity: How many operands it has, 1 to 3; of an elementary one 1 or 2.
        value: Returns its value as a formula, an expression of its operands and numbers alone; None
            if it is elementary.
        elementary: What the lowerings know of it; None if it has a formula.
        text: How it is written on a terminal; `{a}`, `{b}` and `{c}` stand for the operands. As a
            function of its name if empty.
        latex: The same in LaTeX.
        is_gate: Whether its results lie between 0 and 1, so that equations give them names as to
            gates.
        tree_rank: Its place among the operations that genetic programming draws from: the draws of
            a seed depend on their order, so a new operation comes last. None if no evolved tree may
            contain it. Operations of other packages may stand in trees, but are never drawn, for
            what is installed must not change a run.
        commutes: Whether two operands may change places; equivalent trees are found by it.
        absorbs: A number that is the result wherever it is an operand, as 0 is of a product.
        colour: Its fill in drawings of trees.
        symbol: What these drawings write in place of its name.
    """

    name: str
    arity: int = 1
    value: Callable[..., Expression] | None = None
    elementary: Elementary | None = None
    text: str = ""
    latex: str = ""
    is_gate: bool = False
    tree_rank: int | None = None
    commutes: bool = False
    absorbs: float | None = None
    colour: str = "#e6d6ee"
    symbol: str = ""

    def __post_init__(self) -> None:
        name, operands = self.name, ", ".join(("{a}", "{b}", "{c}")[: self.arity])
        taken = name in LEAVES or keyword.iskeyword(name) or hasattr(builtins, name)
        if taken or not _NAME.fullmatch(name):
            raise ConfigError(
                f"An operation's name must have 2 to {LONGEST_NAME} ASCII letters, digits and _, "
                f"and must mean nothing else in Python or in cells. Got {name!r}."
            )
        most = 3 if self.elementary is None else 2
        if not 1 <= self.arity <= most:
            raise ConfigError(f"The operation {name!r} must have 1 to {most} operands.")
        if (self.value is None) == (self.elementary is None):
            raise ConfigError(
                f"The operation {name!r} must have either a formula, `value`, or be `elementary`."
            )
        latex_name = name.replace("_", r"\_")
        object.__setattr__(self, "text", self.text or f"{name}({operands})")
        object.__setattr__(
            self, "latex", self.latex or rf"\operatorname{{{latex_name}}}({operands})"
        )

    def __call__(self, *args: Expression | float) -> Expression:
        """Return the expression of the result."""
        return apply(self.name, *args)


OPERATIONS: Registry[Operation] = expression.OPERATIONS


def register(operation: Operation) -> Operation:
    """File an operation under its name.

    Raises:
        ConfigError: The name is taken, or an elementary operation is not defined in the folder.
    """
    form = operation.elementary
    if form is not None and not form.gradient.__module__.startswith("cellcolony.cells.operations."):
        raise ConfigError(
            f"The operation {operation.name!r} is elementary, which only operations of cellcolony "
            f"itself can be: kernels are compiled for them. Give it a formula, `value`."
        )
    return OPERATIONS.register(operation.name)(operation)


def filled(form: str, *args: str) -> str:
    """Write operands into a form, a text or LaTeX."""
    a, b, c = (*args, "", "")[:3]
    marked = form.replace("{b}", "\0").replace("{c}", "\1")
    return marked.replace("{a}", a).replace("\0", b).replace("\1", c)
