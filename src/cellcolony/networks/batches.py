"""Series cut into windows and laid side by side in lanes.

A lane is a queue of pieces of series; a piece begins at a window's start, and there the lane's
states and history become 0. A piece's last window is padded; padded steps weigh 0.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.networks.series import Series
from cellcolony.networks.vectors import width_of_lanes

Piece = tuple[int, int, int]
"""A part of a series: its number, the first step, and the one after the last."""

MIN_SERIES_SIDE_BY_SIDE = 3
"""From so many on, a partly empty vector of lanes is faster than one series after another."""

MAX_SCORING_LANES = 64

MIN_UPDATES = 16
"""Updates that an epoch should have, where the data are long enough."""

MIN_WINDOW = 20
"""Steps that gradients should reach back, even if an epoch then has fewer updates."""


class Batches(NamedTuple):
    """Windows, in the order in which they are processed.

    Attributes:
        inputs: `(window, time, column, lane)`.
        targets: `(window, time, output, lane)`.
        counts: `(window, time, lane)`: 1 where a step's error counts, else 0.
        n_counts: `(window,)`: how many steps of all lanes count.
        n_steps: `(window,)`: the length of each window in steps.
        fresh: `(window, lane) uint8`: whether a piece begins.
        lanes, n_windows, longest, n_inputs: How many lanes, windows, steps of the longest window
            and columns.
        n_counted: How many steps of all windows count.
    """

    inputs: NDArray[np.floating]
    targets: NDArray[np.floating]
    counts: NDArray[np.floating]
    n_counts: NDArray[np.int64]
    n_steps: NDArray[np.int64]
    fresh: NDArray[np.uint8]
    lanes: int
    n_windows: int
    longest: int
    n_inputs: int
    n_counted: int


def whole_series(series: Sequence[Series], dtype: Precision = np.float32) -> Batches:
    """Make each series one window of one lane: the published protocol, and exact scoring."""
    return _fill(series, [[(i, 0, len(s.inputs)) for i, s in enumerate(series)]], None, dtype)


def for_scoring(series: Sequence[Series], window: int, dtype: Precision = np.float32) -> Batches:
    """Lay whole series out for an exact pass from their first steps, the state carried over.

    One or two series follow each other in one lane; more go side by side.

    Args:
        series: What is scored.
        window: Steps that are computed at once: the result does not depend on it, the memory does.
        dtype: float32 or float64.
    """
    queues = _queues_of_whole([len(s.inputs) for s in series], window)
    return _fill(series, queues, window, dtype)


def one_after_another(
    series: Sequence[Series], window: int, dtype: Precision = np.float32
) -> Batches:
    """Lay whole series out as `for_scoring`, all of them in one lane."""
    queue = [(i, 0, len(one.inputs)) for i, one in enumerate(series)]
    return _fill(series, [queue], window, dtype)


def each_series(
    outputs: NDArray[np.floating], lengths: Sequence[int], window: int
) -> list[NDArray[np.floating]]:
    """Take apart what was computed on the batches of `for_scoring`.

    Args:
        outputs: `(window, time, output, lane)`.
        lengths: How many steps each series has.
        window: As `for_scoring` got it.

    Returns:
        `(time, output)` for each series.
    """
    found: dict[int, NDArray[np.floating]] = {}
    for lane, queue in enumerate(_queues_of_whole(lengths, window)):
        steps = outputs[..., lane].reshape(-1, outputs.shape[2])  # (window * time, output)
        at = 0
        for i, _, length in queue:
            found[i] = steps[at : at + length]
            at += -(-length // window) * outputs.shape[1]  # a series begins with a window
    return [found[i] for i in range(len(lengths))]


def _queues_of_whole(lengths: Sequence[int], window: int) -> list[list[Piece]]:
    n = len(lengths)
    lanes = 1 if n < MIN_SERIES_SIDE_BY_SIDE else min(_whole_vectors(n), MAX_SCORING_LANES)
    return _queues([(i, 0, length) for i, length in enumerate(lengths)], lanes, window)


def side_by_side(
    series: Sequence[Series], lanes: int, window: int, dtype: Precision = np.float32
) -> Batches:
    """Cut series into pieces of about equal length and spread them over lanes.

    Short data get fewer lanes, then shorter windows, so that an epoch has some `MIN_UPDATES`
    updates.

    Args:
        series: What is trained on.
        lanes: How many sequences are trained side by side; rounded up to whole vectors.
        window: Steps between two updates.
        dtype: float32 or float64.
    """
    total = sum(len(s.inputs) for s in series)
    vector = width_of_lanes()
    affordable = total // (window * MIN_UPDATES) // vector * vector
    lanes = max(vector, min(_whole_vectors(lanes), affordable))
    window = min(window, max(MIN_WINDOW, total // (lanes * MIN_UPDATES)), -(-total // lanes))
    aim = max(1, round(total / lanes / window)) * window
    pieces = [
        piece for i, s in enumerate(series) for piece in _pieces(i, len(s.inputs), aim, window)
    ]
    return _fill(series, _queues(pieces, lanes, window), window, dtype)


def repeated(batches: Batches, n: int) -> Batches:
    """Return batches that go through the same windows several times."""
    if n == 1:
        return batches
    again = {
        name: np.concatenate([getattr(batches, name)] * n)
        for name in ("inputs", "targets", "counts", "n_counts", "n_steps", "fresh")
    }
    return batches._replace(
        **again, n_windows=batches.n_windows * n, n_counted=batches.n_counted * n
    )


def _whole_vectors(n: int) -> int:
    vector = width_of_lanes()
    return -(-n // vector) * vector


def _queues(pieces: Sequence[Piece], lanes: int, window: int) -> list[list[Piece]]:
    """Spread pieces over lanes, the longest first, each to the lane that is shortest so far."""
    queues: list[list[Piece]] = [[] for _ in range(lanes)]
    heap = [(0, lane) for lane in range(lanes)]
    for piece in sorted(pieces, key=lambda p: (p[1] - p[2], p[0], p[1])):
        filled, lane = heapq.heappop(heap)
        queues[lane].append(piece)
        n_windows = -(-(piece[2] - piece[1]) // window)
        heapq.heappush(heap, (filled + n_windows, lane))
    return queues


def _pieces(i: int, length: int, aim: int, window: int) -> list[Piece]:
    n = max(1, round(length / aim))
    whole = -(-length // (n * window)) * window
    return [(i, at, min(at + whole, length)) for at in range(0, length, whole)]


def _fill(
    series: Sequence[Series],
    queues: Sequence[Sequence[Piece]],
    window: int | None,
    dtype: Precision,
) -> Batches:
    """Lay queues of (series, begin, end) out; without `window` each piece is one window."""
    lanes = len(queues)
    assert window is not None or lanes == 1, "windows of several lengths need a single lane"
    cut: list[list[tuple[int, int, int, bool]]] = []
    for queue in queues:
        cut.append([])
        for i, begin, end in queue:
            step = window or (end - begin)
            for at in range(begin, end, step):
                cut[-1].append((i, at, min(at + step, end), at == begin))
    n_windows = max(len(lane) for lane in cut)
    longest = max(end - begin for lane in cut for _, begin, end, _ in lane)
    n_inputs, n_outputs = series[0].inputs.shape[1], series[0].targets.shape[1]
    inputs = np.zeros((n_windows, longest, n_inputs, lanes), dtype)
    targets = np.zeros((n_windows, longest, n_outputs, lanes), dtype)
    counts = np.zeros((n_windows, longest, lanes), dtype)
    n_steps = np.zeros(n_windows, np.int64)
    fresh = np.ones((n_windows, lanes), np.uint8)
    for lane, windows in enumerate(cut):
        for w, (i, begin, end, first) in enumerate(windows):
            n = end - begin
            inputs[w, :n, :, lane] = series[i].inputs[begin:end]
            targets[w, :n, :, lane] = series[i].targets[begin:end]
            counts[w, :n, lane] = series[i].counts[begin:end]
            n_steps[w] = max(n_steps[w], n)
            fresh[w, lane] = first
    n_counts = counts.sum(axis=(1, 2)).round().astype(np.int64)
    return Batches(
        inputs=inputs,
        targets=targets,
        counts=counts,
        n_counts=n_counts,
        n_steps=n_steps,
        fresh=fresh,
        lanes=lanes,
        n_windows=n_windows,
        longest=longest,
        n_inputs=n_inputs,
        n_counted=int(n_counts.sum()),
    )
