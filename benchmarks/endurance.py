"""Search with very many real trainings of tiny networks, and see whether memory stays flat.

    python benchmarks/endurance.py [--networks 20000] [--method ants] [--seed 0]

Every thousand networks it prints what memory the process holds, and at the end how large the
journal is.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from cellcolony import AntSwarm, Forecast, evolve
from cellcolony.networks.protocol import Protocol
from cellcolony.runs.events import Done
from cellcolony.search.taps import Taps

EVERY = 1000
METHODS: dict[str, Any] = {
    "ants": AntSwarm(n_ants=5, n_layers=1, n_nodes_per_layer=4, cells=("simple", "gru")),
    "taps": Taps(cells=("simple", "gru"), most_width=8),
}


def main() -> None:
    """Read the command line, search, and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--networks", type=int, default=20_000)
    parser.add_argument("--method", choices=METHODS, default="ants")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quick", action="store_true", help="a few networks: does it run?")
    options = parser.parse_args()
    every = 5 if options.quick else EVERY
    options.networks = 10 if options.quick else options.networks
    steps = np.arange(60)
    frame = pd.DataFrame({"wave": np.sin(steps / 5), "other": np.cos(steps / 5)})
    began, held = time.monotonic(), []

    def observe(event: object) -> None:
        if isinstance(event, Done) and (event.candidate.number + 1) % every == 0:
            held.append(resident_mb())
            seconds = time.monotonic() - began
            print(f"{event.candidate.number + 1}: {held[-1]:.0f} MB, {seconds:.0f} s", flush=True)

    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "run"
        result = evolve(
            Forecast.from_frames(frame, ["wave"]), METHODS[options.method],
            f"{options.networks} networks", seed=options.seed, out=out, on_event=observe,
            training=Protocol(name="quick", epochs=1, window=20, lanes=2), rivals=("persistence",),
        )  # fmt: skip
        size = (out / "journal.jsonl").stat().st_size
    print(
        f"{options.method}, seed {options.seed}: {result.n_done} networks, {result.n_failed} "
        f"failed; {held[0]:.0f} MB after {every}, {held[-1]:.0f} MB at the end, at most "
        f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB; journal "
        f"{size // max(result.n_done, 1):,} bytes a network; load {os.getloadavg()[0]:.1f}"
    )


def resident_mb() -> float:
    """Return how much memory this process holds."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize() / 2**20


if __name__ == "__main__":
    main()
