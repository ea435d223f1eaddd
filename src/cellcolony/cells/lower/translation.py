"""Instructions of LLVM from Python in which kernels are written: each statement is walked once.

The Python is what Numba reads too, and less of it: numbers, pointers, vectors, records and arrays;
assignments, `if`, `for` over `range`, calls. Every name has one type, which it gets where it is
first assigned. So nothing must be inferred, and what `simd.py` tells Numba of a function is used as
it stands. Numba takes some ten times as long for the same.

- What depends on Python's own values alone is computed while compiling, and an `if` on it chooses.
- A function that says what it returns (`-> bool`) is compiled once and called. Any other becomes a
  part of those that call it.
- Both values of `a if c else b` are computed.
"""

from __future__ import annotations

import ast
import builtins
import inspect
import operator
import textwrap
from collections.abc import Callable, Sequence
from itertools import pairwise
from types import FunctionType
from typing import Any, NamedTuple

import numpy as np
from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.core.dispatcher import Dispatcher

from cellcolony.cells.lower import simd
from cellcolony.cells.lower.values import (
    BOOL,
    DOUBLE,
    FUNCTIONS,
    Array,
    Instructions,
    N,
    Record,
    Value,
    as_value,
    constant,
    joined,
    llvm_type,
    parts_of,
    taken_apart,
    target_context,
)

RETURNED = {"int": N, "bool": N, "float": DOUBLE, "None": types.void}
"""What a function may say that it returns."""
OPERATORS = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Pow: operator.pow,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class Variable(NamedTuple):
    """A number that may change: its type, and where it lies until LLVM finds it a register."""

    kind: Any
    place: Any


def returned(python: FunctionType) -> str:
    """Return what a function says that it returns, one of `RETURNED`."""
    return str(python.__annotations__["return"])


class Translation:
    """A module of LLVM, and the functions that are in it already.

    Args:
        module: The module.
    """

    def __init__(self, module: ir.Module) -> None:
        self._module = module
        self._functions: dict[tuple[Any, ...], ir.Function] = {}

    def function(self, python: FunctionType, kinds: Sequence[Any], symbol: str = "") -> ir.Function:
        """Return a function for arguments of these types; it is translated the first time.

        Args:
            python: The function, which says what it returns.
            kinds: Numba's types of numbers and pointers, `ArrayKind`s, and NumPy's of records.
            symbol: Its name for other modules; "" for one that no other calls.
        """
        key = python, *kinds
        if key not in self._functions:
            result = RETURNED[returned(python)]
            parts = [llvm_type(part) for kind in kinds for part in parts_of(kind)]
            name = symbol or f"{python.__name__}_{len(self._functions)}"
            kind = ir.FunctionType(llvm_type(result), parts)
            made = self._functions[key] = ir.Function(self._module, kind, name)
            made.linkage = "" if symbol else "internal"
            made.attributes.add("noinline")
            entry = ir.IRBuilder(made.append_basic_block("entry"))
            body = ir.IRBuilder(made.append_basic_block("body"))
            rest = iter(made.args)
            arguments = [joined(kind, rest) for kind in kinds]
            value = _Function(self, body, entry, python).written(arguments)
            if result is types.void:
                body.ret_void()
            else:
                body.ret(Instructions(body).cast(value, result).llvm)
            entry.branch(made.blocks[1])
        return self._functions[key]


