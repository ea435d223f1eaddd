"""A run of very many candidates, and how long it takes to go on with it and to read it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
from coal import burners
from simulated import AtOnce

import cellcolony
from cellcolony.runs import recorder
from cellcolony.runs.directory import JOURNAL
from cellcolony.runs.ledger import Order

JOURNAL_BYTES = "journal_bytes"
"""A file beside the copy of a run that says how long its journal is."""
READERS = ("show", "report", "compare")


def report_long_run(folder: Path, preset: str, order: Order, n_networks: int, repeats: int) -> None:
    """Make the run if it is not there, and print what it takes to go on with it and to read it.

    Its last checkpoint is as far behind as one can be: as many networks as lie between two.
    """
    n_asked = n_networks + recorder.CANDIDATES - 1
    run, kept = folder / "run", folder / "kept"
    if not kept.exists():
        _make(run, kept, preset, order, n_asked)
    size = int((kept / JOURNAL_BYTES).read_text())
    _put_back(run, kept, size)
    sizes = ", ".join(f"{path.name} {path.stat().st_size:,}" for path in run.glob("checkpoint*"))
    print(f"{n_asked} networks; bytes: journal {size:,}, {size // n_asked:,} a network; {sizes}")
    for what in ("with the last checkpoint", "from the journal alone"):
        alone = what.endswith("alone")
        times = []
        for _ in range(1 if alone else repeats):
            if alone:
                (run / "checkpoint.json").unlink()
            times.append(_stages(run, n_asked + 1))
            _put_back(run, kept, size)
        print(f"\n{what}: {np.median([sum(one.values()) for one in times]):.2f} s, of these")
        for stage in times[0]:
            print(f"  {np.median([one[stage] for one in times]):6.2f} s  {stage}")
    print()
    for reader in READERS:
        print(f"cellcolony {reader}: " + _time_of_reader(reader, run), flush=True)


def _make(run: Path, kept: Path, preset: str, order: Order, n_asked: int) -> None:
    """Make the run, or go on with it, and keep a copy of all but its journal."""
    recorder.SECONDS = 0.0  # as many checkpoints as a real run writes, whose trainings take longer
    ants, budget = cellcolony.preset(preset).ants, f"{n_asked} networks"
    began = time.perf_counter()
    if (run / "config.toml").exists():
        cellcolony.resume(run, budget, executor=AtOnce())
    else:
        task = burners("zscore", valid_files=False)
        study = cellcolony.Study.of(task, ants, seed=1, order=order)
        study.run(budget, executor=AtOnce(), out=run)
    print(f"made, or ended, in {time.perf_counter() - began:.0f} s")
    part = kept.with_name("kept.part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(run, part, ignore=shutil.ignore_patterns(JOURNAL))
    (part / JOURNAL_BYTES).write_text(str((run / JOURNAL).stat().st_size))
    part.rename(kept)


def _put_back(run: Path, kept: Path, journal_size: int) -> None:
    """Make the run again as it was before somebody went on with it."""
    for path in run.iterdir():
        if path.is_dir():
            shutil.rmtree(path)
        elif path.name != JOURNAL:
            path.unlink()
    shutil.copytree(kept, run, dirs_exist_ok=True)
    os.truncate(run / JOURNAL, journal_size)


def _stages(run: Path, n_networks: int) -> dict[str, float]:
    """Go on with the run in a new process, and return how long each stage took in seconds."""
    command = [sys.executable, str(Path(__file__).with_name("resumed.py")), str(run)]
    began = time.monotonic()
    child = subprocess.run([*command, f"{n_networks}networks"], stdout=subprocess.PIPE, check=True)
    stages = {}
    for stage, at in sorted(json.loads(child.stdout).items(), key=lambda mark: mark[1]):
        stages[stage], began = at - began, at
    return stages


def _time_of_reader(reader: str, run: Path) -> str:
    """Return the wall time and the peak memory of a command that reads the run."""
    program = "import sys; from cellcolony.cli import main; sys.exit(main(sys.argv[1:]))"
    runs = [run, run] if reader == "compare" else [run]
    command = [sys.executable, "-c", program, reader, *map(str, runs)]
    began = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - began
    return f"{seconds:.1f} s, {usage.ru_maxrss / 1024:.0f} MB" + (", failed" if status else "")
