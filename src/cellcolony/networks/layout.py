"""Where everything lies in memory while a network is computed: a plan as flat arrays.

All values of one time step form a row: first the inputs, then group after group; within a group
node after node; within a node lane after lane. Rows of consecutive steps follow each other, so an
edge with a time skip is one offset. With many lanes a vector spans lanes of one node; with one lane
it spans nodes of one group; `vectors.py` says how wide they are. A *tile* is what is summed at
once: a node's lanes, or a vector of nodes. A *term* of a tile is what flows into it from one place
of one earlier or the same row.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony import cells
from cellcolony.cells.lower.kernel_code import Precision, compile_cell
from cellcolony.networks.plan import Plan
from cellcolony.networks.vectors import width_of_lanes, width_of_one_lane

Integers = NDArray[np.int64]

TERMS_AT_ONCE = 4
"""Terms that kernels sum side by side: a sum of floats waits some 4 cycles for the one before."""

BLOCK_NUMBERS = 16384
"""Numbers of one array that a block of time steps should touch: what stays in the second cache."""


ALONE, FIRST, SECOND = 0, 1, 2
"""What a tile is among those that are summed together: see `Terms.pairs`."""


class Terms(NamedTuple):
    """What flows into each tile.

    The terms of tile k are `begin[k] .. begin[k + 1]`; those before `inner[k]` come from outside
    its component, or it has no cycle, and can be summed for a whole block of steps. Both kinds are
    filled up to a multiple of `TERMS_AT_ONCE` with terms of weight 0, and stand in the order of
    rows: what the step itself must compute first comes last.

    Attributes:
        begin: `(n_tiles + 1,)`.
        inner: `(n_tiles,)`.
        offset: `(n_terms,)`: where a term is read, counted from the start of a row.
        pairs: `(n_tiles,)`: `FIRST` for a tile of which the next one reads the same places, so that
            both are summed at once; `SECOND` for that one; else `ALONE`.
        place: `(n_edges,)`: where each edge's weight lies in the array of the terms' weights, in
            which a term has one number (many lanes), one vector (one lane) or one number a lane
            (draws); -1 for an edge that is in no term.
    """

    begin: Integers
    inner: Integers
    offset: Integers
    pairs: Integers
    place: Integers


class Layout(NamedTuple):
    """A plan as flat arrays, for kernels.

    Attributes:
        lanes: 1, or a multiple of `vector`; sequences, or draws of weights.
        vector: Floats in a vector.
        stride: Numbers in a row.
        tape_stride: Numbers in a row of the tape.
        history: Rows kept before the first step: the longest time skip, at least 1.
        block: Time steps in a block.
        all_columns: Whether a row begins with all columns of the data, so that they are copied as
            they lie: 1 or 0.
        input_slots, input_columns: `(n_inputs,)`: where each live input lies in a row, and which
            column of the data it copies.
        output_slots: `(n_outputs,)`.
        components: `(n_components + 1,)`: first group of each.
        cyclic: `(n_components,)`.
        groups: `(n_groups, 6)`: see the constants `SLOT` to `CARRIES`.
        forward, backward: `(n_groups,)`: addresses of the cells' functions; 0
            where gradients are not computed.
        group_tiles: `(n_groups + 1,)`: first tile of each group.
        tile_slots: `(n_tiles,)`.
        terms: What each tile sums on the way forward.
        pulls: What each tile sums on the way back.
        cell_places: `(n_cell_weights,)`: where each cell weight lies in `Memory.weights`, once for
            each lane.
        n_inputs, n_outputs, n_edges, n_components, n_tiles: Lengths of the above.
        n_cell_numbers, n_state_numbers, n_carry_numbers, n_term_numbers, n_pull_numbers: Sizes of
            arrays of `Memory`.
    """

    lanes: int
    vector: int
    stride: int
    tape_stride: int
    history: int
    block: int
    all_columns: int
    input_slots: Integers
    input_columns: Integers
    output_slots: Integers
    components: Integers
    cyclic: NDArray[np.bool_]
    groups: Integers
    forward: Integers
    backward: Integers
    group_tiles: Integers
    tile_slots: Integers
    terms: Terms
    pulls: Terms
    cell_places: Integers
    n_inputs: int
    n_outputs: int
    n_edges: int
    n_components: int
    n_tiles: int
    n_cell_numbers: int
    n_state_numbers: int
    n_carry_numbers: int
    n_term_numbers: int
    n_pull_numbers: int


SLOT, WIDTH, TAPE, CELL_WEIGHTS, STATES, CARRIES = range(6)
"""Columns of `Layout.groups`: where a group lies in a row, how wide it is, and where its numbers
begin in the tape's row, the cell weights, the states and the carries."""


