"""Networks side by side as flat arrays: which node lies in which slot and lane.

The nodes of all networks that have the same cell, and as many nodes before them within a step,
share *slots*: a slot holds one node of each network, or of some of them. What flows into a slot is
the union of its nodes' edges; the weight is 0 in the lanes of networks that do not have one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cellcolony import cells
from cellcolony.cells.lower.kernel_code import compile_cell
from cellcolony.errors import GenomeError
from cellcolony.networks.genome import Network
from cellcolony.networks.series import Series
from cellcolony.networks.vectors import width_of_lanes

MOST_LANES = 32
"""Networks that are computed at once: enough that sums of different networks hide each other's
waiting, few enough that all they hold stays in the first cache."""

Integers = NDArray[np.int64]
Numbers = NDArray[np.float32]


class Population(NamedTuple):
    """Networks side by side as flat arrays, for the kernel.

    Attributes:
        lanes: How many networks there is room for, a multiple of the width of vectors.
        row: Numbers of one time step: the inputs, then slot after slot, all lanes of each.
        history: Rows kept before the first step: the longest time skip, at least 1.
        n_columns, n_inputs, n_outputs, n_groups: Columns of the data, and lengths of the below.
        columns: `(n_inputs,)`: the columns that networks read.
        output_slots: `(n_outputs, lanes)`: where each network's outputs lie in a row.
        first_slots: `(n_groups + 1,)`: the first slot of each group, inputs not counted.
        forward: `(n_groups,)`: addresses of the cells' functions.
        groups: `(n_groups, 2)`: where a group's numbers begin in `cell_weights` and `states`.
        terms_begin: `(n_slots + 1,)`: the first term of each slot.
        terms_offset: `(n_terms,)`: where a term is read, counted from the start of the row.
        term_weights: `(n_terms, lanes)`.
        cell_weights, states, s, tape: What cells need.
    """

    lanes: int
    row: int
    history: int
    n_columns: int
    n_inputs: int
    n_outputs: int
    n_groups: int
    columns: Integers
    output_slots: Integers
    first_slots: Integers
    forward: Integers
    groups: Integers
    terms_begin: Integers
    terms_offset: Integers
    term_weights: Numbers
    cell_weights: Numbers
    states: Numbers
    s: Numbers
    tape: Numbers


class _United(NamedTuple):
    """Some networks as one list of nodes and one of edges; `net` is the place of their network.

    Attributes:
        net, kind, cell, column: `(n_nodes,)`: of each node; `cell` is a place in `names`, -1 for
            inputs, `column` counts the inputs, or outputs, of a network.
        source, target, skip, weight: `(n_edges,)`: of each edge, ends as places of nodes.
        cell_weight: The weights of cells, in the order of nodes.
        names: The names of the cells, sorted.
    """

    net: Integers
    kind: Integers
    cell: Integers
    column: Integers
    source: Integers
    target: Integers
    skip: Integers
    weight: Numbers
    cell_weight: Numbers
    names: tuple[str, ...]


INPUT, HIDDEN, OUTPUT = 0, 1, 2
_KINDS = {"input": INPUT, "hidden": HIDDEN, "output": OUTPUT}


def populations(
    networks: Sequence[Network], series: Sequence[Series], weights: Sequence[ArrayLike] | None
) -> Iterator[tuple[Integers, Population]]:
    """Yield the places of networks that are computed at once, and their layout.

    Those with an output that no input reaches are left out.

    Args:
        networks: The networks.
        series: What they will read.
        weights: `(n_all_weights,)` for each network; None for their own.

    Raises:
        GenomeError: A network has no weights, or numbers of inputs or outputs that are not those of
            the series.
    """
    widths = series[0].inputs.shape[1], series[0].targets.shape[1]
    for first in range(0, len(networks), MOST_LANES):
        some = networks[first : first + MOST_LANES]
        own = [one.weights for one in some] if weights is None else weights[first:][: len(some)]
        united = _unite(some, own, widths)
        alive, starved = _alive(united)
        sound = np.setdiff1d(np.arange(len(some)), united.net[starved])
        if len(sound):
            keep = alive & np.isin(united.net, sound)
            yield first + sound, _lay_out(united, keep, sound, widths)


def _unite(
    networks: Sequence[Network], weights: Sequence[ArrayLike | None], widths: tuple[int, int]
) -> _United:
    ids, kinds, _, names, _ = zip(*chain.from_iterable(one.nodes for one in networks), strict=True)
    net = np.repeat(np.arange(len(networks)), [len(one.nodes) for one in networks])
    kind = np.array([_KINDS[one] for one in kinds], np.int64)
    known = tuple(sorted(set(names) - {""}))
    number = {name: i for i, name in enumerate(("", *known), -1)}
    cell = np.array([number[name] for name in names], np.int64)
    for of_kind, width, what in ((INPUT, widths[0], "inputs"), (OUTPUT, widths[1], "outputs")):
        found = np.bincount(net[kind == of_kind], minlength=len(networks))
        if (found != width).any():
            wrong = found[found != width][0]
            raise GenomeError(f"The data ask for {width} {what}. Got a network with {wrong}.")
    n_both = [(len(one.edges), len(one.recurrent_edges)) for one in networks]
    ends = np.concatenate(
        [part for one in networks for part in (one.edges, one.recurrent_edges[:, :2])]
    ).astype(np.int64)
    recurrent = np.repeat(np.tile([False, True], len(networks)), np.ravel(n_both))
    skip = np.zeros(len(ends), np.int64)
    skip[recurrent] = np.concatenate([one.recurrent_edges[:, 2] for one in networks])
    of_edge = np.repeat(np.arange(len(networks)), np.sum(n_both, axis=1))
    key = net << 32 | np.array(ids, np.int64)
    order = np.argsort(key)
    source, target = order[np.searchsorted(key, of_edge[:, None] << 32 | ends, sorter=order)].T
    arrays = []
    for one, own in zip(networks, weights, strict=True):
        array = np.asarray([] if own is None else own, np.float32)
        if array.shape != (one.n_all_weights,):
            raise GenomeError(
                f"A network must have {one.n_all_weights} weights to be scored. Got {array.size}."
            )
        arrays.append(array)
    cuts = np.sum(n_both, axis=1).tolist()
    return _United(
        net=net,
        kind=kind,
        cell=cell,
        column=_counted(net * 3 + kind),
        source=source,
        target=target,
        skip=skip,
        weight=np.concatenate([one[:cut] for one, cut in zip(arrays, cuts, strict=True)]),
        cell_weight=np.concatenate([one[cut:] for one, cut in zip(arrays, cuts, strict=True)]),
        names=known,
    )


def _counted(key: Integers) -> Integers:
    """Return how many equal keys stand before each: `(n,)`."""
    order = np.argsort(key, kind="stable")
    first = np.flatnonzero(np.diff(key[order], prepend=-1))
    count = np.empty_like(key)
    count[order] = np.arange(len(key)) - np.repeat(first, np.diff(first, append=len(key)))
    return count


def _alive(united: _United) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return the nodes on a path from an input to an output, and outputs that no input reaches."""
    fed, heard = united.kind == INPUT, united.kind == OUTPUT
    for reached, start, end in (
        (fed, united.source, united.target),
        (heard, united.target, united.source),
    ):
        n_before = -1
        while (n := np.count_nonzero(reached)) != n_before:
            n_before = n
            reached[end[reached[start]]] = True
    return fed & heard, (united.kind == OUTPUT) & ~fed


