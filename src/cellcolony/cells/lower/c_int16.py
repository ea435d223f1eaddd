"""A cell as a C function for one node, in 16-bit fixed-point numbers.

A value v stands as the whole number nearest to v * 2^BITS, in int32_t, and never leaves the range
of int16_t: what would is replaced by the end of the range. So no product leaves that of int32_t.
"""

from __future__ import annotations

from collections.abc import Mapping

from cellcolony.cells.formula import elementary, expanded
from cellcolony.cells.lower.c import BEFORE, c_arguments
from cellcolony.cells.lower.equations import INPUT
from cellcolony.cells.operation import filled
from cellcolony.cells.program import Cell, Expression
from cellcolony.errors import ConfigError

LARGEST = 2**15 - 1


def fixed(value: float, bits: int) -> int:
    """Return a number as a fixed-point one, the nearest that there is."""
    scaled = value * 2.0**bits
    return int(min(max(round(min(max(scaled, -1e9), 1e9)), -LARGEST - 1), LARGEST))


def as_int16_function(cell: Cell, name: str, bits: int) -> str:
    """Return a function that computes one step of a node, and returns its output.

    Its arguments are those of `c.as_c_function`. Weights that are multiplied have `WEIGHT_BITS`,
    and all other numbers `bits`, which the file calls `BITS`.

    Args:
        cell: The cell.
        name: What the function is called.
        bits: How many bits stand after the point.

    Raises:
        ConfigError: An operation of the cell has no form in fixed point.
    """
    inner, own_states = expanded(cell), cell.own_states()
    name_of: dict[Expression, str] = {}
    lines = []
    for e in inner.order():
        text, is_atom = _leaf(e, cell, bits) if not e.args else (_computed(e, cell, name_of), False)
        name_of[e] = text if is_atom else f"v{len(lines)}"
        if not is_atom:
            lines.append(f"    const int32_t {name_of[e]} = {text};")
    results = {"result": name_of[inner.y]}  # what is read of the memory, before it is replaced
    results |= {f"next{k}": name_of[inner.states[name]] for k, name in enumerate(own_states)}
    lines += [f"    const int32_t {one} = {value};" for one, value in results.items()]
    lines += [f"    memory[{k}] = (int16_t)next{k};" for k in range(len(own_states))]
    arguments = ", ".join(c_arguments(cell, "int16_t", "int32_t").values()) or "void"
    head = [f"static int32_t {name}({arguments})", "{"]
    return "\n".join([*head, *lines, "    return result;", "}\n"])


def _leaf(e: Expression, cell: Cell, bits: int) -> tuple[str, bool]:
    """Return how a leaf is written, and whether that needs no name. (An int may have 16 bits.)"""
    place = {weight.leaf: k for k, weight in enumerate(cell.weights())}
    own_states = cell.own_states()
    match e.op:
        case "const":
            number = fixed(float(e.value or 0), bits)
            return (str(number) if number >= 0 else f"({number})"), True
        case "x" | "h":
            return f"weighted(weights[{place[e]}], {INPUT if e.op == 'x' else BEFORE})", False
        case "param":
            return f"(int32_t)weights[{place[e]}]", True
        case "state" if e.value in own_states:
            return f"(int32_t)memory[{own_states.index(str(e.value))}]", True
        case _:
            return (INPUT if e.op == "x_sum" else BEFORE), True


def _computed(e: Expression, cell: Cell, name_of: Mapping[Expression, str]) -> str:
    form = elementary(e.op).int16
    if not form:
        raise ConfigError(
            f"The cell {cell.name!r} computes {e.op}, which has no form in int16. Export it in "
            f"float32."
        )
    return filled(form, *(name_of[arg] for arg in e.args))
