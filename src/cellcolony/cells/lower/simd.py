"""Short vectors of floats for Numba kernels, which become the processor's vector instructions.

Whether a compiler vectorises a loop depends on much that can go wrong (aliasing, trip counts,
remainders). A kernel that is written with these vectors is vector code on every machine: LLVM maps
a vector to as many registers as it needs.

How many numbers a vector holds is part of its type. `load`, `broadcast` and `splat` make vectors of
`VECTOR` numbers, as many as this machine's registers hold; a kernel that comes in several widths
takes those of its own from `vectors`. All else takes the width of the vector that it gets.

Vectors exist only inside kernels. `load` and `store` address a one-dimensional array, or a pointer,
at an element; bounds are not checked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple, cast

import numba as nb
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.core.typing.templates import AbstractTemplate, infer_global, signature
from numba.extending import intrinsic as numba_intrinsic
from numba.extending import lower_builtin, models, overload, register_model

# Numba's own annotation keeps the typing context, which callers do not pass.
intrinsic = cast(Callable[[Callable[..., Any]], Callable[..., Any]], numba_intrinsic)

VECTOR = 16 if binding.get_host_cpu_features().get("avx512f") else 8
"""Floats in a vector: one AVX-512 register, or one AVX and two SSE or NEON registers."""
WIDTHS = 4, 8, 16
"""Floats that a vector may hold; on any machine, LLVM takes as many registers as it needs."""

# "nnan" and "ninf" stay out: a diverged network must be noticed, not assumed away.
FAST_MATH = ("reassoc", "contract", "arcp", "nsz", "afn")
OPTIONS = {"error_model": "numpy", "fastmath": set(FAST_MATH)}
"""Without `error_model` every division is checked for zero and nothing is vectorised."""
INLINED = {**OPTIONS, "forceinline": True}
"""Options of functions that compiled functions call.

Without them, a caller contains a copy of what it calls, which is optimised once more and may round
in another way than the original. Which of the two runs depends on what else the process has loaded:
a process that compiles has the original, one that reads the cache has not.
"""


class VectorType(types.Type):
    """The Numba type of `width` floats of one precision."""

    def __init__(self, dtype: types.Float, width: int) -> None:
        self.dtype, self.width = dtype, width
        super().__init__(name=f"Vector({dtype} x {width})")


def _element(dtype: types.Type) -> ir.Type:
    return ir.FloatType() if dtype == types.float32 else ir.DoubleType()


def _vector(kind: VectorType) -> ir.VectorType:
    return ir.VectorType(_element(kind.dtype), kind.width)


@register_model(VectorType)
class VectorModel(models.PrimitiveModel):
    """A vector is one LLVM value."""

    def __init__(self, dmm, fe_type) -> None:
        super().__init__(dmm, fe_type, _vector(fe_type))


def _address(context, builder, kind, value, index):
    """Return an LLVM pointer to element `index` of an array or a pointer."""
    data = value if isinstance(kind, types.CPointer) else _array_data(context, builder, kind, value)
    return builder.gep(data, [index])


def _array_data(context, builder, kind, value):
    return context.make_array(kind)(context, builder, value).data


def _item_size(dtype: types.Type) -> int:
    return 4 if dtype == types.float32 else 8


@intrinsic
def store(typing_context, target, index, vector):
    """Write a vector to target[index], and to the places after it."""

    def generate(context, builder, sig, args):
        at = _address(context, builder, sig.args[0], *args[:2])
        at = builder.bitcast(at, _vector(vector).as_pointer())
        builder.store(args[2], at, align=_item_size(vector.dtype))
        return context.get_dummy_value()

    return types.void(target, types.intp, vector), generate


@intrinsic
def prefetch(typing_context, source, index):
    """Start to fetch the cache line of source[index], which may lie outside the array."""

    def generate(context, builder, sig, args):
        at = _address(context, builder, sig.args[0], *args)
        byte, flag = ir.IntType(8).as_pointer(), ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [byte, flag, flag, flag])
        function = builder.module.declare_intrinsic("llvm.prefetch", (byte,), kind)
        read, keep, data = (ir.Constant(flag, number) for number in (0, 3, 1))
        builder.call(function, [builder.bitcast(at, byte), read, keep, data])
        return context.get_dummy_value()

    return types.void(source, types.intp), generate


def _everywhere(builder, kind: VectorType, number):
    empty = ir.Constant(_vector(kind), ir.Undefined)
    first = builder.insert_element(empty, number, ir.Constant(ir.IntType(32), 0))
    everywhere = ir.Constant(ir.VectorType(ir.IntType(32), kind.width), [0] * kind.width)
    return builder.shuffle_vector(first, empty, everywhere)


class Vectors(NamedTuple):
    """The functions that make vectors of one width.

    Attributes:
        load: `load(source, index)`: the vector at source[index : index + width].
        broadcast: `broadcast(source, index)`: source[index] in every place.
        splat: `splat(number)`: one number in every place.
    """

    load: Any
    broadcast: Any
    splat: Any


@cache
def vectors(width: int) -> Vectors:
    """Return the functions that make vectors of `width` floats, one of `WIDTHS`."""

    @intrinsic
    def load(typing_context, source, index):
        kind = VectorType(source.dtype, width)

        def generate(context, builder, sig, args):
            at = _address(context, builder, sig.args[0], *args)
            at = builder.bitcast(at, _vector(kind).as_pointer())
            return builder.load(at, align=_item_size(kind.dtype))

        return kind(source, types.intp), generate

    @intrinsic
    def broadcast(typing_context, source, index):
        kind = VectorType(source.dtype, width)

        def generate(context, builder, sig, args):
            number = builder.load(_address(context, builder, sig.args[0], *args))
            return _everywhere(builder, kind, number)

        return kind(source, types.intp), generate

    @intrinsic
    def splat(typing_context, number):
        kind = VectorType(number, width)

        def generate(context, builder, sig, args):
            return _everywhere(builder, kind, args[0])

        return kind(number), generate

    return Vectors(load, broadcast, splat)


load, broadcast, splat = vectors(VECTOR)


@intrinsic
def like(typing_context, vector, number):
    """Return a vector as wide as another that holds one number in every place."""

    def generate(context, builder, sig, args):
        return _everywhere(builder, vector, args[1])

    return vector(vector, vector.dtype), generate


@intrinsic
def add_up(typing_context, vector):
    """Return the sum of a vector's numbers."""

    def generate(context, builder, sig, args):
        total = ir.Constant(_element(vector.dtype), 0.0)
        for place in range(vector.width):
            number = builder.extract_element(args[0], ir.Constant(ir.IntType(32), place))
            total = builder.fadd(total, number, flags=FAST_MATH)
        return total

    return vector.dtype(vector), generate


