"""Machine code of a function on vectors by LLVM alone, some ten times as fast as by Numba.

The source is Python in which the sources of cells are written (`templates/`): assignments, loops
over `range`, sums, differences and products, numbers read from pointers, and calls of functions of
`simd.py`. Every name has one type. So nothing must be inferred: the source is walked through once,
and what `simd.py` says of a function for Numba is used as it stands.

An expression of Python's own numbers, tuples and types is computed while compiling.
"""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from types import FunctionType
from typing import Any, NamedTuple

from llvmlite import binding, ir
from numba import types
from numba.core.dispatcher import Dispatcher
from numba.core.registry import cpu_target

from cellcolony.cells.lower import simd

OPERATORS = {ast.Add: ("add", "fadd"), ast.Sub: ("sub", "fsub"), ast.Mult: ("mul", "fmul")} | {
    ast.Div: ("", "fdiv")
}
"""The instructions for integers and for vectors; integers are not divided."""
FRAME, N = types.CPointer(types.int64), types.intp


class Value(NamedTuple):
    """A value that exists when the function runs: Numba's type, and what LLVM calls it."""

    kind: Any
    value: Any


class Variable(NamedTuple):
    """A variable of the function: its type, and where it lies until LLVM finds it a register."""

    kind: Any
    place: Any


def object_code(source: str, function: str, symbol: str) -> bytes:
    """Compile one function of a source for this machine; it takes a frame and three integers.

    Args:
        source: The text; what its functions need is there under their names once it has run.
        function: The function's name in it.
        symbol: The name under which the object file exports it.
    """
    return machine().emit_object(_optimised(source, function, symbol))


def assembly(source: str, function: str) -> str:
    """Return the assembly of what `object_code` returns."""
    return machine().emit_assembly(_optimised(source, function, function))


def loaded(code: bytes, symbol: str) -> int:
    """Return the address of a function of an object file, which stays loaded."""
    engine = _engine()
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine.get_function_address(symbol)


@cache
def _engine() -> binding.ExecutionEngine:
    return binding.create_mcjit_compiler(binding.parse_assembly(""), machine())


