"""What kernels compute with, as LLVM sees it: numbers, arrays and records, and their instructions.

A value of Python's own stays one for as long as it meets none of these. Types are Numba's, and two
numbers of different types become what they become in Numba.
"""

from __future__ import annotations

import operator
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.core.registry import cpu_target

from cellcolony.cells.lower.kinds import ArrayKind
from cellcolony.cells.lower.simd import FAST_MATH

N, DOUBLE, BOOL, BYTE = types.intp, types.float64, types.boolean, types.uint8
ARITHMETIC = {
    operator.add: ("add", "fadd"),
    operator.sub: ("sub", "fsub"),
    operator.mul: ("mul", "fmul"),
    operator.truediv: (None, "fdiv"),
    operator.floordiv: ("sdiv", None),
    operator.pow: (None, None),
}
"""Operators, and their instructions for integers and for floats."""
COMPARISONS = {
    operator.eq: "==",
    operator.ne: "!=",
    operator.lt: "<",
    operator.le: "<=",
    operator.gt: ">",
    operator.ge: ">=",
}


@dataclass(frozen=True, slots=True)
class Value:
    """A value that is there when the function runs: Numba's type of it, and LLVM's name for it."""

    kind: Any
    llvm: Any


@dataclass(frozen=True, slots=True)
class Array:
    """A contiguous array: where it begins, and its lengths."""

    data: Value
    shape: tuple[Value, ...]


@dataclass(frozen=True, slots=True)
class Record:
    """A record of integers and float64: where it begins, and NumPy's type of it."""

    data: Any
    dtype: np.dtype


def target_context() -> Any:
    """Return what Numba knows of types."""
    return cpu_target.target_context


def llvm_type(kind: Any) -> ir.Type:
    """Return LLVM's type for one of Numba's."""
    if kind in (BOOL, types.void):  # elsewhere Numba writes a byte and a pointer
        return ir.IntType(1) if kind == BOOL else ir.VoidType()
    return target_context().get_value_type(kind)


def parts_of(kind: Any) -> list[Any]:
    """Return the types of the numbers that make up an argument."""
    if isinstance(kind, ArrayKind):
        return [types.CPointer(kind.dtype), *[N] * kind.n_dimensions]
    return [types.CPointer(BYTE)] if isinstance(kind, np.dtype) else [kind]


def joined(kind: Any, parts: Iterator[Any]) -> Any:
    """Return an argument of a type, made up of the next of these numbers."""
    if isinstance(kind, ArrayKind):
        data = Value(types.CPointer(kind.dtype), next(parts))
        return Array(data, tuple(Value(N, next(parts)) for _ in range(kind.n_dimensions)))
    return Record(next(parts), kind) if isinstance(kind, np.dtype) else Value(kind, next(parts))


def taken_apart(value: Any) -> tuple[Any, list[Any]]:
    """Return an argument's type, and the numbers that make it up."""
    if isinstance(value, Array):
        kind = ArrayKind(value.data.kind.dtype, len(value.shape))
        return kind, [value.data.llvm, *(length.llvm for length in value.shape)]
    if isinstance(value, Record):
        return value.dtype, [value.data]
    value = as_value(value)
    return value.kind, [value.llvm]


def constant(kind: Any, number: float) -> Value:
    """Return a number of Python as a value of a type."""
    return Value(kind, ir.Constant(llvm_type(kind), number))


def as_value(number: Any) -> Value:
    """Return a number of Python as a value, if it is not one."""
    if isinstance(number, Value):
        return number
    kind = BOOL if isinstance(number, bool) else N if isinstance(number, int) else DOUBLE
    return constant(kind, number)


