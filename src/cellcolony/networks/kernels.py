"""The compiled loops of a network: one window of time forward, and back.

They run from a copy in the cache folder (`cellcolony.cells.lower.compiled`), one for each
precision and width of vectors, and others in which each lane has weights of its own. `layout`,
`memory` and `batches` are records of numbers and of addresses of the arrays in `Layout`, `Memory`
and `Batches` (see `records.py`): one argument where a tuple of arrays would be two hundred, which
takes a compiler ten times as long. No function allocates; all may run in several threads.
`translation.py` reads them: what says what it returns is compiled once; the rest becomes a part
of it.
"""

from __future__ import annotations

import numpy as np
from numba import types

from cellcolony.cells.lower.frame import N_FIELDS
from cellcolony.cells.lower.simd import (
    call,
    flags,
    float32s,
    float64s,
    integers,
    pointer,
    store,
    vectors,
)
from cellcolony.networks.sum_kernels import (
    add_terms,
    add_weight_gradients,
    add_wide_sums,
    narrow_sum,
)

REAL = types.float32  # the copy for checks says float64
reals = float32s if types.float32 == REAL else float64s
VECTOR = 8  # copies for other widths say so
DRAWS = False  # copies whose lanes are draws of weights, all on the same data, say True
load, broadcast, splat = vectors(VECTOR)

SQUARED, ABSOLUTE = 0, 1
"""Losses that can be trained on."""


def clear(numbers, n):
    """Set n numbers to 0."""
    zero = splat(REAL(0))
    whole = n // VECTOR * VECTOR
    for i in range(0, whole, VECTOR):
        store(numbers, i, zero)
    for i in range(whole, n):
        numbers[i] = REAL(0)


def copy(target, to, source, at, n):
    """Copy n numbers from source[at] to target[to]; the two do not overlap."""
    if n < VECTOR:
        for i in range(n):
            target[to + i] = source[at + i]
        return
    for i in range(0, n - VECTOR, VECTOR):
        store(target, to + i, load(source, at + i))
    last = n - VECTOR
    store(target, to + last, load(source, at + last))


