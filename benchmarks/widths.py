"""How long an epoch takes in one lane with vectors of 4, 8 and 16 floats.

Run `CELLCOLONY_DATA=... python benchmarks/widths.py`. Three burners train by the protocol `paper`,
without validation; the widths take turns, and what counts is the processor time of one thread, the
least of all rounds.
"""

from __future__ import annotations

import argparse
import os
import time
from statistics import median

import coal

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
        least = {width: [float("inf")] * len(networks) for width in WIDTHS}
        for _ in range(n_rounds):
            for width in WIDTHS:
                os.environ[WIDTH] = str(width)
                for at, network in enumerate(networks):
                    least[width][at] = min(least[width][at], of_an_epoch(trainer, network))
        found = [f"{1000 * median(least[width]):.2f}" for width in WIDTHS]
        print(f"| {name} | " + " | ".join(found) + " |", flush=True)


def cut(series: Series, n: int) -> Series:
    """Return the first n rows."""
    return Series(series.inputs[:n], series.targets[:n], series.counts[:n])


def of_an_epoch(trainer: Trainer, network: Network) -> float:
    """Return the processor time of an epoch, in seconds, apart from what a training begins with."""
    seconds = []
    for epochs in (0, 1):
        began = time.thread_time()
        trainer.train(network, epochs=epochs)
        seconds.append(time.thread_time() - began)
    return seconds[1] - seconds[0]


if __name__ == "__main__":
    main()