@intrinsic
def pointer(typing_context, array, index):
    """Return a pointer to array[index], to hand to a cell's kernel."""

    def generate(context, builder, sig, args):
        return _address(context, builder, sig.args[0], *args)

    return types.CPointer(array.dtype)(array, types.intp), generate


def _pointer_to(dtype: types.Type):
    """Make a function that reads an integer as the address of numbers of one type."""

    @intrinsic
    def at_address(typing_context, address):
        def generate(context, builder, sig, args):
            return builder.inttoptr(args[0], context.get_value_type(types.CPointer(dtype)))

        return types.CPointer(dtype)(types.intp), generate

    return at_address


integers = _pointer_to(types.int64)
flags = _pointer_to(types.uint8)
float32s = _pointer_to(types.float32)
float64s = _pointer_to(types.float64)


@intrinsic
def call(typing_context, address, arguments):
    """Call the C function at an address with a tuple of integers and pointers; returns nothing."""

    def generate(context, builder, sig, args):
        values = cgutils.unpack_tuple(builder, args[1], len(sig.args[1].types))
        function_type = ir.FunctionType(ir.VoidType(), [value.type for value in values])
        function = builder.inttoptr(args[0], function_type.as_pointer())
        builder.call(function, values)
        return context.get_dummy_value()

    return types.void(types.intp, arguments), generate


def _define_operator(op, instruction: str) -> None:
    @cast(Callable[[Any], Callable[[type], type]], infer_global)(op)
    class VectorOperator(AbstractTemplate):
        def generic(self, args, kws):
            if len(args) == 2 and isinstance(args[0], VectorType) and args[0] == args[1]:
                return signature(args[0], *args)
            return None

    @lower_builtin(op, VectorType, VectorType)
    def generate(context, builder, sig, args):
        return getattr(builder, instruction)(args[0], args[1], flags=FAST_MATH)


for _operator, _instruction in (
    (operator.add, "fadd"),
    (operator.sub, "fsub"),
    (operator.mul, "fmul"),
    (operator.truediv, "fdiv"),
):
    _define_operator(_operator, _instruction)


def _clamp(comparison: str):
    """Make a function that replaces numbers beyond a bound by the bound; NaN stays NaN."""

    @intrinsic
    def clamp(typing_context, vector, bound):
        def generate(context, builder, sig, args):
            beyond = builder.fcmp_ordered(comparison, args[0], args[1])
            return builder.select(beyond, args[1], args[0])

        return vector(vector, bound), generate

    return clamp


at_most = _clamp(">")
at_least = _clamp("<")


@intrinsic
def where_positive(typing_context, condition, vector):
    """Return the vector where the condition is above 0, and 0 elsewhere."""

    def generate(context, builder, sig, args):
        zero = ir.Constant(_vector(vector), [0.0] * vector.width)
        return builder.select(builder.fcmp_unordered(">", args[0], zero), args[1], zero)

    return vector(condition, vector), generate


