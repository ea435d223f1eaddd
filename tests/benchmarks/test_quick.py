"""Scripts in `benchmarks/` still run; how long they take is not looked at."""

from __future__ import annotations

import os
from importlib.util import find_spec
from itertools import islice
from pathlib import Path

import pytest

from tests.forked import forking

FOLDER = Path(__file__).parents[2] / "benchmarks"
NEEDS_DATA = {
    "coal_search", "coal_training", "draws", "engine", "guides", "held_back", "modern_protocol",
    "mrs", "pruning_criteria", "run_directory", "small_gains", "training_on", "weight_decay",
    "widths",
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
    "pruning_criteria": "{out} delays --seeds 1 --updates 2",
    "run_directory": "master --networks 4 --repeats 1 --folder {out}",
    "small_gains": "{out} delays --seeds 1 --updates 2",
    "training_on": "{out} delays --seeds 1 --updates 2",
    "weight_decay": "{out} delays --seeds 1 --updates 2",
}
"""Scripts that are quick when they are asked for little."""
OF_OTHERS = {"frozen", "gpu_layers"}
"""One reads runs that are published; one needs a GPU, and Triton to be imported."""


IMPORTED = [name for name in ("torch", "cellcolony.runs.study") if find_spec(name)]
N_ROWS = 1200
"""Of each file of data; the rest is left out."""
CODE = """
import runpy, sys
from pathlib import Path
sys.argv[:] = sys.argv[1:]
sys.path.insert(0, str(Path(sys.argv[0]).parent))
runpy.run_path(sys.argv[0], run_name="__main__")
"""


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    """The data with fewer rows, or None."""
    whole = os.environ.get("CELLCOLONY_DATA")
    if whole is None:
        return None
    folder = tmp_path_factory.mktemp("data")
    patterns = "coal/*.csv", "series/**/*.csv", "series/**/*.toml"
    for path in (path for pattern in patterns for path in Path(whole).glob(pattern)):
        shorter = folder / path.relative_to(whole)
        shorter.parent.mkdir(parents=True, exist_ok=True)
        with path.open() as file:
            shorter.write_text("".join(islice(file, N_ROWS + 1)))
    return folder


@pytest.fixture(scope="module")
def forks(data):
    """Runs code in processes that have imported what most scripts import."""
    environment = {**os.environ, **({"CELLCOLONY_DATA": str(data)} if data else {})}
    with forking(FOLDER.parent, environment, *IMPORTED) as forks:
        yield forks


def run(forks, name, *arguments):
    if name in NEEDS_DATA and "CELLCOLONY_DATA" not in os.environ:
        pytest.skip("CELLCOLONY_DATA names no data")
    done = forks.run(CODE, FOLDER / f"{name}.py", *arguments)
    assert done.returncode == 0, done.stderr
    assert done.stdout


@pytest.mark.parametrize("name", OF_SPEED)
def test_a_benchmark_of_speed_runs_quickly(forks, name):
    run(forks, name, "--quick")


@pytest.mark.parametrize("name", WITH_ARGUMENTS)
def test_a_benchmark_that_is_asked_for_little_runs(forks, name, tmp_path):
    run(forks, name, *WITH_ARGUMENTS[name].format(out=tmp_path / "out").split())


def test_every_other_script_finds_what_it_imports(forks):
    names = {path.stem for path in FOLDER.glob("*.py")} - {*OF_SPEED, *WITH_ARGUMENTS, *OF_OTHERS}
    code = f"import sys; sys.path.insert(0, {str(FOLDER)!r})\n" + "\n".join(
        f"import {name}; print({name!r})" for name in sorted(names)
    )
    done = forks.run(code)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == sorted(names)
