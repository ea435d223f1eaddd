"""How long an epoch takes in one lane with vectors of 4, 8 and 16 floats.

Run `CELLCOLONY_DATA=... python benchmarks/widths.py`. One epoch of three burners by the protocol
`paper`, apart from what a training begins with, in ms; the widths take turns, and what counts is
the processor time of one thread, the least of all rounds.
"""

from __future__ import annotations

import argparse
import os
import time

import coal
import numpy as np

from cellcolony.cells.lower.simd import WIDTHS
from cellcolony.networks.genome import Network
from cellcolony.networks.protocol import protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer
from cellcolony.networks.vectors import WIDTH

N_BURNERS, N_EXAMM = 3, 8


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=9)
    parser.add_argument("--quick", action="store_true", help="a few rows, once: does it run?")
    options = parser.parse_args()
    n_rounds, n_examm = (1, 1) if options.quick else (options.rounds, N_EXAMM)
    train, valid = coal.whole_files(coal.burners("minmax"), residual=False)
    train = [cut(one, 40 if options.quick else len(one.inputs)) for one in train[:N_BURNERS]]
    trainer = Trainer(train, [cut(valid[0], 20)], protocol("paper"))
    examm = coal.networks_of_examm(n_examm)
    rows = {
        "cyclic": [coal.cyclic_network()],
        "`lstm_peephole` layer of 12": [coal.fixed_layer("lstm_peephole")],
        "`gru` layer of 12": [coal.fixed_layer("gru")],
        f"EXAMM's size, median of {n_examm}": examm,
    }
    print(coal.machine(), f"load {os.getloadavg()[0]:.1f}")
    print("| network, one lane | " + " | ".join(map(str, WIDTHS)) + " |\n|---|---|---|---|")
    for name, networks in rows.items():
        least = {width: np.full((len(networks), 2), np.inf) for width in WIDTHS}
        for number in range(n_rounds + 1):
            for width in WIDTHS:
                os.environ[WIDTH] = str(width)
                times = [seconds(trainer, network) for network in networks]
                if number:  # the first compiles, or loads
                    least[width] = np.minimum(least[width], times)
        epochs = [np.median(least[width] @ (-1, 1)) for width in WIDTHS]
        found = [f"{1000 * epoch:.2f}" for epoch in epochs]
        print(f"| {name} | " + " | ".join(found) + " |", flush=True)


def cut(series: Series, n: int) -> Series:
    """Return the first n rows."""
    return Series(series.inputs[:n], series.targets[:n], series.counts[:n])


def seconds(trainer: Trainer, network: Network) -> list[float]:
    """Return the processor time of what a training begins with, and of that and an epoch."""
    found = []
    for epochs in (0, 1):
        began = time.thread_time()
        trainer.train(network, epochs=epochs)
        found.append(time.thread_time() - began)
    return found


if __name__ == "__main__":
    main()
