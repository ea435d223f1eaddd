"""Machine code by LLVM of functions that `translation.py` reads, for this machine."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from types import FunctionType
from typing import Any

from llvmlite import binding, ir


def object_code(python: FunctionType, kinds: Sequence[Any], symbol: str) -> bytes:
    """Compile a function; returns an object file.

    Args:
        python: The function.
        kinds: The types of its arguments, see `translation.Translation.function`.
        symbol: The name by which the object file exports it.
    """
    return machine().emit_object(_optimised(python, kinds, symbol))


def assembly(python: FunctionType, kinds: Sequence[Any]) -> str:
    """Return the assembly of what `object_code` returns."""
    return machine().emit_assembly(_optimised(python, kinds, python.__name__))


def loaded(code: bytes, symbol: str) -> int:
    """Return the address of a function of an object file, which stays loaded."""
    engine = _engine()
    engine.add_object_file(binding.ObjectFileRef.from_data(code))
    engine.finalize_object()
    return engine.get_function_address(symbol)


@cache
def machine() -> binding.TargetMachine:
    """Return what LLVM knows of this machine."""
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    target = binding.Target.from_triple(binding.get_process_triple())
    return target.create_target_machine(
        cpu=binding.get_host_cpu_name(),
        features=binding.get_host_cpu_features().flatten(),
        opt=3,
        reloc="static" if target.name.startswith("x86") else "default",
        codemodel="jitdefault",
    )


@cache
def _engine() -> binding.ExecutionEngine:
    return binding.create_mcjit_compiler(binding.parse_assembly(""), machine())


def _optimised(python: FunctionType, kinds: Sequence[Any], symbol: str) -> binding.ModuleRef:
    # Only what compiles needs it: a warm start goes without.
    from cellcolony.cells.lower.translation import Translation

    module = ir.Module(symbol)
    module.triple = binding.get_process_triple()
    module.data_layout = str(machine().target_data)
    Translation(module).function(python, kinds, symbol)
    parsed = binding.parse_assembly(str(module))
    parsed.verify()
    options = binding.create_pipeline_tuning_options()
    options.speed_level = 3
    options.loop_vectorization = True
    passes = binding.create_pass_builder(machine(), options)
    passes.getModulePassManager().run(parsed, passes)
    return parsed
