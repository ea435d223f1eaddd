"""A cell as Triton source: one time step of the units of a dense layer on a GPU, and its gradient.

The two lists of `instructions.py`, forward and reverse, become one line of source for each
instruction, in one self-contained module per cell: it imports Triton alone, which compiles it when
it first runs. A kernel works on a *group*: units of one cell side by side, in all members of the
batch. Each of these units is one lane, and no two lanes write to one place, so that the same
numbers give the same bits.

The reverse kernel computes the cell's interior again from its leaves, as on the CPU.
"""

# pyright: reportMissingImports=false
# Triton comes with torch for GPUs, and not where this package's types are checked.

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from typing import Any

from cellcolony.cells.formula import elementary, written
from cellcolony.cells.lower import compiled, templates
from cellcolony.cells.lower.instructions import (
    Array,
    Code,
    Instruction,
    Instructions,
    Places,
    computing,
    forward,
    reverse,
)
from cellcolony.cells.lower.projections import projections
from cellcolony.cells.named_trees import identifier
from cellcolony.cells.program import Cell, Expression
from cellcolony.errors import ConfigError

BLOCK = 128
"""Lanes that one block of threads computes."""

OUTPUT, PROJECTION, MEMORY, PARAM = ROWS = ("output", "projection", "memory", "param")
"""What rows of arrays hold; arrays that hold the same have rows of one length."""

_HELD = {"PARAMS": PARAM, "PROJECTIONS": PROJECTION, "MEMORY": MEMORY}
_ROW_OF = {
    array: next((row for name, row in _HELD.items() if name in array.name), OUTPUT)
    for array in Array
}
CARRIED = (Array.D_MEMORY, Array.D_OUTPUT_BEFORE)
"""What the reverse kernel reads from one array and writes to another: see `Kernel.arrays`."""

_TANH_SERIES = (1.0, -1 / 3, 2 / 15, -17 / 315, 62 / 2835, -1382 / 155925, 21844 / 6081075)
_NEAR = 0.15
"""Below it the first term that `_TANH_SERIES` leaves out is under 1e-14 of the result."""


@dataclass(frozen=True)
class Kernel:
    """A function of a generated module.

    It is called with the arrays; the number of lanes, units times batch; the number of units; the
    lengths of rows, in the order of `ROWS`; the places, in the order of `in_order`; and `BLOCK`.

    Attributes:
        run: What Triton made of it: `run[(blocks,)](...)`.
        arrays: What it reads and writes, in the order of its arguments. Each of `CARRIED` is two
            arguments, what is read and what is written: lanes may run at different times.
    """

    run: Any
    arrays: tuple[Array, ...]


@dataclass(frozen=True)
class TritonCell:
    """A cell's kernels.

    Attributes:
        forward: From projections and memory to output and next memory.
        reverse: From the gradient by these to that by projections, memory and params. Arrays of
            `D_PARAMS` have a row for each member of the batch, to which it adds.
    """

    forward: Kernel
    reverse: Kernel


@cache
def kernels(cell: Cell, masked: bool) -> TritonCell:
    """Write a cell's module to the cache folder, and import it.

    Args:
        cell: The cell.
        masked: Whether h(k) sees the output through a mask.

    Raises:
        ConfigError: Triton is not installed.
    """
    if importlib.util.find_spec("triton") is None:
        raise ConfigError(
            "Dense layers on a GPU need Triton, which is not installed. Run `pip install triton`, "
            "or move the layer to the CPU: `layer.to('cpu')`."
        )
    module = compiled.load(f"triton_{identifier(cell.name)}", generate(cell, masked))
    there, back = _lists(cell, masked)
    return TritonCell(Kernel(module.forward, _arrays(there)), Kernel(module.reverse, _arrays(back)))


def in_order(cell: Cell, places: Places) -> tuple[int, ...]:
    """Return the places of a cell's units in rows as its kernels take them."""
    at = (places.projections[value] for value in _columns(cell))
    params = (places.params[str(leaf.value)] for leaf in cell.leaves("param"))
    return (places.output, *at, *(places.memory[name] for name in cell.own_states()), *params)


def generate(cell: Cell, masked: bool) -> str:
    """Return the source of a cell's module.

    Args:
        cell: The cell.
        masked: Whether h(k) sees the output through a mask.
    """
    series = repr(_TANH_SERIES[-1])
    for factor in reversed(_TANH_SERIES[:-1]):
        series = f"{factor!r} + s * ({series})"
    kernels = [
        _shown(cell, function, part)
        for function, part in zip(("forward", "reverse"), _lists(cell, masked), strict=True)
    ]
    return templates.filled(
        "cellcolony.cells.lower",
        "triton_cell",
        name=identifier(cell.name) + (", its output seen through a mask" if masked else ""),
        series=series,
        near=_NEAR,
        kernels=kernels,
        rows=ROWS,
    )


