"""A layer of 12 gated nodes, fully connected in time, against `torch.nn.GRU` and `torch.nn.LSTM`.

Run `pip install torch==2.13.0` and `python benchmarks/against_torch.py`. Forward and backward over
40 sequences of 360 steps, which take 40 lanes, or 48 where vectors are of 16; one thread, both in
one process; medians of pairs, of processor time. The functions are not the same: in torch each gate
has matrices of its own (GRU 12 -> 12: 936 weights), here the gates of a node share the node's
summed input (396 weights). What is compared is what a user would take for either.
"""

from __future__ import annotations

import argparse
import sys
import time

import coal
import numpy as np

try:
    import torch
except ImportError:
    print("torch is not installed here: there is nothing to compare with.")
    sys.exit(0)

from cellcolony.cells.lower import native
from cellcolony.networks import batches as batching
from cellcolony.networks.layout import lay_out
from cellcolony.networks.loops import window_loops
from cellcolony.networks.memory import allocate
from cellcolony.networks.plan import plan
from cellcolony.networks.records import as_record
from cellcolony.networks.series import Series
from cellcolony.networks.warm_up import warm_up

LANES, STEPS, WIDTH = 40, 360, 12


def ours(cell: str):
    """Return a function that goes forward and back once."""
    rng = np.random.default_rng(0)
    network = coal.fixed_layer(cell, recurrent=True, output_cell="linear")
    series = [
        Series(
            rng.normal(size=(STEPS, WIDTH)).astype(np.float32),
            rng.normal(size=(STEPS, 1)).astype(np.float32),
            np.ones(STEPS, bool),
        )
        for _ in range(LANES)
    ]
    cut = batching.for_scoring(series, STEPS)
    assert cut.n_windows == 1
    layout = lay_out(plan(network), cut.lanes)
    memory = allocate(layout, STEPS, backward=True)
    kept = layout, memory, cut
    records = [as_record(part) for part in kept]
    assert network.weights is not None
    theta, gradient = network.weights.copy(), np.zeros(network.n_all_weights, np.float32)
    go_on, loops = np.zeros(1, np.uint8), window_loops(vector=layout.vector)

    calls = [
        native.bound(loops.begin_window, *records, 0),
        native.bound(loops.spread_weights, theta, *records[:2]),
        native.bound(loops.forward, *records[:2], STEPS, go_on),
        native.bound(loops.backward, *records, 0, 0, go_on),
        native.bound(loops.collect_gradient, *records[:2], gradient),
    ]

    def work(kept=kept) -> None:
        for call in calls:
            call()

    return work, network.n_weights


def theirs(module: str):
    """Return the same of torch, with a linear output and a squared loss."""
    layer = getattr(torch.nn, module)(WIDTH, WIDTH)
    output = torch.nn.Linear(WIDTH, 1)
    inputs, targets = torch.randn(STEPS, LANES, WIDTH), torch.randn(STEPS, LANES, 1)
    parameters = [*layer.parameters(), *output.parameters()]

    def work() -> None:
        for parameter in parameters:
            parameter.grad = None
        ((output(layer(inputs)[0]) - targets) ** 2).mean().backward()

    return work, sum(p.numel() for p in parameters)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--quick", action="store_true", help="two pairs: does it run?")
    n_pairs, skipped = (2, 0) if parser.parse_args().quick else (40, 5)
    torch.set_num_threads(1)
    warm_up(["gru", "lstm", "lstm_peephole", "linear"])
    print(coal.machine(), "torch", torch.__version__)
    print("| ours | weights | ms | torch | weights | ms | ratio (median of pairs) |")
    print("|---|---|---|---|---|---|---|")
    for cell, module in (("gru", "GRU"), ("lstm", "LSTM"), ("lstm_peephole", "LSTM")):
        (mine, n_mine), (other, n_other) = ours(cell), theirs(module)
        pairs = []
        for _ in range(n_pairs):
            seconds = []
            for work in (mine, other):
                begun = time.thread_time()
                work()
                seconds.append(1000 * (time.thread_time() - begun))
            pairs.append(seconds)
        times = np.array(pairs[skipped:])
        ratio = np.median(times[:, 1] / times[:, 0])
        mine_ms, other_ms = np.median(times, axis=0)
        print(
            f"| {cell} | {n_mine} | {mine_ms:.2f} | {module} | {n_other} | {other_ms:.2f} "
            f"| {ratio:.1f} x |"
        )


if __name__ == "__main__":
    main()