class Instructions:
    """Writes what is computed with values.

    Args:
        builder: Writes instructions.
    """

    def __init__(self, builder: ir.IRBuilder) -> None:
        self.builder = builder

    def cast(self, number: Any, kind: Any) -> Value:
        """Return a number as one of another type."""
        value, builder, wanted = as_value(number), self.builder, llvm_type(kind)
        match value.kind, kind:
            case found, _ if found == kind:
                return value
            case types.Float(), types.Float():
                write = builder.fptrunc if kind == types.float32 else builder.fpext
            case types.Integer(), types.Float():
                write = builder.sitofp
            case types.Integer(), types.Integer():
                write = builder.trunc if kind == BYTE else builder.zext
            case types.Boolean(), types.Integer():
                write = builder.zext
            case _:
                raise TypeError(f"{value.kind} is no {kind}")
        return Value(kind, write(value.llvm, wanted))

    def integer(self, number: Any) -> Any:
        """Return LLVM's name for an integer."""
        return self.cast(number, N).llvm

    def truth(self, number: Any) -> Any:
        """Return LLVM's name for whether a number is not 0."""
        value = as_value(number)
        return value.llvm if value.kind == BOOL else self.compared(operator.ne, value, 0).llvm

    def alike(self, left: Any, right: Any) -> tuple[Value, Value]:
        """Return two numbers as ones of the same type."""
        left, right = as_value(left), as_value(right)
        if left.kind == right.kind:
            return left, right
        kind = DOUBLE if {types.float32, DOUBLE} & {left.kind, right.kind} else N
        return self.cast(left, kind), self.cast(right, kind)

    def arithmetic(self, function: Any, left: Any, right: Any) -> Any:
        """Write a sum, difference, product, quotient or power; of integers, not of negative ones
        where they are divided.
        """
        if not isinstance(left, Value) and not isinstance(right, Value):
            return function(left, right)
        left, right = self.alike(left, right)
        if function is operator.pow:
            return self.of_floats("llvm.pow", self.cast(left, DOUBLE), self.cast(right, DOUBLE))
        if function is operator.truediv and left.kind == N:
            left, right = self.cast(left, DOUBLE), self.cast(right, DOUBLE)
        of_integers, of_floats = ARITHMETIC[function]
        if left.kind == N:
            flags = () if of_integers == "sdiv" else ("nsw",)
            return Value(N, getattr(self.builder, of_integers)(left.llvm, right.llvm, flags=flags))
        write = getattr(self.builder, of_floats)
        return Value(left.kind, write(left.llvm, right.llvm, flags=FAST_MATH))

    def compared(self, function: Any, left: Any, right: Any) -> Any:
        """Write a comparison; what is not a number is unequal to all."""
        if not isinstance(left, Value) and not isinstance(right, Value):
            return function(left, right)
        left, right = self.alike(left, right)
        if isinstance(left.kind, types.Float):
            of_floats = self.builder.fcmp_unordered if function is operator.ne else None
            write = of_floats or self.builder.fcmp_ordered
        else:
            write = self.builder.icmp_signed
        return Value(BOOL, write(COMPARISONS[function], left.llvm, right.llvm))

    def chosen(self, test: Any, left: Any, right: Any) -> Value:
        """Return one of two numbers, both of which are computed."""
        left, right = self.alike(left, right)
        return Value(left.kind, self.builder.select(self.truth(test), left.llvm, right.llvm))

    def of_floats(self, name: str, *numbers: Value) -> Value:
        """Call a function that LLVM knows for floats of any type."""
        kind = numbers[0].kind
        function = self.builder.module.declare_intrinsic(name, (llvm_type(kind),))
        return Value(kind, self.builder.call(function, [number.llvm for number in numbers]))

    def product(self, lengths: Sequence[Value]) -> Any:
        """Return a product of integers."""
        total: Any = 1
        for length in lengths:
            total = self.arithmetic(operator.mul, total, length)
        return total

    def field(self, record: Record, name: str) -> Value:
        """Read a field of a record."""
        fields: Any = record.dtype.fields
        found, offset = fields[name][:2]
        kind = DOUBLE if found.kind == "f" else N
        at = self.builder.gep(record.data, [self.integer(offset)])
        at = self.builder.bitcast(at, llvm_type(kind).as_pointer())
        return Value(kind, self.builder.load(at))

    def place(self, array: Value | Array, place: Any) -> tuple[Any, Any]:
        """Return the type of an element of an array or a pointer, and where it lies."""
        if isinstance(array, Array):
            places = place if isinstance(place, tuple) else (place,)
            place = 0
            for length, one in zip(array.shape, places, strict=True):
                before = self.arithmetic(operator.mul, place, length)
                place = self.arithmetic(operator.add, before, one)
            array = array.data
        return array.kind.dtype, self.builder.gep(array.llvm, [self.integer(place)])

    def element(self, array: Value | Array, place: Any) -> Any:
        """Read an element, or return a row of an array of more dimensions; a byte is an integer."""
        if isinstance(array, Array) and len(array.shape) > 1 and not isinstance(place, tuple):
            rest = array.shape[1:]
            at = self.arithmetic(operator.mul, place, self.product(rest))
            data = self.builder.gep(array.data.llvm, [self.integer(at)])
            return Array(Value(array.data.kind, data), rest)
        kind, at = self.place(array, place)
        found = Value(kind, self.builder.load(at))
        return self.cast(found, N) if kind == BYTE else found


def larger(write: Instructions, left: Any, right: Any) -> Any:
    """Write `max` of two numbers: the first, unless the second is above it."""
    return write.chosen(write.compared(operator.gt, right, left), right, left)


def smaller(write: Instructions, left: Any, right: Any) -> Any:
    """Write `min`."""
    return write.chosen(write.compared(operator.lt, right, left), right, left)


def absolute(write: Instructions, number: Value) -> Value:
    """Write `abs` of a float."""
    return write.of_floats("llvm.fabs", number)


def root(write: Instructions, number: Value) -> Value:
    """Write the square root."""
    return write.of_floats("llvm.sqrt", number)


def sign(write: Instructions, number: Value) -> Value:
    """Write 1, -1 or 0; what is not a number stays so."""
    one, minus_one = (constant(number.kind, one) for one in (1.0, -1.0))
    rest = write.chosen(write.compared(operator.lt, number, 0.0), minus_one, number)
    return write.chosen(write.compared(operator.gt, number, 0.0), one, rest)


def finite(write: Instructions, number: Value) -> Value:
    """Write whether a float is a number, and not infinite."""
    return write.compared(operator.lt, absolute(write, number), float("inf"))


FUNCTIONS = {
    min: smaller,
    max: larger,
    abs: absolute,
    np.sqrt: root,
    np.sign: sign,
    np.isfinite: finite,
}
"""Functions of Python and NumPy, and what writes them."""
