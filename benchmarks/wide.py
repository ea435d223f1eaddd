"""Time what a search for forecasts does before it trains, by how many columns a table has.

    python benchmarks/wide.py [--columns 250 500 1000 2000] [--networks 40], or with `--quick`

Processor seconds of reading a table of so many columns and 60 rows, and of asking and telling a
candidate of the race of taps, and of the ants. Training takes no part: losses are drawn, and
weights come back as they went out.
"""

from __future__ import annotations

import argparse
import time

import numpy as np
import pandas as pd

from cellcolony.contract import Candidate, Evaluation, Signal
from cellcolony.errors import CellcolonyError
from cellcolony.runs.checkpoint import beginning
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.search.taps import Taps
from cellcolony.seeds import rng_for
from cellcolony.tasks.forecast import Forecast

N_ROWS = 60


def main() -> None:
    """Read the command line and measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--columns", type=int, nargs="+", default=[250, 500, 1000, 2000])
    parser.add_argument("--networks", type=int, default=40)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    for n_columns in [4] if options.quick else options.columns:
        rows = rng_for(0, n_columns, "rows").normal(size=(N_ROWS, n_columns))
        frame = pd.DataFrame(rows, columns=[f"column_{i}" for i in range(n_columns)])
        began = time.process_time()
        task = Forecast.from_frames(frame, ["column_0"])
        print(f"{n_columns} columns: read in {time.process_time() - began:.2f} s", flush=True)
        for method in (Taps(), AntSwarm()):
            try:
                print(f"  {asked(task, method, 3 if options.quick else options.networks)}")
            except CellcolonyError as error:
                print(f"  {type(method).__name__}: {error}", flush=True)


def asked(task: Forecast, method: object, n_networks: int) -> str:
    """Return how long a method takes for a candidate."""
    began = time.process_time()
    search = beginning(Study.of(task, method).config).ledger.search
    start = time.process_time() - began
    losses = rng_for(1, -1, "losses").uniform(0.01, 0.05, n_networks)
    seconds = []
    for number in range(n_networks):
        began = time.process_time()
        candidate = search.ask(number, rng_for(1, number, "ask"))
        if isinstance(candidate, Signal):
            break
        assert isinstance(candidate, Candidate)
        weights = candidate.genome.weights
        if weights is None:
            weights = np.zeros(candidate.genome.n_all_weights, np.float32)
        search.tell(number, Evaluation.succeeded(float(losses[number]), weights))
        seconds.append(time.process_time() - began)
    return (
        f"{type(method).__name__}: begun in {start:.2f} s; ask and tell of {len(seconds)} "
        f"candidates {np.mean(seconds):.4f} s each in the mean"
    )


if __name__ == "__main__":
    main()