@cache
def machine() -> binding.TargetMachine:
    """Return what LLVM knows of this machine."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_default_triple()
    return target.create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static" if target.name.startswith("x86") else "default",
        codemodel="jitdefault",
    )


def _optimised(source: str, function: str, symbol: str) -> binding.ModuleRef:
    names: dict[str, Any] = {}
    exec(compile(source, symbol, "exec"), names)
    module = ir.Module(symbol)
    module.triple = binding.get_default_triple()
    module.data_layout = str(machine().target_data)
    _translate(module, names[function], _definition(source, function), symbol)
    parsed = binding.parse_assembly(str(module))
    parsed.verify()
    options = binding.create_pipeline_tuning_options()
    options.speed_level = 3
    options.loop_vectorization = options.slp_vectorization = False  # it is written with vectors
    passes = binding.create_pass_builder(machine(), options)
    passes.getModulePassManager().run(parsed, passes)
    return parsed


def _definition(source: str, function: str) -> ast.FunctionDef:
    found = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    assert len(found) == 1, function
    return found[0]


def _translate(
    module: ir.Module, python: FunctionType, definition: ast.FunctionDef, symbol: str
) -> None:
    pointer, integer = ir.IntType(64).as_pointer(), ir.IntType(64)
    kind = ir.FunctionType(ir.VoidType(), [pointer, integer, integer, integer])
    function = ir.Function(module, kind, symbol)
    entry = function.append_basic_block("entry")
    body = ir.IRBuilder(function.append_basic_block("body"))
    scope = _Scope(body, ir.IRBuilder(entry), python.__globals__)
    for name, kind, value in zip(_parameters(definition), (FRAME, N, N, N), function.args, strict=True):
        scope.assign(name, Value(kind, value))
    scope.run(definition.body)
    body.ret_void()
    ir.IRBuilder(entry).branch(function.blocks[1])


def _parameters(definition: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in definition.args.args]


class _Scope:
    """Writes the instructions of one function's statements, its variables known by name.

    Args:
        builder: Writes instructions.
        entry: Writes what is done once, at the function's beginning.
        known: What else is known by name.
    """

    def __init__(self, builder: ir.IRBuilder, entry: ir.IRBuilder, known: Mapping[str, Any]):
        self._builder, self._entry, self._known = builder, entry, known
        self._names: dict[str, Any] = {}

    def assign(self, name: str, value: Any) -> None:
        """Give a name a value; one that exists when the function runs can be given anew."""
        if not isinstance(value, Value):
            self._names[name] = value
            return
        variable = self._names.get(name)
        if variable is None:
            variable = Variable(value.kind, self._entry.alloca(value.value.type))
            self._names[name] = variable
        assert variable.kind == value.kind, name
        self._builder.store(value.value, variable.place)

    def run(self, statements: Sequence[ast.stmt]) -> Any:
        """Write statements; returns the value of a `return`, which is the last one."""
        for statement in statements:
            match statement:
                case ast.Assign(targets=[ast.Name(id=name)], value=value):
                    self.assign(name, self.value(value))
                case ast.Assign(targets=[ast.Tuple(elts=names)], value=ast.Tuple(elts=values)):
                    found = [self.value(value) for value in values]
                    for target, value in zip(names, found, strict=True):
                        assert isinstance(target, ast.Name)
                        self.assign(target.id, value)
                case ast.For(target=ast.Name(id=name), iter=ast.Call(args=bounds)):
                    self._loop(name, [self.value(bound) for bound in bounds], statement.body)
                case ast.Expr(value=ast.Call() as called):
                    self.value(called)
                case ast.Expr(value=ast.Constant()):  # a docstring
                    pass
                case ast.Return(value=value) if value is not None:
                    return self.value(value)
                case _:
                    raise NotImplementedError(ast.unparse(statement))
        return None

    def _loop(self, name: str, bounds: list[Any], statements: Sequence[ast.stmt]) -> None:
        begin, end, step = {1: (0, *bounds, 1), 2: (*bounds, 1), 3: bounds}[len(bounds)]
        assert isinstance(step, int), "a loop's step must be known while it is compiled"
        builder, last = self._builder, self._integer(end)
        counter = self._entry.alloca(last.type)
        builder.store(self._integer(begin), counter)
        head, body, after = (builder.append_basic_block(part) for part in ("head", "body", "after"))
        builder.branch(head)
        builder.position_at_end(head)
        now = builder.load(counter)
        goes_on = builder.icmp_signed("<" if step > 0 else ">", now, last)
        builder.cbranch(goes_on, body, after)
        builder.position_at_end(body)
        self.assign(name, Value(N, now))
        self.run(statements)
        builder.store(builder.add(now, self._integer(step), flags=["nsw"]), counter)
        builder.branch(head)
        builder.position_at_end(after)

    def value(self, e: ast.expr) -> Any:
        """Return an expression's value: a `Value`, or one of Python that is known already."""
        match e:
            case ast.Constant(value=number):
                return number
            case ast.Name(id=name):
                return self._named(name)
            case ast.Attribute(value=owner, attr=name):
                return getattr(self.value(owner), name)
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return self._arithmetic(ast.Sub(), 0, self.value(operand))
            case ast.BinOp(left=left, op=op, right=right):
                return self._arithmetic(op, self.value(left), self.value(right))
            case ast.Subscript(value=array, slice=place):
                return self._element(self.value(array), self.value(place))
            case ast.Tuple(elts=parts):
                return tuple(self.value(part) for part in parts)
            case ast.Call(func=function, args=arguments):
                return self._call(self.value(function), [self.value(one) for one in arguments])
            case _:
                raise NotImplementedError(ast.unparse(e))

    def _named(self, name: str) -> Any:
        found = self._names[name] if name in self._names else self._known[name]
        if isinstance(found, Variable):
            return Value(found.kind, self._builder.load(found.place))
        return found

    def _arithmetic(self, op: ast.operator, left: Any, right: Any) -> Any:
        of_integers, of_vectors = OPERATORS[type(op)]
        if not isinstance(left, Value) and not isinstance(right, Value):
            return {"add": left + right, "sub": left - right, "mul": left * right}[of_integers]
        if isinstance(left, Value) and isinstance(left.kind, simd.VectorType):
            assert left.kind == right.kind
            write = getattr(self._builder, of_vectors)
            return Value(left.kind, write(left.value, right.value, flags=simd.FAST_MATH))
        write = getattr(self._builder, of_integers)
        return Value(N, write(self._integer(left), self._integer(right), flags=["nsw"]))

    def _element(self, array: Any, place: Any) -> Any:
        if not isinstance(array, Value):
            return array[place]
        at = self._builder.gep(array.value, [self._integer(place)])
        return Value(array.kind.dtype, self._builder.load(at))

    def _call(self, function: Any, arguments: list[Any]) -> Any:
        if isinstance(function, types.Number):
            return _constant(function, arguments[0])
        if function in simd.BY_TYPE:
            function = simd.BY_TYPE[function](arguments[0].kind)
        if isinstance(function, Dispatcher):
            function = function.py_func
        if isinstance(function, FunctionType):
            return self._inlined(function, arguments)
        return self._instructions(function.__wrapped__, arguments)

    def _instructions(self, define: Callable[..., Any], arguments: list[Any]) -> Any:
        """Write the instructions of a function of `simd.py` that says so itself."""
        known = [one if isinstance(one, Value) else _number(one) for one in arguments]
        signature, generate = define(None, *(one.kind for one in known))
        values = [one.value for one in known]
        written = generate(cpu_target.target_context, self._builder, signature, values)
        return Value(signature.return_type, written)

    def _inlined(self, function: FunctionType, arguments: list[Any]) -> Any:
        """Write the statements of a function of `simd.py` that is made of others."""
        definition = _definition(textwrap.dedent(inspect.getsource(function)), function.__name__)
        scope = _Scope(self._builder, self._entry, function.__globals__)
        for name, value in zip(_parameters(definition), arguments, strict=True):
            scope.assign(name, value)
        return scope.run(definition.body)

    def _integer(self, number: Any) -> Any:
        return number.value if isinstance(number, Value) else _constant(N, number).value


def _number(number: float) -> Value:
    return _constant(N if isinstance(number, int) else types.float64, number)


def _constant(kind: types.Number, number: float) -> Value:
    return Value(kind, ir.Constant(cpu_target.target_context.get_value_type(kind), number))
