"""Scripts in `benchmarks/` still run; how long they take is not looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
NEEDS_DATA = "engine", "mrs"
SPEED = (
    "against_torch",
    "ask_tell",
    "assembly",
    "colonies",
    "dense_layers",
    "engine",
    "generation",
    "mrs",
)


@pytest.mark.parametrize("name", SPEED)
def test_a_benchmark_of_speed_runs_quickly(name):
    if name in NEEDS_DATA and "CELLCOLONY_DATA" not in os.environ:
        pytest.skip("CELLCOLONY_DATA names no data")
    done = subprocess.run(
        [sys.executable, f"{FOLDER / name}.py", "--quick"],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout
