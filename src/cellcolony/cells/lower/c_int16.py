"""A cell as a C function for one node, in 16-bit fixed-point numbers.

A value v stands as the whole number nearest to v * 2^BITS, in int32_t, and never leaves the range
of int16_t: what would is replaced by the end of the range. So no product leaves that of int32_t.
"""

from __future__ import annotations

from cellcolony.cells.formula import elementary, expanded
from cellcolony.cells.lower.c import BEFORE, c_arguments
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
    place = {weight.leaf: k for k, weight in enumerate(cell.weights())}
    number = {e: i for i, e in enumerate(inner.order())}

    def formula(e: Expression) -> str:
        match e.op:
            case "const":
                return str(fixed(float(e.value or 0), bits))
            case "x_sum":
                return "x"
            case "x":
                return f"weighted(weights[{place[e]}], x)"
            case "h":
                return f"weighted(weights[{place[e]}], {BEFORE})"
            case "state":
                known = e.value in own_states
                return f"memory[{own_states.index(str(e.value))}]" if known else BEFORE
            case "param":
                return f"weights[{place[e]}]"
            case op:
                form = elementary(op).int16
                if not form:
                    raise ConfigError(
                        f"The cell {cell.name!r} computes {op}, which has no form in int16. "
                        f"Export it in float32."
                    )
                return filled(form, *(f"v{number[arg]}" for arg in e.args))

    lines = [f"    const int32_t v{i} = {formula(e)};" for e, i in number.items()]
    lines += [
        f"    memory[{k}] = (int16_t)v{number[inner.states[state]]};"
        for k, state in enumerate(own_states)
    ]
    arguments = ", ".join(c_arguments(cell, "int16_t", "int32_t").values()) or "void"
    head = [f"static int32_t {name}({arguments})", "{"]
    return "\n".join([*head, *lines, f"    return v{number[inner.y]};", "}\n"])
