"""Hand hostile files and words to every command, and see whether any does harm.

    python benchmarks/fuzz.py [--inputs 20000] [--seed 0] [--begin 0]

What is drawn, and what counts as a fault, stands in `tests/fuzzing.py`: damaged and forged run
directories of each kind, damaged tables, and any words for any command. A fault is printed with its
number, by which `--begin NUMBER --inputs 1` tries it again.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from tests.fuzzing import Fuzzer
from tests.hostile_runs import make_runs


def main() -> None:
    """Read the command line, try, and report."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--inputs", type=int, default=20_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--begin", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        make_runs(Path(folder))
        began, n_faults, n = time.monotonic(), 0, 0
        for fault in Fuzzer(Path(folder), options.seed).tries(
            range(options.begin, options.begin + options.inputs)
        ):
            n += 1
            if fault is not None:
                n_faults += 1
                print(f"FAULT {fault.number}: {fault.what}\n{fault.why}", flush=True)
            if n % 500 == 0:
                print(f"{n} inputs, {n_faults} faults", flush=True)
        seconds = time.monotonic() - began
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"seed {options.seed}: {n} inputs, {n_faults} faults, {seconds:.0f} s, at most {most:.0f} "
        f"MB; load {os.getloadavg()[0]:.1f}"
    )
    sys.exit(bool(n_faults))


if __name__ == "__main__":
    main()