def _lists(cell: Cell, masked: bool) -> tuple[Instructions, Instructions]:
    """Return a cell's instructions, with numbers of arguments where else its places stand."""
    numbers = {name: k for k, name in enumerate(cell.own_states())}
    params = {str(leaf.value): k for k, leaf in enumerate(cell.leaves("param"))}
    columns = {value: k for k, value in enumerate(_columns(cell))}
    places = Places(0, columns, numbers, params)
    return forward(cell, places, masked), reverse(cell, places, masked)


def _columns(cell: Cell) -> tuple[Expression, ...]:
    needed = projections(cell)
    return needed.of_input + needed.summed + needed.of_output


def _arrays(part: Instructions) -> tuple[Array, ...]:
    used = {array for line in part.lines if (array := _array(line)) is not None}
    return tuple(sorted(used))


def _array(line: Instruction) -> Array | None:
    match line.code:
        case Code.LOAD | Code.STORE | Code.ACCUMULATE:
            return Array(line.a)
        case _:
            return None


def _shown(cell: Cell, function: str, part: Instructions) -> dict[str, Any]:
    """Return what the template shows of a kernel."""
    counts = 1, len(_columns(cell)), len(cell.own_states()), len(cell.leaves("param"))
    return {
        "function": function,
        "arrays": [name for array in _arrays(part) for name in _arguments(array)],
        "places": [f"{row}_{k}" for row, n in zip(ROWS, counts, strict=True) for k in range(n)],
        "real": _arguments(Array.OUTPUT if function == "forward" else Array.D_OUTPUT)[0],
        "lines": _lines(cell, part),
    }


def _arguments(array: Array) -> tuple[str, ...]:
    """Return what a kernel calls an array: never `params`, which Triton's code around it uses."""
    name = array.name.lower()
    return (f"{name}_ptr", f"{name}_to_ptr") if array in CARRIED else (f"{name}_ptr",)


def _lines(cell: Cell, part: Instructions) -> Iterable[str]:
    known: set[str] = set()
    for line in part.lines:
        array, r = _array(line), f"r{line.register}"
        if array is not None:
            offset, place = _offset(array, line.b)
            if offset not in known:
                yield f"{offset} = {place}"
                known.add(offset)
            yield f"{_access(line, array, offset)}  # {_said(cell, array, line.b)}"
        elif line.code == Code.NUMBER:
            yield f"{r} = tl.full([BLOCK], {_number(part.constants[line.a])}, REAL)"
        elif line.code == Code.NEGATE:
            yield f"{r} = -r{line.a}"
        else:
            formula, operands = computing()[line.code]
            names = dict(zip(operands, (f"r{line.a}", f"r{line.b}"), strict=False))
            yield f"{r} = {written(formula, names, _form, _number)}"


def _access(line: Instruction, array: Array, offset: str) -> str:
    read, written = (f"{_arguments(array)[i]} + {offset}" for i in (0, -1))
    r, load = f"r{line.register}", f"tl.load({read}, mask=inside)"
    match line.code:
        case Code.LOAD:
            return f"{r} = {load}.to(REAL)"
        case Code.STORE:
            return f"tl.store({written}, {r}, mask=inside)"
        case _:
            return f"tl.store({written}, {load} + {r}, mask=inside)"


def _offset(array: Array, place: int) -> tuple[str, str]:
    """Return what a place of a lane's row is called, and what it is."""
    row = _ROW_OF[array]
    if array == Array.PARAMS:
        return f"in_{row}s_{place}", f"{row}_{place} + unit"
    return f"at_{row}_{place}", f"row * {row}_row + {row}_{place} + unit"


def _said(cell: Cell, array: Array, place: int) -> str:
    match _ROW_OF[array]:
        case "projection":
            value = _columns(cell)[place]
            what = " + ".join(_leaf(leaf) for leaf in value.args or (value,))
        case "memory":
            what = repr(cell.own_states()[place])
        case "param":
            what = repr(str(cell.leaves("param")[place].value))
        case _:
            what = "y"
    return f"{array.name.lower()}: {what}"


def _leaf(leaf: Expression) -> str:
    return "x()" if leaf.op == "x_sum" else f"{leaf.op}({leaf.value})"


def _form(op: str) -> str:
    return elementary(op).triton


def _number(number: float) -> str:
    return repr(number) if math.isfinite(number) else f"float({str(number)!r})"
