"""The compiled loop of a population: every step of all its networks, each in a lane of its own.

It runs from a copy in the cache folder. `layout` is a record of numbers and addresses, see
`population.Population`. A term is added to the sum of its lane after the one before, in the order
of the network's own nodes, so that a network's numbers do not depend on its neighbours.
"""

from __future__ import annotations

import numpy as np
from numba import types

from cellcolony.cells.lower.frame import N_FIELDS
from cellcolony.cells.lower.simd import (
    call,
    float32s,
    integers,
    pointer,
    store,
    vectors,
)

VECTOR = 8  # copies for other widths say so
load, broadcast, splat = vectors(VECTOR)

WINDOW = 64
"""Steps whose values are kept at once: what stays in the first caches."""


def step(layout, frames, y, t) -> None:
    """Compute all nodes for step t of a window, whose row of `y` holds the inputs."""
    lanes, s, at = layout.lanes, float32s(layout.s), (layout.history + t) * layout.row
    begin, offsets = integers(layout.terms_begin), integers(layout.terms_offset)
    weights, functions = float32s(layout.term_weights), integers(layout.forward)
    first_slots = integers(layout.first_slots)
    for group in range(layout.n_groups):
        first, last = first_slots[group], first_slots[group + 1]
        for slot in range(first, last):
            k0, k1 = begin[slot], begin[slot + 1]
            whole = lanes // (4 * VECTOR) * (4 * VECTOR)
            for j in range(0, whole, 4 * VECTOR):  # four sums do not wait for each other
                a = splat(types.float32(0))
                b, c, d = a, a, a
                for k in range(k0, k1):
                    w, here = k * lanes + j, at + offsets[k] + j
                    a = a + load(weights, w) * load(y, here)
                    b = b + load(weights, w + VECTOR) * load(y, here + VECTOR)
                    c = c + load(weights, w + 2 * VECTOR) * load(y, here + 2 * VECTOR)
                    d = d + load(weights, w + 3 * VECTOR) * load(y, here + 3 * VECTOR)
                here = slot * lanes + j
                store(s, here, a)
                store(s, here + VECTOR, b)
                store(s, here + 2 * VECTOR, c)
                store(s, here + 3 * VECTOR, d)
            for j in range(whole, lanes, VECTOR):
                total = splat(types.float32(0))
                for k in range(k0, k1):
                    total = total + load(weights, k * lanes + j) * load(y, at + offsets[k] + j)
                store(s, slot * lanes + j, total)
        call(functions[group], (pointer(frames, group * N_FIELDS), 1, 0, t))


def run(layout, frames, y, inputs, targets, counts, errors, outputs, stop) -> bool:
    """Run all networks over a series from zero state.

    Args:
        layout: What is computed; its states are 0.
        frames: `(n_groups * N_FIELDS,) int64`: where each group's numbers lie.
        y: Zeros: `history` rows and those of a window.
        inputs: `(time, n_columns)`.
        targets: `(time, n_outputs)`.
        counts: `(time,) uint8`: the steps whose error counts.
        errors: `(n_outputs, lanes) float64`: absolute errors are added to it.
        outputs: `(time, n_outputs, lanes)`, written; of no time where they are not wanted.
        stop: `(1,) uint8`: nonzero ends it.

    Returns:
        False where the stop flag ended it.
    """
    lanes, row, history = layout.lanes, layout.row, layout.history
    columns, slots = integers(layout.columns), integers(layout.output_slots)
    values = pointer(inputs, 0)
    n_steps, n_columns = inputs.size // layout.n_columns, layout.n_columns
    for t0 in range(0, n_steps, WINDOW):
        if stop[0]:
            return False
        n = min(WINDOW, n_steps - t0)
        for t in range(n):
            at = (history + t) * row
            for i in range(layout.n_inputs):
                value = broadcast(values, (t0 + t) * n_columns + columns[i])
                for j in range(0, lanes, VECTOR):
                    store(y, at + i * lanes + j, value)
            step(layout, frames, y, t)
            for o in range(layout.n_outputs):
                if outputs.size:
                    for lane in range(lanes):
                        outputs[t0 + t, o, lane] = y[at + slots[o * lanes + lane] + lane]
                if counts[t0 + t]:
                    target = np.float64(targets[t0 + t, o])
                    for lane in range(lanes):
                        found = np.float64(y[at + slots[o * lanes + lane] + lane])
                        errors[o, lane] += abs(found - target)
        for i in range(history * row):
            y[i] = y[n * row + i]
    return True