def spread_weights(theta, layout, memory) -> None:
    """Write the weights to wherever kernels read them: `(n_weights,)`, or, of draws, with lanes."""
    n_edges, lanes = layout.n_edges, layout.lanes
    each = lanes if DRAWS else 1
    place, pull_place = integers(layout.terms_place), integers(layout.pulls_place)
    term_weights, pull_weights = reals(memory.term_weights), reals(memory.pull_weights)
    for e in range(n_edges):
        for i in range(each):
            term_weights[place[e] + i] = theta[e * each + i]
            if memory.backward and pull_place[e] >= 0:
                pull_weights[pull_place[e] + i] = theta[e * each + i]
    cell_places, weights = integers(layout.cell_places), reals(memory.weights)
    for k in range(theta.size // each - n_edges):
        for lane in range(lanes):
            weights[cell_places[k] + lane] = theta[(n_edges + k) * each + (lane if DRAWS else 0)]


def collect_gradient(layout, memory, gradient) -> None:
    """Read the gradient, laid out as the weights, from wherever kernels added it up."""
    n_edges, lanes = layout.n_edges, layout.lanes
    each = lanes if DRAWS else 1
    place, dterm_weights = integers(layout.terms_place), reals(memory.dterm_weights)
    for e in range(n_edges):
        for i in range(each):
            gradient[e * each + i] = dterm_weights[place[e] + i]
    cell_places, dweights = integers(layout.cell_places), reals(memory.dweights)
    for k in range(gradient.size // each - n_edges):
        total = 0.0
        for lane in range(lanes):
            if DRAWS:
                gradient[(n_edges + k) * lanes + lane] = dweights[cell_places[k] + lane]
            else:
                total += dweights[cell_places[k] + lane]
        if not DRAWS:
            gradient[n_edges + k] = total


def begin_window(layout, memory, batches, window) -> None:
    """Carry the window before over, or start afresh, and copy the inputs in."""
    lanes, row, history = layout.lanes, layout.stride, layout.history
    data_lanes = 1 if DRAWS else lanes
    y, states = reals(memory.y), reals(memory.states)
    n_steps, fresh = integers(batches.n_steps), flags(batches.fresh)
    if window > 0:
        last = n_steps[window - 1]
        for i in range(history * row):
            y[i] = y[last * row + i]
    for lane in range(lanes):
        if fresh[window * data_lanes + (0 if DRAWS else lane)]:
            for i in range(lane, history * row, lanes):
                y[i] = REAL(0)
            for i in range(lane, layout.n_state_numbers, lanes):
                states[i] = REAL(0)
    slots, columns = integers(layout.input_slots), integers(layout.input_columns)
    inputs, n_columns = reals(batches.inputs), batches.n_inputs
    for t in range(n_steps[window]):
        here = (history + t) * row
        there = (window * batches.longest + t) * n_columns * data_lanes
        if layout.all_columns and not DRAWS:
            copy(y, here, inputs, there, n_columns * lanes)
            continue
        for i in range(layout.n_inputs):
            if DRAWS:
                value = broadcast(inputs, there + columns[i])
                for j in range(0, lanes, VECTOR):
                    store(y, here + slots[i] + j, value)
            else:
                for lane in range(lanes):
                    y[here + slots[i] + lane] = inputs[there + columns[i] * lanes + lane]


def run_groups(first, last, layout, memory, t0, t1, in_cycle):
    """Compute groups for the steps t0 .. t1 - 1; in a cycle, step by step with the inner terms."""
    lanes, row = layout.lanes, layout.stride
    frames, functions = integers(memory.frames), integers(layout.forward)
    tiles, tile_slots = integers(layout.group_tiles), integers(layout.tile_slots)
    inner, end = integers(layout.terms_inner), pointer(integers(layout.terms_begin), 1)
    pairs, offsets = integers(layout.terms_pairs), integers(layout.terms_offset)
    term_weights = reals(memory.term_weights)
    s, y = reals(memory.s), reals(memory.y)
    step = 1 if in_cycle else t1 - t0
    for t in range(t0, t1, step):
        at = t * row
        for group in range(first, last):
            last_tile = tiles[group + 1] if in_cycle else tiles[group]
            for tile in range(tiles[group], last_tile):
                k, k_end, slot = inner[tile], end[tile], tile_slots[tile]
                if k == k_end:
                    continue
                if lanes == 1:
                    total = load(s, at + slot)
                    total = narrow_sum(total, k, k_end, offsets, term_weights, y, at)
                    store(s, at + slot, total)
                else:
                    add_wide_sums(
                        tile, inner, end, pairs, offsets, term_weights, y, s, slot, at, lanes
                    )
            call(functions[group], (pointer(frames, group * N_FIELDS), step, t, t))


def run_groups_back(first, last, layout, memory, t0, n, in_cycle):
    """Compute groups' gradients for a block of n steps from t0, from the last step to the first."""
    lanes, row = layout.lanes, layout.stride
    frames, functions = integers(memory.frames), integers(layout.backward)
    tiles, tile_slots = integers(layout.group_tiles), integers(layout.tile_slots)
    inner, end = integers(layout.pulls_inner), pointer(integers(layout.pulls_begin), 1)
    pairs, offsets = integers(layout.pulls_pairs), integers(layout.pulls_offset)
    pull_weights = reals(memory.pull_weights)
    dy, ds = reals(memory.dy), reals(memory.ds)
    step = 1 if in_cycle else n
    for done in range(0, n, step):
        i = n - step - done
        at = i * row
        for group in range(last - 1, first - 1, -1):
            last_tile = tiles[group + 1] if in_cycle else tiles[group]
            for tile in range(tiles[group], last_tile):
                k, k_end, slot = inner[tile], end[tile], tile_slots[tile]
                if k == k_end:
                    continue
                if lanes == 1:
                    total = load(dy, at + slot)
                    total = narrow_sum(total, k, k_end, offsets, pull_weights, ds, at)
                    store(dy, at + slot, total)
                else:
                    add_wide_sums(
                        tile, inner, end, pairs, offsets, pull_weights, ds, dy, slot, at, lanes
                    )
            call(functions[group], (pointer(frames, group * N_FIELDS), step, t0 + i, i))


def forward(layout, memory, n_steps, stop) -> bool:
    """Compute all nodes for a window's steps; returns False where the stop flag ended it."""
    begin, inner = integers(layout.terms_begin), integers(layout.terms_inner)
    pairs, offsets = integers(layout.terms_pairs), integers(layout.terms_offset)
    weights = reals(memory.term_weights)
    tiles, components = integers(layout.group_tiles), integers(layout.components)
    cyclic, row, block = flags(layout.cyclic), layout.stride, layout.block
    y, s = reals(memory.y), reals(memory.s)
    for t0 in range(0, n_steps, block):
        if stop[0]:
            return False
        t1 = min(t0 + block, n_steps)
        clear(pointer(s, t0 * row), (t1 - t0) * row)
        for c in range(layout.n_components):
            first, last = components[c], components[c + 1]
            tile, end = tiles[first], tiles[last]
            add_terms(tile, end, begin, inner, pairs, offsets, weights, y, s, layout, t0, t1)
            run_groups(first, last, layout, memory, t0, t1, cyclic[c])
    return True


def add_output_gradient(layout, memory, batches, window, t0, n, loss_kind):
    """Write the loss's gradient by the outputs of a block to dy; returns the loss's summed part."""
    row, lanes, n_outputs = layout.stride, layout.lanes, layout.n_outputs
    data_lanes = 1 if DRAWS else lanes
    slots, y, dy = integers(layout.output_slots), reals(memory.y), reals(memory.dy)
    counts, targets = reals(batches.counts), reals(batches.targets)
    scale = 1.0 / (max(integers(batches.n_counts)[window], 1) * n_outputs)
    total = 0.0
    for t in range(n):
        at = (layout.history + t0 + t) * row
        step = window * batches.longest + t0 + t
        for o in range(n_outputs):
            for lane in range(lanes):
                data_lane = 0 if DRAWS else lane
                if counts[step * data_lanes + data_lane] == 0:
                    continue
                place = slots[o] + lane
                error = y[at + place] - targets[(step * n_outputs + o) * data_lanes + data_lane]
                if loss_kind == SQUARED:
                    total += scale * error * error
                    dy[t * row + place] = REAL(2 * scale * error)
                else:
                    total += scale * abs(error)
                    dy[t * row + place] = REAL(scale * np.sign(error))
    return total


def backward(layout, memory, batches, window, loss_kind, stop) -> float:
    """Compute the loss of a window, and its gradient by all weights into dweights, dterm_weights.

    The loss is the mean over outputs and counted steps, of draws their sum. Returns NaN where the
    stop flag ended it.
    """
    begin, inner = integers(layout.pulls_begin), integers(layout.pulls_inner)
    pairs, offsets = integers(layout.pulls_pairs), integers(layout.pulls_offset)
    weights = reals(memory.pull_weights)
    tiles, components = integers(layout.group_tiles), integers(layout.components)
    cyclic, row, block = flags(layout.cyclic), layout.stride, layout.block
    dy, ds = reals(memory.dy), reals(memory.ds)
    n_history = layout.history * row
    clear(reals(memory.carries), layout.n_carry_numbers)
    clear(reals(memory.dweights), layout.n_cell_numbers)
    clear(reals(memory.dterm_weights), layout.n_term_numbers)
    clear(ds, block * row + n_history)
    loss = 0.0
    n_steps = integers(batches.n_steps)[window]
    for b in range((n_steps - 1) // block, -1, -1):
        if stop[0]:
            return np.nan
        t0 = b * block
        n = min(block, n_steps - t0)
        clear(dy, n * row)
        loss += add_output_gradient(layout, memory, batches, window, t0, n, loss_kind)
        for c in range(layout.n_components - 1, -1, -1):
            first, last = components[c], components[c + 1]
            tile, end = tiles[first], tiles[last]
            add_terms(tile, end, begin, inner, pairs, offsets, weights, ds, dy, layout, 0, n)
            run_groups_back(first, last, layout, memory, t0, n, cyclic[c])
        add_weight_gradients(layout, memory, t0, n)
        # The block before needs the gradient of this block's first steps, where time skips end.
        for i in range(n_history - 1, -1, -1):
            ds[block * row + i] = ds[i]
    return loss