def _lay_out(
    united: _United, alive: NDArray[np.bool_], nets: Integers, widths: tuple[int, int]
) -> Population:
    vector = width_of_lanes()
    lanes = -(-len(nets) // vector) * vector
    lane = np.searchsorted(nets, united.net)  # of nodes of the networks in `nets` alone
    computed = alive & (united.kind != INPUT)
    lives = alive[united.source] & alive[united.target]
    source, target, skip = united.source[lives], united.target[lives], united.skip[lives]

    # Groups: nodes of one cell and level, in the order of levels.
    level = _levels(united, source, target, skip)
    nodes = np.flatnonzero(computed)
    place = level[nodes] * len(united.names) + united.cell[nodes]
    kinds, group = np.unique(place, return_inverse=True)
    rank = _counted(united.net[nodes] * len(kinds) + group)
    n_slots = np.zeros(len(kinds), np.int64)
    np.maximum.at(n_slots, group, rank + 1)
    first_slots = np.concatenate([[0], np.cumsum(n_slots)])
    columns = np.unique(united.column[alive & (united.kind == INPUT)])
    slot = np.zeros(len(united.net), np.int64)
    slot[nodes] = len(columns) + first_slots[group] + rank
    is_read = alive & (united.kind == INPUT)
    slot[is_read] = np.searchsorted(columns, united.column[is_read])
    n_all = len(columns) + int(first_slots[-1])

    # Terms: for each slot, the union of what flows into it, in the order of skips and slots.
    longest = max(1, int(skip.max(initial=0)))
    key = (slot[target] * (longest + 1) + skip) * n_all + slot[source]
    unique, term = np.unique(key, return_inverse=True)
    term_weights = np.zeros((len(unique), lanes), np.float32)
    term_weights[term, lane[target]] = united.weight[lives]
    row = n_all * lanes
    into, rest = np.divmod(unique, (longest + 1) * n_all)
    offset = rest % n_all * lanes - rest // n_all * row
    begin = np.searchsorted(into, len(columns) + np.arange(first_slots[-1] + 1))

    # Cells: the weights of a group lie weight by weight, slot by slot, lane by lane.
    functions = [
        compile_cell(cells.get(united.names[k % len(united.names)]), vector=vector) for k in kinds
    ]
    counts = [(one.n_weights, one.n_states, one.n_tape) for one in functions]
    sizes = np.array(counts, np.int64) * (n_slots * lanes)[:, None]
    begins = np.cumsum(sizes, axis=0) - sizes
    n_weights = np.array([len(cells.get(name).weights()) for name in united.names] + [0])
    at = np.cumsum(n_weights[united.cell]) - n_weights[united.cell]
    cell_weights = np.zeros(max(int(sizes[:, 0].sum()), 1), np.float32)
    inner = rank * lanes + lane[nodes]
    for k in range(int(n_weights.max())):
        has = n_weights[united.cell[nodes]] > k
        of = group[has]
        to = begins[of, 0] + k * n_slots[of] * lanes + inner[has]
        cell_weights[to] = united.cell_weight[at[nodes[has]] + k]
    outputs = alive & (united.kind == OUTPUT)
    output_slots = np.full((widths[1], lanes), len(columns) * lanes, np.int64)  # any, where empty
    output_slots[united.column[outputs], lane[outputs]] = slot[outputs] * lanes
    return Population(
        lanes=lanes,
        row=row,
        history=longest,
        n_columns=widths[0],
        n_inputs=len(columns),
        n_outputs=widths[1],
        n_groups=len(kinds),
        columns=columns,
        output_slots=output_slots,
        first_slots=first_slots,
        forward=np.array([one.forward for one in functions], np.int64),
        groups=np.ascontiguousarray(begins[:, :2]),
        terms_begin=begin,
        terms_offset=offset,
        term_weights=term_weights,
        cell_weights=cell_weights,
        states=np.zeros(max(int(sizes[:, 1].sum()), 1), np.float32),
        s=np.zeros(int(first_slots[-1]) * lanes, np.float32),
        tape=np.zeros(max(int(sizes[:, 2].max()), 1), np.float32),
    )


def _levels(united: _United, source: Integers, target: Integers, skip: Integers) -> Integers:
    """Return how many computed nodes stand before each within a step, by the longest way."""
    level = np.zeros(len(united.net), np.int64)
    inner = (skip == 0) & (united.kind[source] != INPUT)
    source, target = source[inner], target[inner]
    while len(source):
        before = level.copy()
        np.maximum.at(level, target, level[source] + 1)
        if (before == level).all():
            break
    return level
