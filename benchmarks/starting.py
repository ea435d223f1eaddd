"""How long a first compile takes, with an empty cache, and the start of commands, without.

    CELLCOLONY_DATA=... python benchmarks/starting.py [--rounds 3]

Each time is of a process of its own: its processor time, and the time on the clock. The first
compile is of all cells, for the protocols `modern` and `paper` and for any. A search has started
when its first candidate has been asked; a training on a text, after the first epoch of a tiny
model. Bytecode is kept, as it is where a package is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import coal

from cellcolony.cells.lower.compiled import FOLDER

COMPILE = """
import time
from cellcolony import cells
from cellcolony.networks.protocol import protocol
from cellcolony.networks.warm_up import warm_up
began = time.process_time(), time.perf_counter()
names = {names!r} or cells.names()
warm_up(names, {how})
print(time.process_time() - began[0], time.perf_counter() - began[1])
"""
HELP = """
import contextlib, io, sys, time
from cellcolony.cli import main
sys.argv = ["cellcolony", "--help"]
with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
    main()
print(time.process_time(), time.time() - {began})
"""
SEARCH = """
import contextlib, io, os, sys, time
import cellcolony.runs.journal as journal
def asked(*_):
    print(time.process_time(), time.time() - {began}, file=sys.__stdout__, flush=True)
    os._exit(0)
journal.asked_line = asked
from cellcolony.cli import main
sys.argv = ["cellcolony", "search", {file!r}, "--target", {target!r}, "--budget", "1networks",
    "--workers", "1", "--out", {out!r}]
with contextlib.redirect_stdout(io.StringIO()):
    main()
"""

TEXT = """
import sys, time
import numpy as np
from cellcolony import cells
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.layer import layer_of
from cellcolony.layers.model import LanguageModel
from cellcolony.layers.schedule import Schedule
from cellcolony.layers.train import ModelTraining
rng, layer = np.random.default_rng(0), layer_of(cells.get("gru"), 4)
text = rng.integers(0, 7, 200).astype(np.int32)
model = LanguageModel(Architecture(7, (layer,), False), rng)
ModelTraining(model, text, text, Schedule(epochs=1, steps=5, batch=4), 0).epoch(0)
print(time.process_time(), time.time() - {began})
"""


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--quick", action="store_true", help="one cell, once: does it run?")
    options = parser.parse_args()
    n_rounds, names = (1, ["simple"]) if options.quick else (options.rounds, [])
    print(coal.machine(), f"load {os.getloadavg()[0]:.1f}, the least of {n_rounds}")
    print("| what | processor time | on the clock |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for how in ("modern",) if options.quick else ("modern", "paper", None):
            code = COMPILE.format(names=names, how=None if how is None else f"protocol({how!r})")
            caches = [Path(folder, f"{how} {i}") for i in range(n_rounds)]
            times = [measured(code, cache, apart=not options.quick) for cache in caches]
            row(f"first compile of all cells, {how or 'any protocol'}", times)
        warm = Path(folder, "modern 0")
        if options.quick:
            return
        row("`cellcolony --help`", [measured(HELP, warm) for _ in range(n_rounds + 1)][1:])
        file = str(Path(os.environ["CELLCOLONY_DATA"], "coal", "burner_0.csv"))
        times = [
            measured(SEARCH, warm, file=file, target="Main_Flm_Int", out=f"{folder}/run {i}")
            for i in range(n_rounds + 1)
        ]
        row("`cellcolony search` of one file, until the first candidate", times[1:])
        times = [measured(TEXT, warm) for _ in range(n_rounds + 1)]
        row("a training on a text, until its first epoch ends", times[1:])


def measured(code: str, cache: Path, *, apart: bool = True, **values: str) -> tuple[float, float]:
    """Run code in a process of its own; returns the two numbers that it prints.

    Its bytecode is kept in the cache, unless it need not be kept apart.
    """
    environment = {**os.environ, FOLDER: str(cache)}
    if apart:
        environment["PYTHONPYCACHEPREFIX"] = str(cache / "bytecode")
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
    code = code.format(began=time.time(), **values) if "{began}" in code else code
    printed = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    ).stdout
    processor, clock = map(float, printed.split())
    return processor, clock


def row(what: str, times: list[tuple[float, float]]) -> None:
    """Print a line of the table: the least of each time."""
    print(
        "| " + " | ".join((what, *(f"{min(one):.2f} s" for one in zip(*times, strict=True)))) + " |"
    )


if __name__ == "__main__":
    main()
