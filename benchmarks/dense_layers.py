"""Dense layers of any cell against `torch.nn.LSTM`, forward and backward over one window.

Run `pip install torch==2.13.0` and `python benchmarks/dense_layers.py`. One thread, batch 20, 35
steps, gradients by the input and by all weights; both sides alternate in one process, and what is
printed are medians of ratios of neighbours, with their quartiles. Time is the process's own, which
leaves out most of what other tenants of the machine take.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable

import coal
import numpy as np

try:
    import torch
except ImportError:
    print("torch is not installed here: there is nothing to compare with.")
    sys.exit(0)

from cellcolony import cells
from cellcolony.cells.program import Cell, Expression, h, relu, sigmoid, state, tanh, x
from cellcolony.layers.layer import Group, Layer, layer_of
from cellcolony.layers.torch import RecurrentLayer

STEPS, BATCH, UNITS, SMALL = 35, 20, 540, 200
N_GROUPS = 27
N_LEAVES = 8
UNARY = tanh, sigmoid, relu, sigmoid
Work = Callable[[], None]


def base_eight_tree(rng: np.random.Generator) -> Cell:
    """Return a tree of the shape that populations begin with; each has the same elements.

    Eight leaves z_k = x(k) + h(k), three binary levels, a unary element under and over each; the
    memory c joins in at the second (FACTS of the papers, B1). Where elements stand is drawn.
    """
    level = [x(k) + h(k) for k in rng.permutation(N_LEAVES).tolist()]
    c: Expression = state("c")
    while len(level) > 1:
        places = rng.permutation(len(level)).tolist()
        level = [UNARY[i % len(UNARY)](value) for i, value in zip(places, level, strict=True)]
        pairs = zip(level[::2], level[1::2], strict=True)
        places = rng.permutation(len(level) // 2).tolist()
        level = [a + b if i % 2 else a * b for i, (a, b) in zip(places, pairs, strict=True)]
        if len(level) == 2:
            level[0] = c = tanh(level[0] + c)
    return Cell(y=tanh(level[0]), states={"c": c}, name="base eight")


def ours(layer: Layer) -> Work:
    """Return a function that goes through a layer and back."""
    return _work(RecurrentLayer(layer, layer.n_units, np.random.default_rng(0)), layer.n_units)


def theirs(n_units: int) -> Work:
    """Return the same of torch's LSTM."""
    return _work(torch.nn.LSTM(n_units, n_units), n_units)


def products(n_units: int) -> Work:
    """Return what multiplies all matrices that an LSTM's window and its gradient need, no more."""
    torch.manual_seed(0)
    wide, batch = 4 * n_units, STEPS * BATCH
    inputs, gradient = torch.randn(batch, n_units), torch.randn(batch, wide)
    weights, back = torch.randn(n_units, wide), torch.randn(wide, n_units)
    one_h, one_gradient = inputs[:BATCH].clone(), gradient[:BATCH].clone()

    def work() -> None:
        for _ in range(STEPS):  # what a step needs of the one before, and the way back
            _ = one_h @ weights, one_gradient @ back
        _ = inputs @ weights, gradient @ back, inputs.t() @ gradient, inputs.t() @ gradient

    return work


def _work(module: torch.nn.Module, n_units: int) -> Work:
    torch.manual_seed(0)
    inputs = torch.randn(STEPS, BATCH, n_units, requires_grad=True)
    trained = [inputs, *module.parameters()]

    def work() -> None:
        for part in trained:
            part.grad = None
        module(inputs)[0].sum().backward()

    return work


def compare(
    name: str, mine: Work, other: Work, n_pairs: int, must: object, goal: object, scale: float = 1.0
) -> None:
    """Time both in turns, and print a row; `scale` multiplies the ratio."""
    n_warm = min(3, n_pairs - 1)
    seconds = np.zeros((n_pairs + n_warm, 2))
    for pair in seconds:
        for side, work in enumerate((mine, other)):
            begun = time.process_time()
            work()
            pair[side] = time.process_time() - begun
    mine_ms, other_ms = 1000 * np.median(seconds[n_warm:], axis=0)
    low, ratio, high = np.quantile(
        scale * seconds[n_warm:, 0] / seconds[n_warm:, 1], (0.25, 0.5, 0.75)
    )
    print(
        f"| {name} | {mine_ms:.1f} ms | {other_ms:.1f} ms | {must} | {goal} "
        f"| **{ratio:.3f} x** ({low:.3f} to {high:.3f}) |"
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=40, help="pairs of runs in each row")
    parser.add_argument("--quick", action="store_true", help="one pair, few units: does it run?")
    options = parser.parse_args()
    n_pairs = 1 if options.quick else options.pairs
    large, small, n_groups = (6, 2, 3) if options.quick else (UNITS, SMALL, N_GROUPS)
    torch.set_num_threads(1)
    print(coal.machine(), "torch", torch.__version__)
    print("| what | it | the other | must | goal | ratio (quartiles) |\n|---|---|---|---|---|---|")
    lstm, nascell = cells.get("lstm"), cells.get("nascell")
    rng = np.random.default_rng(0)
    trees = [base_eight_tree(rng) for _ in range(n_groups)]
    mixture = Layer(tuple(Group(tree, large // n_groups) for tree in trees))
    for units, must, goal in ((large, 0.93, 0.85), (small, 1.0, 0.8)):
        both = ours(layer_of(lstm, units)), theirs(units)
        compare(f"`lstm`, {units} units, to torch.nn.LSTM", *both, n_pairs, must, goal)
        alone = products(units), theirs(units)
        compare(f"its products alone, {units} units, to torch.nn.LSTM", *alone, n_pairs, "-", "-")
    # NASCell has 8 projections where the LSTM has 4: twice the work in products of matrices.
    both = ours(layer_of(nascell, large)), theirs(large)
    name = f"`nascell`, {large} units, to torch.nn.LSTM, time per FLOP of products"
    compare(name, *both, n_pairs, 1.0, 0.9, scale=0.5)
    both = ours(mixture), ours(layer_of(trees[0], large))
    name = f"{n_groups} groups of {large // n_groups} different trees to one tree of {large}"
    compare(name, *both, n_pairs, 1.02, 1.0)


if __name__ == "__main__":
    main()