class _Function:
    """Writes the instructions of one function's statements.

    Args:
        translation: Where functions that it calls are.
        builder: Writes instructions.
        entry: Writes what is done once, at the beginning of LLVM's function.
        python: The function.
    """

    def __init__(
        self,
        translation: Translation,
        builder: ir.IRBuilder,
        entry: ir.IRBuilder,
        python: FunctionType,
    ) -> None:
        self._translation, self._python = translation, python
        self._builder, self._entry = builder, entry
        self._write = Instructions(builder)
        self._names: dict[str, Any] = {}
        self._exit = builder.append_basic_block("exit")
        self._result: Any = None
        self._next: list[ir.Block] = []

    def written(self, arguments: Sequence[Any]) -> Any:
        """Write all statements; returns what the function returns."""
        definition = ast.parse(textwrap.dedent(inspect.getsource(self._python))).body[0]
        assert isinstance(definition, ast.FunctionDef)
        names = [argument.arg for argument in definition.args.args]
        for name, value in zip(names, arguments, strict=True):
            self._assign(name, value)
        self._run(definition.body)
        if not self._is_left():
            self._builder.branch(self._exit)
        self._builder.position_at_end(self._exit)
        return self._read(self._result)

    def _assign(self, name: str, value: Any) -> None:
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            value = as_value(value)
        if not isinstance(value, Value):
            self._names[name] = value
            return
        if not isinstance(self._names.get(name), Variable):
            self._names[name] = self._variable(value.kind)
        self._put(self._names[name], value)

    def _variable(self, kind: Any) -> Variable:
        return Variable(kind, self._entry.alloca(llvm_type(kind)))

    def _put(self, variable: Variable, value: Any) -> None:
        self._builder.store(self._write.cast(value, variable.kind).llvm, variable.place)

    def _read(self, found: Any) -> Any:
        if isinstance(found, Variable):
            return Value(found.kind, self._builder.load(found.place))
        return found

    def _is_left(self) -> bool:
        """Return whether a `return` or `continue` was the last that was written."""
        block = self._builder.block
        return block is not None and block.is_terminated

    def _blocks(self, *names: str) -> list[ir.Block]:
        return [self._builder.append_basic_block(name) for name in names]

    def _run(self, statements: Sequence[ast.stmt]) -> None:
        for statement in statements:
            self._statement(statement)
            if self._is_left():
                return

    def _statement(self, statement: ast.stmt) -> None:
        match statement:
            case ast.Assign(targets=[ast.Tuple(elts=targets)], value=value):
                for target, part in zip(targets, self._value(value), strict=True):
                    self._set(target, part)
            case ast.Assign(targets=[target], value=value):
                self._set(target, self._value(value))
            case ast.AugAssign(target=target, op=op, value=value):
                self._set(target, self._value(ast.BinOp(target, op, value)))
            case ast.If(test=test, body=body, orelse=other):
                self._if(self._value(test), body, other)
            case ast.For(target=ast.Name(id=name), iter=ast.Call(args=bounds), body=body):
                self._loop(name, [self._value(bound) for bound in bounds], body)
            case ast.Continue():
                self._builder.branch(self._next[-1])
            case ast.Return(value=value):
                self._return(None if value is None else self._value(value))
            case ast.Expr(value=value):
                self._value(value)
            case _:
                raise NotImplementedError(ast.unparse(statement))

    def _set(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Name):
            self._assign(target.id, value)
            return
        assert isinstance(target, ast.Subscript), ast.unparse(target)
        kind, at = self._write.place(self._value(target.value), self._value(target.slice))
        self._builder.store(self._write.cast(value, kind).llvm, at)

    def _if(self, test: Any, body: Sequence[ast.stmt], other: Sequence[ast.stmt]) -> None:
        if not isinstance(test, Value):
            self._run(body if test else other)
            return
        then, otherwise, after = self._blocks("then", "else", "after")
        self._builder.cbranch(self._write.truth(test), then, otherwise)
        for block, statements in ((then, body), (otherwise, other)):
            self._builder.position_at_end(block)
            self._run(statements)
            if not self._is_left():
                self._builder.branch(after)
        self._builder.position_at_end(after)

    def _loop(self, name: str, bounds: list[Any], body: Sequence[ast.stmt]) -> None:
        """Write a loop; a step that is not known while compiling must be above 0."""
        begin, end, step = {1: (0, *bounds, 1), 2: (*bounds, 1), 3: bounds}[len(bounds)]
        goes_on = operator.lt if isinstance(step, Value) or step > 0 else operator.gt
        begin, end, step = map(as_value, (begin, end, step))
        counter = self._variable(N)
        self._put(counter, begin)
        head, inside, following, after = self._blocks("head", "body", "next", "after")
        self._builder.branch(head)
        self._builder.position_at_end(head)
        now = self._read(counter)
        self._builder.cbranch(self._write.compared(goes_on, now, end).llvm, inside, after)
        self._builder.position_at_end(inside)
        self._assign(name, now)
        self._next.append(following)
        self._run(body)
        self._next.pop()
        if not self._is_left():
            self._builder.branch(following)
        self._builder.position_at_end(following)
        self._put(counter, self._write.arithmetic(operator.add, now, step))
        self._builder.branch(head)
        self._builder.position_at_end(after)

    def _return(self, value: Any) -> None:
        if value is not None:
            value = as_value(value)
            self._result = self._result or self._variable(value.kind)
            self._put(self._result, value)
        self._builder.branch(self._exit)

    def _value(self, e: ast.expr) -> Any:
        """Return an expression's value: one of `values.py`, or one of Python's own."""
        match e:
            case ast.Constant(value=number):
                return number
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute(value=owner, attr=name):
                return self._attribute(self._value(owner), name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._write.arithmetic(operator.sub, 0, self._value(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                value = self._value(operand)
                if not isinstance(value, Value):
                    return not value
                return Value(BOOL, self._builder.not_(self._write.truth(value)))
            case ast.BinOp(left=left, op=op, right=right):
                both = self._value(left), self._value(right)
                return self._write.arithmetic(OPERATORS[type(op)], *both)
            case ast.BoolOp(op=op, values=values):
                return self._decided(isinstance(op, ast.And), values)
            case ast.Compare(left=left, ops=[op], comparators=[right]):
                both = self._value(left), self._value(right)
                return self._write.compared(OPERATORS[type(op)], *both)
            case ast.Compare(left=left, ops=ops, comparators=others):
                pairs = pairwise([left, *others])
                parts = [ast.Compare(a, [op], [b]) for op, (a, b) in zip(ops, pairs, strict=True)]
                return self._decided(True, parts)
            case ast.IfExp(test=test, body=body, orelse=other):
                found = self._value(test)
                if not isinstance(found, Value):
                    return self._value(body if found else other)
                return self._write.chosen(found, self._value(body), self._value(other))
            case ast.Subscript(value=array, slice=place):
                found, at = self._value(array), self._value(place)
                if isinstance(found, (Value, Array)):
                    return self._write.element(found, at)
                return found[at]
            case ast.Tuple(elts=parts):
                return tuple(self._value(part) for part in parts)
            case ast.Call(func=function, args=arguments):
                return self._call(self._value(function), [self._value(one) for one in arguments])
            case _:
                raise NotImplementedError(ast.unparse(e))

    def _named(self, name: str) -> Any:
        if name in self._names:
            return self._read(self._names[name])
        known = self._python.__globals__
        return known[name] if name in known else getattr(builtins, name)

    def _attribute(self, owner: Any, name: str) -> Any:
        if isinstance(owner, Record):
            return self._write.field(owner, name)
        if isinstance(owner, Array) and name == "size":
            return self._write.product(owner.shape)
        return getattr(owner, name)

    def _decided(self, is_and: bool, values: Sequence[ast.expr]) -> Any:
        """Write `and` or `or`; what comes after the one that decides is not computed."""
        first, *others = values
        value = self._value(first)
        if not others:
            return value
        if not isinstance(value, Value):
            return self._decided(is_and, others) if bool(value) == is_and else value
        result = self._variable(BOOL)
        truth = self._write.truth(value)
        self._put(result, Value(BOOL, truth))
        more, after = self._blocks("more", "after")
        self._builder.cbranch(truth, *((more, after) if is_and else (after, more)))
        self._builder.position_at_end(more)
        rest = self._write.truth(self._decided(is_and, others))
        self._put(result, Value(BOOL, rest))
        self._builder.branch(after)
        self._builder.position_at_end(after)
        return self._read(result)

    def _call(self, function: Any, arguments: list[Any]) -> Any:
        if isinstance(function, types.Number) or function is np.float64:
            kind = DOUBLE if function is np.float64 else function
            (number,) = arguments
            known = not isinstance(number, Value)
            return constant(kind, number) if known else self._write.cast(number, kind)
        if function in FUNCTIONS:
            return FUNCTIONS[function](self._write, *arguments)
        if function in simd.BY_TYPE:
            function = simd.BY_TYPE[function](arguments[0].kind)
        if isinstance(function, Dispatcher):
            function = function.py_func
        if not isinstance(function, FunctionType):
            return self._instructions(function.__wrapped__, arguments)
        if "return" not in function.__annotations__:
            part = _Function(self._translation, self._builder, self._entry, function)
            return part.written(arguments)
        found = [taken_apart(one) for one in arguments]
        called = self._translation.function(function, [kind for kind, _ in found])
        numbers = [number for _, parts in found for number in parts]
        return Value(RETURNED[returned(function)], self._builder.call(called, numbers))

    def _instructions(self, define: Callable[..., Any], arguments: list[Any]) -> Value:
        """Write what a function of `simd.py` says of itself to Numba."""
        values = [self._as_argument(one) for one in arguments]
        signature, generate = define(None, *(value.kind for value in values))
        numbers = [value.llvm for value in values]
        written = generate(target_context(), self._builder, signature, numbers)
        return Value(signature.return_type, written)

    def _as_argument(self, value: Any) -> Value:
        if isinstance(value, tuple):
            parts = [self._as_argument(part) for part in value]
            packed = cgutils.pack_struct(self._builder, [part.llvm for part in parts])
            return Value(types.Tuple([part.kind for part in parts]), packed)
        return value.data if isinstance(value, Array) else as_value(value)
