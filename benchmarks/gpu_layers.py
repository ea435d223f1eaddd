"""Dense layers of any cell on a GPU, against `torch.nn.LSTM` (cuDNN), and tokens a second.

Run `python benchmarks/gpu_layers.py` on a machine with a GPU. Batch 20, 35 steps, 540 units,
gradients by the input and by all weights. Both sides alternate, and each is timed on the GPU from
the first kernel to the last; what is printed are medians, with the quartiles of ratios of
neighbours. Tokens a second: two layers of a base-eight tree, without embedding and softmax, forward
and backward.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence

import numpy as np
import torch
from dense_layers import BATCH, N_GROUPS, STEPS, UNITS, base_eight_tree

from cellcolony import cells
from cellcolony.layers.layer import Group, Layer, layer_of
from cellcolony.layers.on_gpu import OnGpu
from cellcolony.layers.torch import Carried, RecurrentLayer

WARM_UP = 5
"""Windows that compile, record and fill caches, and are not counted."""
SETTINGS = {
    "float32": OnGpu(),
    "float32, no graphs": OnGpu(graphs=False),
    "tf32": OnGpu("tf32"),
    "bfloat16": OnGpu("bfloat16"),
}
Work = Callable[[], None]


def layers_of(layer: Layer, n_layers: int, on_gpu: OnGpu) -> list[torch.nn.Module]:
    """Return layers of this program, one on the other."""
    rng = np.random.default_rng(0)
    return [
        RecurrentLayer(layer, layer.n_units, rng, on_gpu=on_gpu).cuda() for _ in range(n_layers)
    ]


def work_of(layers: Sequence[torch.nn.Module], dtype: torch.dtype = torch.float32) -> Work:
    """Return a function that goes through layers and back, the state carried over."""
    torch.manual_seed(0)
    inputs = torch.randn(STEPS, BATCH, UNITS, device="cuda", dtype=dtype, requires_grad=True)
    trained = [inputs, *(part for layer in layers for part in layer.parameters())]
    states: list = [None] * len(layers)

    def work() -> None:
        for part in trained:
            part.grad = None
        y = inputs
        for i, layer in enumerate(layers):
            before = states[i]
            if before is not None and isinstance(layer, RecurrentLayer):
                before = Carried(*before)
            y, state = layer(y, before)
            # That of torch's own layers carries a gradient.
            states[i] = tuple(part.detach() for part in state)
        y.sum().backward()

    return work


def seconds_of(works: Sequence[Work], n_times: int) -> np.ndarray:
    """Time functions in turns; returns (times, functions)."""
    seconds = np.zeros((n_times + WARM_UP, len(works)))
    for turn in seconds:
        for i, work in enumerate(works):
            begun, done = (torch.cuda.Event(enable_timing=True) for _ in range(2))
            torch.cuda.synchronize()
            begun.record()
            work()
            done.record()
            done.synchronize()
            turn[i] = begun.elapsed_time(done) / 1000
    return seconds[WARM_UP:]


def compare(name: str, mine: Work, other: Work, n_times: int) -> None:
    """Print a row of the first table."""
    seconds = seconds_of([mine, other], n_times)
    mine_ms, other_ms = 1000 * np.median(seconds, axis=0)
    low, ratio, high = np.quantile(seconds[:, 0] / seconds[:, 1], (0.25, 0.5, 0.75))
    print(
        f"| {name} | {mine_ms:.3f} ms | {other_ms:.3f} ms "
        f"| **{ratio:.2f} x** ({low:.2f} to {high:.2f}) |"
    )


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=100, help="timed windows in each row")
    n_times = parser.parse_args().times
    if not torch.cuda.is_available():
        raise SystemExit(
            "There is no GPU that torch can use here: this benchmark needs an NVIDIA GPU and a "
            "build of torch for it."
        )
    versions = f"torch {torch.__version__}, cuDNN {torch.backends.cudnn.version()}"
    card = torch.cuda.get_device_name()
    print(f"{card}, {versions}; {BATCH} x {STEPS} tokens a window, {UNITS} units")

    print(
        "| `lstm`, forward and back | it | torch.nn.LSTM | ratio (quartiles) |\n|---|---|---|---|"
    )
    lstm = layer_of(cells.get("lstm"), UNITS)
    for name, on_gpu in SETTINGS.items():
        torch.backends.cudnn.allow_tf32 = name == "tf32"
        dtype = torch.bfloat16 if name == "bfloat16" else torch.float32
        theirs = torch.nn.LSTM(UNITS, UNITS).to("cuda", dtype)
        mine, other = work_of(layers_of(lstm, 1, on_gpu)), work_of([theirs], dtype)
        compare(name, mine, other, n_times)

    rng = np.random.default_rng(0)
    trees = [base_eight_tree(rng) for _ in range(N_GROUPS)]
    mixture = Layer(tuple(Group(tree, UNITS // N_GROUPS) for tree in trees))
    print(f"\n| 2 x {UNITS} on {card} | ms a window | tokens a second |\n|---|---|---|")
    for what, layer in (
        ("base-eight tree", layer_of(trees[0], UNITS)),
        (f"{N_GROUPS} groups of different trees", mixture),
        ("`lstm`", lstm),
    ):
        for name, on_gpu in SETTINGS.items():
            work = work_of(layers_of(layer, 2, on_gpu))
            seconds = float(np.median(seconds_of([work], n_times)))
            print(f"| {what}, {name} | {1000 * seconds:.3f} | {BATCH * STEPS / seconds:,.0f} |")


if __name__ == "__main__":
    main()
