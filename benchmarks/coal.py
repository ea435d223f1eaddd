"""The coal data and the networks that several benchmarks share."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import numba
import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.genome import Network, Node
from cellcolony.networks.series import Series
from cellcolony.networks.train import score
from cellcolony.search.examm import Examm, ExammSearch
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

ANT_CELLS = ("simple", "delta", "ugrnn", "mgu", "gru", "lstm_peephole")


def folder() -> Path:
    """Return the folder of the twelve burners; CELLCOLONY_DATA names the one above."""
    return Path(os.environ["CELLCOLONY_DATA"]) / "coal"


def burners(scale: str, *, valid_files: bool = True) -> Forecast:
    """Read burners 0-9 to train; 10-11 validate, or test while the tails of 0-9 validate."""
    held_out = [folder() / f"burner_{i}.csv" for i in (10, 11)]
    return Forecast.from_csv(
        [folder() / f"burner_{i}.csv" for i in range(10)],
        "Main_Flm_Int",
        scale=scale,
        valid=held_out if valid_files else (),
        test=() if valid_files else held_out,
    )


class Errors:
    """Scores networks in the target's own units."""

    def __init__(self, task: Forecast) -> None:
        self._series = {split: task.series(split, True) for split in ("train", "valid", "test")}
        self._unit = float(task.transform.target_scaling.width[0])

    def of(self, network: Network, split: str) -> float:
        """Return the mean absolute error."""
        return float(score(network, self._series[split])[0][0]) * self._unit


def whole_files(task: Forecast, residual: bool) -> tuple[list[Series], list[Series]]:
    """Return burners 0-9 over their full length to train on, and 10-11 to validate on."""
    return task.series("train", residual), task.series("valid", residual)


def fixed_layer(cell: str, *, recurrent: bool = False, output_cell: str = "simple") -> Network:
    """Return 12 nodes of one cell between 12 inputs and 1 output, with fresh weights."""
    network = fixed_network(
        [cell], 12, 1, output_cell=output_cell, time_skips=(1,) if recurrent else ()
    )
    return draw_weights(network, np.random.default_rng(0))


def cyclic_network(
    n_hidden: int = 36, n_edges: int = 145, n_recurrent: int = 340, seed: int = 0
) -> Network:
    """Return a network as ants lay it: 3 layers, every cell, edges of both kinds drawn uniformly.

    With the default sizes 49 nodes, 145 edges and 340 recurrent edges of skips 1 and 2, most of
    which form one cycle.
    """
    rng = np.random.default_rng(seed)
    nodes = [Node(i, "input", 0.0) for i in range(12)]
    for i in range(n_hidden):
        depth = float(1 + 3 * i // n_hidden)
        nodes.append(Node(12 + i, "hidden", depth, str(rng.choice(ANT_CELLS))))
    nodes.append(Node(12 + n_hidden, "output", 4.0, "simple"))
    forward = [(a.id, b.id) for a in nodes for b in nodes if a.depth < b.depth]
    recurrent = [(a.id, b.id, skip) for a in nodes for b in nodes[12:] for skip in (1, 2)]
    network = Network(
        tuple(nodes),
        np.array([forward[k] for k in rng.choice(len(forward), n_edges, replace=False)]),
        np.array([recurrent[k] for k in rng.choice(len(recurrent), n_recurrent, replace=False)]),
    )
    return network.with_weights(rng.uniform(-0.3, 0.3, network.n_all_weights))


def lagged_network() -> Network:
    """Return 20 nodes, 12 of them inputs, and 40 edges, most of them with lags of up to 96."""
    rng = np.random.default_rng(0)
    nodes = [Node(i, "input", 0.0) for i in range(12)]
    nodes += [Node(12 + i, "hidden", 1.0, ANT_CELLS[i % len(ANT_CELLS)]) for i in range(7)]
    nodes.append(Node(19, "output", 2.0, "linear"))
    edges = [(12 + i, 19) for i in range(7)]
    lags: set[tuple[int, int, int]] = set()
    while len(lags) < 33:
        target = 12 + len(lags) % 7
        lags.add((int(rng.integers(12)), target, int(rng.integers(1, 97))))
    network = Network(tuple(nodes), np.array(edges), np.array(sorted(lags)))
    return network.with_weights(rng.uniform(-0.3, 0.3, network.n_all_weights))


def networks_of_examm(n: int) -> list[Network]:
    """Return networks of 15 to 17 live nodes and 18 to 22 live edges, as EXAMM's first ones are."""
    problem = Problem(tuple(f"column {i}" for i in range(12)), ("target",), "simple")
    search = ExammSearch.start(Examm(), problem, rng_for(1, -1, "start"))
    losses = rng_for(1, -1, "losses")
    found: list[Network] = []
    for number in range(5_000):
        candidate = search.ask(number, rng_for(1, number, "ask"))
        assert isinstance(candidate, Candidate)
        network = candidate.genome
        search.tell(number, Evaluation.succeeded(losses.uniform(0.01, 0.05), network.weights))
        n_edges = len(network.edges) + len(network.recurrent_edges)
        n_live = np.count_nonzero(network.live_weights[:n_edges])
        if 15 <= len(network.live) <= 17 and 18 <= n_live <= 22:
            found.append(network)
        if len(found) == n:
            break
    return found


def shortest(work: Callable[[], object], repeats: int = 5) -> float:
    """Return the shortest wall time of some repeats in seconds: other tenants only ever add."""
    seconds = []
    for _ in range(repeats):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return min(seconds)


def machine() -> str:
    """Say what this was measured on, and at which commit."""
    model = platform.processor() or platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":")[1].strip()
            break
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], capture_output=True, text=True, check=False
    ).stdout.strip()
    features = "AVX-512" if _has_avx512() else "AVX2 without AVX-512"
    return (
        f"{model} ({features}), {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"Numba {numba.__version__}, commit {commit}"
    )


def _has_avx512() -> bool:
    from cellcolony.cells.lower.simd import VECTOR

    return VECTOR == 16


def first_half(series: Series) -> tuple[list[Series], list[Series]]:
    """Split a series into its first 7,200 steps to train on and the next 7,200 to validate on."""

    def part(a: int, b: int, n_skipped: int) -> list[Series]:
        counts: NDArray[np.bool_] = np.ones(b - a, bool)
        counts[:n_skipped] = False
        return [Series(series.inputs[a:b], series.targets[a:b], counts)]

    return part(0, 7200, 0), part(7200, 14400, 12)
