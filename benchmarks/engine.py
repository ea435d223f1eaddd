"""How long training takes: the networks and protocols of the published study, and the modern one.

Run `CELLCOLONY_DATA=... python benchmarks/engine.py`. Everything runs in one thread except where
two are named; times are the shortest of some repeats. The authors' C++ (github travisdesell/exact,
branch adding_ant_colony) was measured once on a shared 2-core machine; its column is quoted.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import coal
import numpy as np

from cellcolony import preset
from cellcolony.contract import Problem
from cellcolony.networks.protocol import protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer
from cellcolony.networks.warm_up import warm_up
from cellcolony.search.ants import AntSearch
from cellcolony.seeds import rng_for

PAPER, MODERN = protocol("paper"), protocol("modern")


def published_layers_and_networks(quick: bool = False) -> None:
    """Time one epoch of fixed layers, ten of the cyclic network, by the published protocol."""
    task = coal.burners("minmax")
    train, valid = coal.whole_files(task, residual=False)
    half, repeats = coal.first_half(train[0]), 9
    if quick:
        train, valid, repeats = _short(train), _short(valid), 1
        half = train, valid
    trainer = Trainer(train, valid, PAPER)
    for cell, cpp in (("lstm_peephole", 1.29), ("gru", 1.23)):
        network = coal.fixed_layer(cell)
        starting = coal.shortest(lambda n=network: trainer.train(n, epochs=0), repeats)
        seconds = coal.shortest(lambda n=network: trainer.train(n, epochs=1), repeats) - starting
        row(f"12-node {cell} layer, one epoch with validation", cpp, seconds)
    network = coal.cyclic_network()
    row(
        "cyclic network, 10 epochs with validation",
        54,
        coal.shortest(lambda: trainer.train(network), min(repeats, 3)),
    )
    trainer_of_half = Trainer(*half, PAPER)
    row(
        "the same on half of burner 0, 10 epochs",
        3.9,
        coal.shortest(lambda: trainer_of_half.train(network), repeats),
    )
    for network in coal.networks_of_examm(1 if quick else 40):
        seconds = coal.shortest(lambda n=network: trainer.train(n, epochs=1), repeats)
        seconds -= coal.shortest(lambda n=network: trainer.train(n, epochs=0), repeats)
        of_hidden = sorted(one.cell for one in network.nodes if one.kind == "hidden")
        row(f"16 nodes, 20 edges of EXAMM ({', '.join(of_hidden)}), one epoch", None, seconds)


def _short(series: list[Series]) -> list[Series]:
    return [Series(s.inputs[:40], s.targets[:40], s.counts[:40]) for s in series[:1]]


def short_series() -> None:
    """Time 300 updates of a small network with long lags on a series of 4,200 rows."""
    rng = np.random.default_rng(0)
    inputs = rng.random((4_200, 12), np.float32)
    series = Series(inputs, inputs[:, :1].copy(), np.ones(4_200, bool))
    train, valid = cut(series, 0, 3_400), cut(series, 3_400, 4_200)
    n_updates = Trainer([train], [valid], MODERN).n_updates_an_epoch
    span = replace(MODERN, updates=300).fitted(n_updates)
    trainer = Trainer([train], [valid], span)
    network = coal.lagged_network()
    begun = coal.shortest(lambda: trainer.train(network, epochs=0), 9)
    seconds = coal.shortest(lambda: trainer.train(network), 9)
    n = trainer.n_updates_an_epoch * span.epochs
    row(f"20 nodes, 40 edges of lags up to 96, 4,200 rows, {n} updates", None, seconds)
    print(
        f"That is {60 / seconds:.0f} networks a minute and core; {1000 * begun:.1f} ms of each to "
        "plan, lay out and validate the first weights."
    )


def cut(series: Series, a: int, b: int) -> Series:
    """Return the rows a to b - 1."""
    return Series(series.inputs[a:b], series.targets[a:b], series.counts[a:b])


def modern_epochs() -> None:
    """Time one epoch of training alone, by the modern protocol."""
    train, valid = coal.whole_files(coal.burners("zscore"), residual=True)
    little = [Series(s.inputs[:20], s.targets[:20], s.counts[:20]) for s in valid]
    trainer = Trainer(train, little, replace(MODERN, epochs=1))
    for name, network in (
        ("12-node lstm_peephole layer", coal.fixed_layer("lstm_peephole", output_cell="linear")),
        ("12-node lstm layer", coal.fixed_layer("lstm", output_cell="linear")),
        ("12-node gru layer, fully recurrent", coal.fixed_layer("gru", recurrent=True)),
        ("cyclic network", coal.cyclic_network()),
    ):
        row(
            f"modern, one epoch: {name}", None, coal.shortest(lambda n=network: trainer.train(n), 9)
        )


def paper_networks(n_networks: int) -> None:
    """Train networks as the published colony lays them, in one thread and in two."""
    task = coal.burners("minmax")
    trainer = Trainer(*coal.whole_files(task, residual=False), PAPER)
    settings = preset("paper").ants
    problem = Problem(task.transform.inputs, task.transform.targets, PAPER.output_cell)
    search = AntSearch.start(settings, problem, rng_for(1, -1, "start"))
    networks = []
    for number in range(n_networks):
        candidate = search.ask(number, rng_for(1, number, "ask"))
        networks.append(candidate.genome)
    sizes = [(n.n_weights, len(n.edges), len(n.recurrent_edges)) for n in networks]
    seconds = {}
    for n_threads in (1, 2):
        begun = time.perf_counter()
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(trainer.train, networks))
        seconds[n_threads] = time.perf_counter() - begun
    print(
        f"\n{n_networks} networks of the published colony, 10 epochs each (medians: "
        f"{np.median(sizes, axis=0).astype(int).tolist()} weights, edges, recurrent edges): "
        f"{seconds[1]:.1f} s in one thread, {seconds[2]:.1f} s in two, "
        f"ratio {seconds[1] / seconds[2]:.2f}. Extrapolated, not measured: 2,000 networks in two "
        f"threads {2000 / n_networks * seconds[2] / 60:.0f} min."
    )


def peak_memory() -> None:
    """Print what training the cyclic network adds to a process that is ready to train."""
    command = [sys.executable, __file__, "--only-memory"]
    printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    before, whole, added = map(float, printed.split())
    print(
        f"\nMemory of a process that trains the cyclic network: {before:.0f} MB with interpreter, "
        f"libraries, kernels and data, at its peak {whole:.0f} MB: one thread's training adds "
        f"{added:.0f} MB."
    )


def memory_of_training() -> None:
    """Train in this process; print its memory before, at the peak, and the difference, in MB."""
    warm_up(coal.ANT_CELLS)
    task = coal.burners("minmax")
    trainer = Trainer(*coal.whole_files(task, residual=False), PAPER)
    Path("/proc/self/clear_refs").write_text("5")  # the peak starts anew
    before = status_mb("VmRSS")
    trainer.train(coal.cyclic_network(), epochs=1)
    print(before, status_mb("VmHWM"), status_mb("VmHWM") - before)


def status_mb(field: str) -> float:
    """Return a field of this process's status in MB."""
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    raise LookupError(field)


