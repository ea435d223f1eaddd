"""Scripts in `benchmarks/` still run; how long they take is not looked at."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[2] / "benchmarks"
NEEDS_DATA = {
    "coal_search", "coal_training", "draws", "engine", "guides", "held_back", "modern_protocol",
    "mrs", "run_directory", "widths",
}  # fmt: skip
OF_SPEED = (
    "against_torch", "ask_tell", "assembly", "coal_training", "colonies", "dense_layers", "draws",
    "endurance", "engine", "generation", "modern_protocol", "mrs", "starting", "wide", "widths",
)  # fmt: skip
WITH_ARGUMENTS = {
    "coal_search": "{out} --minutes 0.01 --seeds 1 --workers 1 --methods random",
    "guides": "{out} delays --candidates 1 --seeds 1 --updates 2",
    "held_back": "{out} delays --seconds 0.1 --seeds 1",
    "neat_networks": "6 60",
    "run_directory": "master --networks 4 --repeats 1 --folder {out}",
}
"""Scripts that are quick when they are asked for little."""
OF_OTHERS = {"frozen", "gpu_layers"}
"""One reads runs that are published; one needs a GPU, and Triton to be imported."""


def run(name, *arguments):
    if name in NEEDS_DATA and "CELLCOLONY_DATA" not in os.environ:
        pytest.skip("CELLCOLONY_DATA names no data")
    done = subprocess.run(
        [sys.executable, f"{FOLDER / name}.py", *arguments],
        capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("name", OF_SPEED)
def test_a_benchmark_of_speed_runs_quickly(name):
    run(name, "--quick")


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_a_benchmark_that_is_asked_for_little_runs(name, tmp_path):
    run(name, *WITH_ARGUMENTS[name].format(out=tmp_path / "out").split())


def test_every_other_script_finds_what_it_imports():
    names = {path.stem for path in FOLDER.glob("*.py")} - {*OF_SPEED, *WITH_ARGUMENTS, *OF_OTHERS}
    code = f"import sys; sys.path.insert(0, {str(FOLDER)!r})\n" + "\n".join(
        f"import {name}; print({name!r})" for name in sorted(names)
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=300, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == sorted(names)
