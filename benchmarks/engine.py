"""How long training takes: the networks and protocols of the published study, and the modern one.

Run `CELLCOLONY_DATA=... python benchmarks/engine.py`. Everything runs in one thread except where two
are named; times are the shortest of some repeats. The authors' C++ (github travisdesell/exact, branch
adding_ant_colony) was measured once on a shared 2-core machine; its column is quoted.
"""

from __future__ import annotations

import argparse
import resource
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import coal
import numpy as np

from cellcolony.networks.protocol import protocol
from cellcolony.networks.train import Trainer, warm_up
from cellcolony.search.ants import AntSwarm
from cellcolony.seeds import rng_for

PAPER, MODERN = protocol("paper"), protocol("modern")


def published_layers_and_networks() -> None:
    """Time one epoch of fixed layers, ten of the cyclic network, by the published protocol."""
    task = coal.burners("minmax")
    trainer = Trainer(*coal.whole_files(task, residual=False), PAPER)
    for cell, cpp in (("lstm_peephole", 1.29), ("gru", 1.23)):
        network = coal.fixed_layer(cell)
        starting = coal.shortest(lambda n=network: trainer.train(n, epochs=0), 9)
        seconds = coal.shortest(lambda n=network: trainer.train(n, epochs=1), 9) - starting
        row(f"12-node {cell} layer, one epoch with validation", cpp, seconds)
    network = coal.cyclic_network()
    row(
        "cyclic network, 10 epochs with validation",
        54,
        coal.shortest(lambda: trainer.train(network), 3),
    )
    train, valid = coal.first_half(coal.whole_files(task, residual=False)[0][0])
    half = Trainer(train, valid, PAPER)
    row(
        "the same on half of burner 0, 10 epochs",
        3.9,
        coal.shortest(lambda: half.train(network), 9),
    )


def modern_epochs() -> None:
    """Time one epoch of training alone, by the modern protocol."""
    train, valid = coal.whole_files(coal.burners("zscore"), residual=True)
    little = [s._replace(inputs=s.inputs[:20], targets=s.targets[:20]) for s in valid]
    little = [s._replace(counts=np.ones(20, bool)) for s in little]
    trainer = Trainer(train, little, replace(MODERN, epochs=1))
    for name, network in (
        ("12-node lstm_peephole layer", coal.fixed_layer("lstm_peephole", output_cell="linear")),
        ("12-node lstm layer", coal.fixed_layer("lstm", output_cell="linear")),
        ("12-node gru layer, fully recurrent", coal.fixed_layer("gru", recurrent=True)),
        ("cyclic network", coal.cyclic_network()),
    ):
        row(f"modern, one epoch: {name}", None, coal.shortest(lambda n=network: trainer.train(n), 9))


def paper_networks(n_networks: int) -> None:
    """Train networks as the published colony lays them, in one thread and in two."""
    task = coal.burners("minmax")
    trainer = Trainer(*coal.whole_files(task, residual=False), PAPER)
    settings = AntSwarm(n_ants=80, max_skip=2)
    names = task.transform.inputs, task.transform.targets
    search = settings.start(*names, rng_for(1, -1, "start"), PAPER.output_cell)
    networks = []
    for number in range(n_networks):
        candidate = search.ask(number, rng_for(1, number, "ask"))
        networks.append(candidate.network)
    sizes = [(n.n_weights, len(n.edges), len(n.recurrent_edges)) for n in networks]
    seconds = {}
    for n_threads in (1, 2):
        begun = time.perf_counter()
        with ThreadPoolExecutor(n_threads) as pool:
            list(pool.map(trainer.train, networks))
        seconds[n_threads] = time.perf_counter() - begun
    print(
        f"\n{n_networks} networks of the published colony (median weights, edges, recurrent edges "
        f"{np.median(sizes, axis=0).astype(int).tolist()}), 10 epochs each: {seconds[1]:.1f} s in one "
        f"thread, {seconds[2]:.1f} s in two, ratio {seconds[1] / seconds[2]:.2f}. Extrapolated, not "
        f"measured: 2,000 networks in two threads {2000 / n_networks * seconds[2] / 60:.0f} min."
    )


def peak_memory() -> None:
    """Print what a process needs that trains the cyclic network, above one that has read the data."""
    print("\n| peak memory of one process | MB |\n|---|---|")
    for name, epochs in (("data read, kernels loaded, nothing trained", -1), ("cyclic network", 1)):
        command = [sys.executable, __file__, "--only-memory", str(epochs)]
        printed = subprocess.run(command, capture_output=True, text=True, check=True).stdout
        print(f"| {name} | {float(printed):.0f} |")


def memory_of(epochs: int) -> None:
    """Train in this process, or do not, and print its peak memory in MB."""
    warm_up(coal.ANT_CELLS)
    task = coal.burners("minmax")
    trainer = Trainer(*coal.whole_files(task, residual=False), PAPER)
    if epochs >= 0:
        trainer.train(coal.cyclic_network(), epochs=epochs)
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)


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
            series = coal.Series(
                rng.random((n_steps, 12), np.float32),
                rng.random((n_steps, 1), np.float32),
                np.ones(n_steps, bool),
            )
            trainer = Trainer([series], [series._replace(counts=np.arange(n_steps) < 20)], MODERN)
            least = trainer.train(network, epochs=0).seconds
            seconds = trainer.train(network, epochs=1).seconds - 2 * least
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
    parser.add_argument("--only-memory", type=int)
    parser.add_argument("--networks", type=int, default=40)
    arguments = parser.parse_args()
    if arguments.only_memory is not None:
        memory_of(arguments.only_memory)
        return
    print(coal.machine())
    print(f"compiling, or loading what was compiled: {warm_up((*coal.ANT_CELLS, 'lstm')):.1f} s\n")
    print("| what | C++ | faster by | here |\n|---|---|---|---|")
    published_layers_and_networks()
    modern_epochs()
    peak_memory()
    cost_against_size()
    paper_networks(arguments.networks)


if __name__ == "__main__":
    main()
