"""Slow and obvious: a network in 16-bit fixed-point numbers, in whole numbers of Python."""

from __future__ import annotations

import math

import numpy as np

from cellcolony.cells.formula import expanded
from cellcolony.export.c.int16 import int16
from cellcolony.export.contents import Contents


def saturated(value: int) -> int:
    return max(-32768, min(32767, value))


def rounded(value: int, bits: int) -> int:
    return saturated((value + (1 << bits >> 1)) >> bits)


def run(parts: Contents, bits: int, rows: np.ndarray) -> np.ndarray:
    """Return the outputs of each step as whole numbers, `(time, n_targets)`."""
    constants = int16(parts, bits).constants
    edge_bits, weight_bits = constants["EDGE_BITS"], constants["WEIGHT_BITS"]

    def quantized(value: float, bits: int) -> int:
        return saturated(round(value * 2**bits))

    def tanh(a: int) -> int:
        table = [quantized(math.tanh(i / 32), bits) for i in range(6 * 32 + 1)]
        at, beyond = divmod(abs(a), 1 << (bits - 5))
        shift = bits - 5
        size = table[-1]
        if at < len(table) - 1:
            step = (table[at + 1] - table[at]) * beyond
            size = table[at] + ((step + (1 << shift >> 1)) >> shift)
        return -size if a < 0 else size

    operations = {
        "add": lambda a, b: saturated(a + b),
        "sub": lambda a, b: saturated(a - b),
        "mul": lambda a, b: rounded(a * b, bits),
        "tanh": tanh,
        "sigmoid": lambda a: (tanh((a + 1) >> 1) + (1 << bits) + 1) >> 1,
        "relu": lambda a: max(a, 0),
    }
    ins, read = parts.transform.input_scaling, list(parts.read)
    offset = ins.offset[read].astype(np.float32)
    rest = (ins.offset[read] - offset).astype(np.float32)
    factor = (2.0**bits / ins.width[read]).astype(np.float32)
    past: list[list[int]] = []
    memory = [
        dict.fromkeys(group.cell.own_states(), 0) for group in parts.groups for _ in group.nodes
    ]
    found = []
    for row in rows.astype(np.float32):
        y = []
        for value in ((row[read] - offset) - rest) * factor:
            nearest = int(np.trunc(value + np.float32(np.copysign(0.5, value))))
            y.append(saturated(nearest))
        number = 0
        for group in parts.groups:
            cell = expanded(group.cell)
            place = {w.leaf: k for k, w in enumerate(group.cell.weights())}
            for i in range(len(group.nodes)):
                node = group.begin + i
                total = 0
                for (source, target, back), weight in zip(
                    parts.edges.tolist(), parts.edge_weights.tolist(), strict=True
                ):
                    if target == node and (back == 0 or back <= len(past)):
                        given = y[source] if back == 0 else past[-back][source]
                        total += quantized(weight, edge_bits) * given
                x, before = rounded(total, edge_bits), past[-1][node] if past else 0
                own, values = memory[number], {}
                for e in cell.order():
                    if e.op in ("x", "h"):
                        weight = quantized(group.weights[i, place[e]].item(), weight_bits)
                        values[e] = rounded(weight * (x if e.op == "x" else before), weight_bits)
                    elif e.op == "param":
                        values[e] = quantized(group.weights[i, place[e]].item(), bits)
                    elif e.op == "const":
                        values[e] = quantized(float(e.value or 0), bits)
                    elif e.op == "x_sum":
                        values[e] = x
                    elif e.op == "state":
                        values[e] = own.get(str(e.value), before)
                    else:
                        values[e] = operations[e.op](*(values[arg] for arg in e.args))
                memory[number] = {name: values[cell.states[name]] for name in own}
                y.append(values[cell.y])
                number += 1
        past.append(y)
        found.append([y[place] for place in parts.outputs])
    return np.array(found)
