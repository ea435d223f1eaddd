"""Time `ask` + `tell` of the ants on the published superstructure, and of EXAMM, on 12 inputs.

Run `python benchmarks/ask_tell.py [n_ants] [n_networks]`, or with `--quick`. The aim is below 5 ms
with 160 ants, at best 1 ms. Training takes no part: losses are drawn, and weights come back as they
went out.
"""

import sys
import time
from dataclasses import replace

import numpy as np

from cellcolony import preset
from cellcolony.contract import Candidate, Evaluation, Problem, Search
from cellcolony.search.ants import AntSearch
from cellcolony.search.examm import Examm, ExammSearch
from cellcolony.seeds import rng_for

PROBLEM = Problem(tuple(f"column_{i}" for i in range(12)), ("target",))


def main(n_ants: int = 160, n_networks: int = 500) -> None:
    ants = replace(preset("paper").ants, n_ants=n_ants)
    start = rng_for(1, -1, "start")
    measure(f"{n_ants} ants", AntSearch.start(ants, PROBLEM, start), n_networks)
    measure("EXAMM", ExammSearch.start(Examm(), PROBLEM, start), n_networks)


def measure(who: str, search: Search, n_networks: int) -> None:
    """Print how long a search takes, with losses that are drawn."""
    losses = rng_for(1, -1, "losses").uniform(0.01, 0.05, n_networks)
    milliseconds, n_edges = [], []
    for number in range(n_networks):
        rng = rng_for(1, number, "ask")
        began = time.perf_counter()
        candidate = search.ask(number, rng)
        assert isinstance(candidate, Candidate)
        network = candidate.genome
        weights = network.weights
        assert weights is not None
        search.tell(number, Evaluation.succeeded(float(losses[number]), weights))
        milliseconds.append(1000 * (time.perf_counter() - began))
        n_edges.append(len(network.edges) + len(network.recurrent_edges))
    print(
        f"{who}, {n_networks} networks, {np.median(n_edges):.0f} edges of both kinds "
        f"(median); ask + tell {np.median(milliseconds):.2f} ms median, "
        f"{np.percentile(milliseconds, 90):.2f} ms at the 90th percentile"
    )


if __name__ == "__main__":
    main(*((4, 3) if sys.argv[1:] == ["--quick"] else map(int, sys.argv[1:])))
