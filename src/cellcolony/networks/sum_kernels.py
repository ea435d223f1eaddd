"""Sums of what flows into nodes, and what they add to the gradient by weights.

They are parts of `kernels.py`, from a copy of the same precision and width of vectors.
"""

from __future__ import annotations

from numba import types

from cellcolony.cells.lower.simd import (
    add_up,
    float32s,
    float64s,
    integers,
    pointer,
    store,
    vectors,
)
from cellcolony.networks.layout import ALONE, FIRST, TERMS_AT_ONCE

REAL = types.float32  # the copy for checks says float64
reals = float32s if types.float32 == REAL else float64s
VECTOR = 8  # copies for other widths say so
DRAWS = False  # copies whose lanes are draws of weights, all on the same data, say True
load, broadcast, splat = vectors(VECTOR)


def narrow_sum(total, first, last, offsets, weights, source, at):
    """Add up terms for a vector of nodes in one lane: weights[k] * source[at + offsets[k]]."""
    b = splat(REAL(0))
    c, d = b, b
    for k in range(first, last, TERMS_AT_ONCE):
        w = k * VECTOR
        total = total + load(weights, w) * broadcast(source, at + offsets[k])
        b = b + load(weights, w + VECTOR) * broadcast(source, at + offsets[k + 1])
        c = c + load(weights, w + 2 * VECTOR) * broadcast(source, at + offsets[k + 2])
        d = d + load(weights, w + 3 * VECTOR) * broadcast(source, at + offsets[k + 3])
    return (total + b) + (c + d)


def weight(weights, k, lane, lanes):
    """Return the weight of a term for a vector of lanes."""
    if DRAWS:
        return load(weights, k * lanes + lane)
    return broadcast(weights, k)


def wide_sum(total, first, last, offsets, weights, source, at, lane, lanes):
    """Add up terms for one node in a vector of lanes: weights[k] * source[at + offsets[k]].

    A draw has weights of its own: weights[k, lane].
    """
    b = splat(REAL(0))
    c, d = b, b
    for k in range(first, last, TERMS_AT_ONCE):
        total = total + weight(weights, k, lane, lanes) * load(source, at + offsets[k])
        b = b + weight(weights, k + 1, lane, lanes) * load(source, at + offsets[k + 1])
        c = c + weight(weights, k + 2, lane, lanes) * load(source, at + offsets[k + 2])
        d = d + weight(weights, k + 3, lane, lanes) * load(source, at + offsets[k + 3])
    return (total + b) + (c + d)


def add_two_sums(first, last, other, offsets, weights, source, target, slot, at, lane, lanes):
    """Add to two nodes that follow each other, in a vector of lanes, terms that read the same.

    What is read serves both: to load it takes longer than to multiply. The terms of the second node
    begin at `other`.
    """
    here = at + slot
    a, e = load(target, here), load(target, here + lanes)
    b = splat(REAL(0))
    c, d, f, g, h = b, b, b, b, b
    for k in range(first, last, TERMS_AT_ONCE):
        m = other + k - first
        p, q = load(source, at + offsets[k]), load(source, at + offsets[k + 1])
        r, s = load(source, at + offsets[k + 2]), load(source, at + offsets[k + 3])
        a = a + weight(weights, k, lane, lanes) * p
        b = b + weight(weights, k + 1, lane, lanes) * q
        c = c + weight(weights, k + 2, lane, lanes) * r
        d = d + weight(weights, k + 3, lane, lanes) * s
        e = e + weight(weights, m, lane, lanes) * p
        f = f + weight(weights, m + 1, lane, lanes) * q
        g = g + weight(weights, m + 2, lane, lanes) * r
        h = h + weight(weights, m + 3, lane, lanes) * s
    store(target, here, (a + b) + (c + d))
    store(target, here + lanes, (e + f) + (g + h))


def add_wide_sums(tile, begin, end, pairs, offsets, weights, source, target, slot, at, lanes):
    """Add a tile's terms to it for one step in many lanes; those of both tiles, where it is a pair.

    target[tile] += sum of weights[k] * source[offsets[k]] for k in begin[tile] .. end[tile]
    """
    first, last = begin[tile], end[tile]
    if pairs[tile] == ALONE:
        for lane in range(0, lanes, VECTOR):
            j = at + lane
            total = load(target, j + slot)
            total = wide_sum(total, first, last, offsets, weights, source, j, lane, lanes)
            store(target, j + slot, total)
    elif pairs[tile] == FIRST:
        other = begin[tile + 1]
        for lane in range(0, lanes, VECTOR):
            j = at + lane
            add_two_sums(first, last, other, offsets, weights, source, target, slot, j, lane, lanes)


def add_terms(
    first_tile, last_tile, begin, end, pairs, offsets, weights, source, target, layout, t0, t1
):
    """Add each tile's terms to it, for the steps t0 .. t1 - 1.

    target[t, tile] += sum of weights[k] * source[t, offsets[k]] for k in begin[tile] .. end[tile]
    """
    lanes, row, tile_slots = layout.lanes, layout.stride, integers(layout.tile_slots)
    for tile in range(first_tile, last_tile):
        first, last, slot = begin[tile], end[tile], tile_slots[tile]
        if first == last:
            continue
        for at in range(t0 * row, t1 * row, row):
            if lanes == 1:
                total = load(target, at + slot)
                total = narrow_sum(total, first, last, offsets, weights, source, at)
                store(target, at + slot, total)
            else:
                add_wide_sums(
                    tile, begin, end, pairs, offsets, weights, source, target, slot, at, lanes
                )