def _library(name: str):
    """Make a function that calls one of the C library's, number by number: exact, and slow."""

    @intrinsic
    def of_library(typing_context, vector):
        def generate(context, builder, sig, args):
            double = ir.DoubleType()
            function = cgutils.get_or_insert_function(
                builder.module, ir.FunctionType(double, [double]), name
            )
            result = ir.Constant(_vector(vector), ir.Undefined)
            for place in range(vector.width):
                at = ir.Constant(ir.IntType(32), place)
                number = builder.extract_element(args[0], at)
                if vector.dtype == types.float32:
                    number = builder.fpext(number, double)
                number = builder.call(function, [number])
                if vector.dtype == types.float32:
                    number = builder.fptrunc(number, ir.FloatType())
                result = builder.insert_element(result, number, at)
            return result

        return vector(vector), generate

    return of_library


exp, log, sqrt, sin, cos = map(_library, ("exp", "log", "sqrt", "sin", "cos"))
_library_tanh = _library("tanh")


@intrinsic
def absolute(typing_context, vector):
    """Return the absolute value of each number."""

    def generate(context, builder, sig, args):
        zero = ir.Constant(_vector(vector), [0.0] * vector.width)
        negative = builder.fcmp_ordered("<", args[0], zero)
        return builder.select(negative, builder.fsub(zero, args[0], flags=FAST_MATH), args[0])

    return vector(vector), generate


# tanh(v) = v odd(v^2) / even(v^2), for float32: fitted to the least relative error, 1.5e-7, within
# the limit; rounded as kernels round, it stays within 5e-7 of tanh.
_TANH_LIMIT = 8.0
_TANH_ODD = 0.9999998542847685, 0.12925660778840248, 2.9510214999540776e-3, 1.1428400005411369e-5
_TANH_EVEN = (
    1.0,
    0.46258876348916017,
    0.0238155446366565,
    2.3866885397146568e-4,
    2.4592035714594393e-7,
)
# Of tanh(v / 2): powers of two, which change no number's last place.
_SIGMOID_ODD = tuple(number / 2 ** (2 * k + 1) for k, number in enumerate(_TANH_ODD))
_SIGMOID_EVEN = tuple(number / 2 ** (2 * k) for k, number in enumerate(_TANH_EVEN))


# The polynomials are summed in pairs, not by Horner's rule: a cell waits for one value at a time.


@njit(**INLINED)
def _odd(a, v2, v4):
    f = nb.float32
    low = like(v2, f(a[0])) + like(v2, f(a[1])) * v2
    return low + (like(v2, f(a[2])) + like(v2, f(a[3])) * v2) * v4


@njit(**INLINED)
def _even(a, v2, v4):
    f = nb.float32
    low = like(v2, f(a[0])) + like(v2, f(a[1])) * v2
    high = like(v2, f(a[2])) + like(v2, f(a[3])) * v2
    return low + (high + like(v2, f(a[4])) * v4) * v4


@njit(**INLINED)
def _rational_tanh(v):
    f = nb.float32
    v = at_least(at_most(v, like(v, f(_TANH_LIMIT))), like(v, f(-_TANH_LIMIT)))
    v2 = v * v
    v4 = v2 * v2
    return v * _odd(_TANH_ODD, v2, v4) / _even(_TANH_EVEN, v2, v4)


@njit(**INLINED)
def _rational_sigmoid(v):
    f = nb.float32
    v = like(v, f(0.5)) * v
    v = at_least(at_most(v, like(v, f(_TANH_LIMIT))), like(v, f(-_TANH_LIMIT)))
    v2 = v * v
    v4 = v2 * v2
    even = _even(_TANH_EVEN, v2, v4)
    return (even + v * _odd(_TANH_ODD, v2, v4)) / (even + even)


def tanh(vector):
    """Return the hyperbolic tangent: the library's for float64, within 1e-6 for float32."""
    raise TypeError("tanh of a vector exists only inside a kernel")


@overload(tanh, inline="always")
def _tanh(vector):
    def exact(vector):
        return _library_tanh(vector)

    def quick(vector):
        return _rational_tanh(vector)

    return exact if vector.dtype == types.float64 else quick


def sigmoid(vector):
    """Return the logistic function, by way of tanh: with its errors."""
    raise TypeError("sigmoid of a vector exists only inside a kernel")


@overload(sigmoid, inline="always")
def _sigmoid(vector):
    def exact(vector):
        half = like(vector, 0.5)
        return half * _library_tanh(half * vector) + half

    def quick(vector):
        return _rational_sigmoid(vector)

    return exact if vector.dtype == types.float64 else quick


BY_TYPE = {tanh: _tanh, sigmoid: _sigmoid}
"""Functions that are others, by the type of their vector: what returns the other one."""