def cost_against_size() -> None:
    """Print how the cost of an edge and a step changes with the numbers of nodes and of steps."""
    print("\n| nodes | edges of both kinds | steps | seconds an epoch | ns an edge and step |")
    print("|---|---|---|---|---|")
    rng = np.random.default_rng(0)
    for n_hidden in (37, 187, 987):
        network = coal.cyclic_network(n_hidden, 4 * n_hidden, 9 * n_hidden)
        for n_steps in (10**3, 10**4, 10**5, 10**6):
            if n_steps * n_hidden > 40 * 10**6:
                continue
            series = Series(
                rng.random((n_steps, 12), np.float32),
                rng.random((n_steps, 1), np.float32),
                np.ones(n_steps, bool),
            )
            few = Series(series.inputs[:20], series.targets[:20], series.counts[:20])
            trainer = Trainer([series], [few], MODERN)
            repeats = 5 if n_steps * n_hidden < 10**7 else 1
            without = coal.shortest(lambda n=network, t=trainer: t.train(n, epochs=0), repeats)
            seconds = coal.shortest(lambda n=network, t=trainer: t.train(n, epochs=1), repeats)
            seconds -= without
            n_edges = 13 * n_hidden
            print(
                f"| {n_hidden + 13} | {n_edges} | {n_steps:.0e} | {seconds:.3f} "
                f"| {seconds / n_edges / n_steps * 1e9:.2f} |",
                flush=True,
            )


def row(what: str, cpp_seconds: float | None, seconds: float) -> None:
    """Print one line of the table."""
    cpp = f"{cpp_seconds:g} s | {cpp_seconds / seconds:.0f} x" if cpp_seconds else "- | -"
    print(f"| {what} | {cpp} | {1000 * seconds:.0f} ms |", flush=True)


def main() -> None:
    """Print all tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--only-memory", action="store_true")
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--quick", action="store_true", help="once, on a few rows: does it run?")
    arguments = parser.parse_args()
    if arguments.only_memory:
        memory_of_training()
        return
    print(coal.machine())
    print(f"compiling, or loading what was compiled: {warm_up((*coal.ANT_CELLS, 'lstm')):.1f} s\n")
    print("| what | C++ | faster by | here |\n|---|---|---|---|")
    published_layers_and_networks(arguments.quick)
    if arguments.quick:
        return
    short_series()
    modern_epochs()
    peak_memory()
    cost_against_size()
    paper_networks(arguments.networks)


if __name__ == "__main__":
    main()