def add_weight_gradients(layout, memory, t0, n):
    """Add to the gradient by each term's weights what a block of n steps from t0 contributes.

    Tiles that are a pair are done together: what they read is loaded once.
    """
    tile_slots, begin = integers(layout.tile_slots), integers(layout.terms_begin)
    offsets, pairs = integers(layout.terms_offset), integers(layout.terms_pairs)
    ds, result = reals(memory.ds), reals(memory.dterm_weights)
    lanes, row = layout.lanes, layout.stride
    y = pointer(reals(memory.y), t0 * row)
    for tile in range(layout.n_tiles):
        slot, first = tile_slots[tile], begin[tile]
        for k in range(first, begin[tile + 1], TERMS_AT_ONCE):
            if lanes == 1:
                add_in_one_lane(result, k, offsets, y, ds, slot, row, n)
            elif DRAWS:
                add_for_draws(result, k, offsets, y, ds, slot, row, n, lanes)
            elif pairs[tile] == ALONE:
                add_in_lanes(result, k, offsets, y, ds, slot, row, n, lanes)
            elif pairs[tile] == FIRST:
                other = begin[tile + 1] + k - first
                add_for_two(result, k, other, offsets, y, ds, slot, row, n, lanes)


def add_in_one_lane(result, k, offsets, y, ds, slot, row, n):
    """Add the gradient by the weights of `TERMS_AT_ONCE` terms from k on, for a vector of nodes."""
    a0, a1, a2, a3 = offsets[k], offsets[k + 1], offsets[k + 2], offsets[k + 3]
    a = splat(REAL(0))
    b, c, d = a, a, a
    for t in range(n):
        at, change = t * row, load(ds, t * row + slot)
        a = a + change * broadcast(y, at + a0)
        b = b + change * broadcast(y, at + a1)
        c = c + change * broadcast(y, at + a2)
        d = d + change * broadcast(y, at + a3)
    w = k * VECTOR
    store(result, w, load(result, w) + a)
    store(result, w + VECTOR, load(result, w + VECTOR) + b)
    store(result, w + 2 * VECTOR, load(result, w + 2 * VECTOR) + c)
    store(result, w + 3 * VECTOR, load(result, w + 3 * VECTOR) + d)


def add_for_draws(result, k, offsets, y, ds, slot, row, n, lanes):
    """Do the same for lanes that have weights of their own."""
    a0, a1, a2, a3 = offsets[k], offsets[k + 1], offsets[k + 2], offsets[k + 3]
    for lane in range(0, lanes, VECTOR):
        w = k * lanes + lane
        a, b = load(result, w), load(result, w + lanes)
        c, d = load(result, w + 2 * lanes), load(result, w + 3 * lanes)
        for t in range(n):
            at, change = t * row + lane, load(ds, t * row + slot + lane)
            a = a + change * load(y, at + a0)
            b = b + change * load(y, at + a1)
            c = c + change * load(y, at + a2)
            d = d + change * load(y, at + a3)
        store(result, w, a)
        store(result, w + lanes, b)
        store(result, w + 2 * lanes, c)
        store(result, w + 3 * lanes, d)


def add_in_lanes(result, k, offsets, y, ds, slot, row, n, lanes):
    """Do the same for one node in many lanes, which share its weights."""
    a0, a1, a2, a3 = offsets[k], offsets[k + 1], offsets[k + 2], offsets[k + 3]
    a = splat(REAL(0))
    b, c, d = a, a, a
    for t in range(n):
        for j in range(0, lanes, VECTOR):
            at, change = t * row + j, load(ds, t * row + slot + j)
            a = a + change * load(y, at + a0)
            b = b + change * load(y, at + a1)
            c = c + change * load(y, at + a2)
            d = d + change * load(y, at + a3)
    result[k] += add_up(a)
    result[k + 1] += add_up(b)
    result[k + 2] += add_up(c)
    result[k + 3] += add_up(d)


def add_for_two(result, k, m, offsets, y, ds, slot, row, n, lanes):
    """Do the same for two nodes that follow each other and read the same; the second's is m."""
    a0, a1, a2, a3 = offsets[k], offsets[k + 1], offsets[k + 2], offsets[k + 3]
    a = splat(REAL(0))
    b, c, d, e, f, g, h = a, a, a, a, a, a, a
    for t in range(n):
        for j in range(0, lanes, VECTOR):
            at, here = t * row + j, t * row + slot + j
            change, other = load(ds, here), load(ds, here + lanes)
            o, p = load(y, at + a0), load(y, at + a1)
            q, r = load(y, at + a2), load(y, at + a3)
            a, e = a + change * o, e + other * o
            b, f = b + change * p, f + other * p
            c, g = c + change * q, g + other * q
            d, h = d + change * r, h + other * r
    result[k] += add_up(a)
    result[k + 1] += add_up(b)
    result[k + 2] += add_up(c)
    result[k + 3] += add_up(d)
    result[m] += add_up(e)
    result[m + 1] += add_up(f)
    result[m + 2] += add_up(g)
    result[m + 3] += add_up(h)