class _Slots(NamedTuple):
    slot: dict[int, int]
    tile: dict[int, int]
    component: dict[int, int]


def lay_out(
    plan: Plan,
    lanes: int,
    dtype: Precision = np.float32,
    vector: int | None = None,
    backward: bool = True,
    draws: bool = False,
) -> Layout:
    """Lay a plan out for a number of lanes.

    Args:
        plan: What is computed.
        lanes: Sequences side by side: 1, or a multiple of the vectors' width.
        dtype: float32 or float64.
        vector: Floats in a vector, one of `simd.WIDTHS`; None for what `vectors.py` says.
        backward: Whether gradients will be computed.
        draws: Whether the lanes have weights of their own, all of them on the same sequence.
    """
    if vector is None:
        vector = width_of_one_lane() if lanes == 1 else width_of_lanes()
    if lanes != 1 and lanes % vector:
        raise ValueError(f"`lanes` must be 1 or a multiple of {vector}. Got {lanes}.")
    slots = _Slots({}, {}, {})
    # A few columns that are not read cost less than to copy the others one by one.
    n_columns = len(plan.network.inputs)
    all_columns = 2 * len(plan.inputs) >= n_columns
    for i, (node, column) in enumerate(zip(plan.inputs, plan.columns, strict=True)):
        slots.slot[node] = (column if all_columns else i) * lanes
    at = _padded((n_columns if all_columns else len(plan.inputs)) * lanes, vector)

    groups, functions, group_tiles, tile_slots = [], [], [0], []
    tape = n_cell = n_state = n_carry = 0
    cell_at: dict[int, tuple[int, int]] = {}
    placed = [(number, g) for number, one in enumerate(plan.components) for g in one.groups]
    for number, group in placed:
        width = _padded(len(group.nodes) * lanes, vector)
        narrow = width == vector and lanes == 1
        compiled = compile_cell(cells.get(group.cell), dtype, vector, narrow)
        groups.append((at, width, tape, n_cell, n_state, n_carry))
        functions.append((compiled.forward, compiled.backward if backward else 0))
        for i, node in enumerate(group.nodes):
            slots.slot[node] = at + i * lanes
            slots.tile[node] = len(tile_slots) + (i // vector if lanes == 1 else i)
            slots.component[node] = number
            cell_at[node] = (n_cell + i * lanes, width)
        step = vector if lanes == 1 else lanes
        tile_slots += range(at, at + width, step)
        group_tiles.append(len(tile_slots))
        at += width
        tape += compiled.n_tape * width
        n_cell += compiled.n_weights * width
        n_state += compiled.n_states * width
        n_carry += compiled.n_carries * width

    history = max(1, int(plan.edges[:, 2].max(initial=0)))
    n_tiles = len(tile_slots)
    components = np.cumsum([0] + [len(c.groups) for c in plan.components])
    source, target, skip = plan.edges.T
    in_vector = lanes == 1
    numbers_a_term = vector if in_vector else lanes if draws else 1
    size = numbers_a_term, in_vector
    terms = _terms(plan, slots, target, source, (history - skip) * at, *size, tile_slots)
    pulls = _terms(plan, slots, source, target, skip * at, *size, tile_slots)
    if not in_vector:
        terms, pulls = _paired(terms, group_tiles), _paired(pulls, group_tiles)
    return Layout(
        lanes=lanes,
        vector=vector,
        stride=at,
        tape_stride=max(tape, 1),
        history=history,
        block=int(np.clip(BLOCK_NUMBERS // at, 8, 256)),
        all_columns=int(all_columns),
        input_slots=_integers(slots.slot[node] for node in plan.inputs),
        input_columns=_integers(plan.columns),
        output_slots=_integers(slots.slot[node.id] for node in plan.network.outputs),
        components=components.astype(np.int64),
        cyclic=np.array([c.cyclic for c in plan.components]),
        groups=np.array(groups, np.int64),
        forward=_integers(forward for forward, _ in functions),
        backward=_integers(back for _, back in functions),
        group_tiles=_integers(group_tiles),
        tile_slots=_integers(tile_slots),
        terms=terms,
        pulls=pulls,
        cell_places=_cell_places(plan, cell_at),
        n_inputs=len(plan.inputs),
        n_outputs=len(plan.network.outputs),
        n_edges=len(plan.edges),
        n_components=len(plan.components),
        n_tiles=n_tiles,
        n_cell_numbers=n_cell,
        n_state_numbers=n_state,
        n_carry_numbers=n_carry,
        n_term_numbers=len(terms.offset) * numbers_a_term,
        n_pull_numbers=len(pulls.offset) * numbers_a_term,
    )


def _padded(n: int, vector: int) -> int:
    return -(-n // vector) * vector


def _integers(values: Iterable[int]) -> Integers:
    return np.array(list(values), np.int64)


def _terms(
    plan: Plan,
    slots: _Slots,
    summed: Integers,
    read: Integers,
    row_offset: Integers,
    numbers_a_term: int,
    in_vector: bool,
    tile_slots: list[int],
) -> Terms:
    """Collect what each tile sums: `read` and `summed` are the two ends of every edge."""
    n_tiles = len(tile_slots)
    tile = _integers(slots.tile.get(node, -1) for node in summed.tolist())
    offset = _integers(slots.slot[node] for node in read.tolist()) + row_offset
    in_cycle = [at for at, component in enumerate(plan.components) if component.cyclic]
    own = _integers(slots.component.get(node, -1) for node in summed.tolist())
    other = _integers(slots.component.get(node, -2) for node in read.tolist())
    inner = (own == other) & np.isin(own, in_cycle)
    used = np.flatnonzero(tile >= 0)
    span = int(offset.max(initial=0)) + 1
    key = (tile[used] * 2 + inner[used]) * span + offset[used]
    unique, term = np.unique(key, return_inverse=True)
    # Each tile's two kinds of terms are a segment each.
    n_segments = 2 * n_tiles
    segment = unique // span
    length = np.bincount(segment, minlength=n_segments)
    filled = -(-length // TERMS_AT_ONCE) * TERMS_AT_ONCE
    start = np.concatenate([[0], np.cumsum(filled)])
    position = start[segment] + np.arange(unique.size) - (np.cumsum(length) - length)[segment]
    # What fills up reads where its segment's first term reads.
    fill = np.repeat(np.searchsorted(segment, np.arange(n_segments)), filled)
    offsets = unique[fill] % span
    offsets[position] = unique % span
    place = np.full(len(tile), -1, np.int64)
    place[used] = position[term] * numbers_a_term
    if in_vector:  # each node of a tile has a place in the vector
        slot = _integers(slots.slot[node] for node in summed[used].tolist())
        place[used] += slot - np.array(tile_slots, np.int64)[tile[used]]
    pairs = np.full(n_tiles, ALONE, np.int64)
    return Terms(start[::2].copy(), start[1::2].copy(), offsets, pairs, place)


def _paired(terms: Terms, group_tiles: list[int]) -> Terms:
    """Let tiles be summed together that follow each other in a group and read the same places."""
    places = [one.tobytes() for one in np.split(terms.offset, terms.begin[1:-1])]
    n_outer = (terms.inner - terms.begin[:-1]).tolist()
    pairs = terms.pairs.copy()
    for first, last in pairwise(group_tiles):
        for tile in range(first, last - 1):
            alike = places[tile] == places[tile + 1] and n_outer[tile] == n_outer[tile + 1]
            if alike and places[tile] and pairs[tile] == ALONE:
                pairs[tile : tile + 2] = FIRST, SECOND
    return terms._replace(pairs=pairs)


def _cell_places(plan: Plan, cell_at: dict[int, tuple[int, int]]) -> Integers:
    places = []
    for node in plan.network.nodes:
        if node.id in cell_at:
            at, width = cell_at[node.id]
            n = len(cells.get(node.cell).weights())
            places.extend(range(at, at + n * width, width))
    return _integers(places)
