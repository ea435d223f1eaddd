"""Each example, in a quick form, does what it says."""

import os
import re
import runpy
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony import open_run, score
from cellcolony.runs.battery.record import read_records
from tests.runs.batteries import begin_in_threads

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
BATTERY = EXAMPLES / "methods.toml"

# A short file leaves its training range soon, and `predict` says so.
pytestmark = pytest.mark.filterwarnings("ignore::cellcolony.errors.TrainingRangeWarning")


def carried_out(name, *options):
    """Carry out an example in this process."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("sys.argv", [name, *map(str, options)])
        runpy.run_path(str(EXAMPLES / name), run_name="__main__")


def python(*words, more=(), cwd=None):
    """Run a program in a process of its own, with more folders on the path."""
    paths = [ROOT / "src", *more, os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, paths))}
    return subprocess.run(
        [sys.executable, *map(str, words)], env=environment, cwd=cwd, text=True,
        capture_output=True,
    )  # fmt: skip


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """Where the example of the board has written."""
    folder = tmp_path_factory.mktemp("board") / "out"
    carried_out("sensor_to_board.py", "--budget", "8networks", "--rows", 1600, "--out", folder)
    return folder


def test_the_search_of_the_sensors_beats_the_last_value_again(board):
    errors = {model.model: model.value("test") for model in open_run(board / "run").models}
    evolved, *_ = errors.values()
    assert evolved is not None
    assert evolved < 0.8 * (errors["persistence"] or 0)


@pytest.mark.skipif(shutil.which("gcc") is None, reason="there is no gcc")
@pytest.mark.parametrize(("precision", "tolerance"), [("c", 1e-5), ("c-int16", 0.02)])
def test_the_program_of_the_board_forecasts_what_predict_does(board, precision, tolerance):
    result, sensors = open_run(board / "run"), pd.read_csv(board / "vessel.csv")
    rows = sensors[list(result.stepper().columns)].to_numpy(np.float32)
    told = subprocess.run(board / precision / "board", input=rows.tobytes(), capture_output=True)
    expected = result.predict(sensors).to_numpy()[:, 0]
    np.testing.assert_allclose(
        np.frombuffer(told.stdout, np.float32), expected, atol=tolerance * np.abs(expected).max()
    )


def test_the_evolved_node_writes_and_scores_a_text(tmp_path, capsys):
    quick = "--budget", "2networks", "--characters", 24_000, "--workers", 1
    carried_out("text_to_node.py", *quick, "--executor", "threads", "--out", tmp_path / "out")
    printed = capsys.readouterr().out
    result = open_run(tmp_path / "out/run")
    assert {"evolved node", "lstm", "gru"} <= {model.model for model in result.models}
    assert result.best.text in printed
    found = score(result, tmp_path / "out/manual.txt", model="evolved node").perplexity
    assert f"has a perplexity of {found:.1f}" in printed
    assert found < result.facts.n_vocabulary  # better than guessing
    assert (tmp_path / "out/node.svg").read_text().startswith("<svg")


@pytest.fixture
def site(tmp_path):
    """The package of the cell as pip installs it, from its own pyproject.toml."""
    package = EXAMPLES / "own_cell"
    project = tomllib.loads((package / "pyproject.toml").read_text())["project"]
    site = tmp_path / "site"
    shutil.copytree(package / "slow_trace", site / "slow_trace")
    about = site / f"cellcolony_slow_trace-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Name: {project['name']}\nVersion: {project['version']}\n")
    (about / "entry_points.txt").write_text(
        "".join(
            f"[{group}]\n" + "".join(f"{name} = {module}\n" for name, module in members.items())
            for group, members in project["entry-points"].items()
        )
    )
    return site


def test_the_cell_of_the_package_is_searched_with_and_drawn(site, tmp_path):
    script, out = EXAMPLES / "own_cell/search.py", tmp_path / "out"
    done = python(script, "--trainings", 4, "--out", out, more=[site])
    assert done.returncode == 0, done.stderr
    assert "has the weights w0, w1, u0, leak, bias" in done.stdout
    own, other = re.findall(r"test MAE ([\d.]+), \d+ weights\n\s+hidden nodes: (.*)", done.stdout)
    assert re.fullmatch(r"\d+ slow_trace", own[1])
    assert re.fullmatch(r"\d+ gru", other[1])
    for name in ("cells.svg", "network.svg"):
        assert "slow_trace" in (out / name).read_text()


CLIMBER = """
import runpy, sys
from functools import partial
from cellcolony import Forecast, Study, evolve, open_run, resume
from cellcolony.tasks import forecast
forecast.vessel = partial(forecast.vessel, n_rows=1_000)  # the demonstration's has four times that
example = runpy.run_path(sys.argv[1], run_name="example")
task, climber = Forecast.demo(), example["Climber"](widest=3, longest=2)

found = evolve(task, climber, "2 networks", control="random", rivals=("ridge",), out="run")
assert found.n_done == open_run("run/control").n_done == 2

whole = Study.of(task, climber, order="strict").run("7 networks", out="whole")
Study.of(task, climber, order="strict").run("3 networks", out="parts")
parts = resume("parts", "7 networks")
assert [one.loss for one in parts.front] == [one.loss for one in whole.front]

sys.argv[1:] = ["--networks", "2", "--seeds", "2"]
example["main"]()
"""


def test_the_method_and_its_control_get_as_many_networks_and_can_be_resumed(tmp_path):
    (tmp_path / "climber.py").write_text(CLIMBER)
    done = python("climber.py", EXAMPLES / "own_method.py", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    rows = re.findall(r"^ +[01]  ([\d.]+)   ([\d.]+)$", done.stdout, re.MULTILINE)
    means = re.findall(r"^mean  ([\d.]+)   ([\d.]+)$", done.stdout, re.MULTILINE)
    np.testing.assert_allclose(
        np.array(rows, float).mean(axis=0), np.array(means[0], float), atol=1e-4
    )


def test_the_battery_runs_every_configuration_and_studies_are_ranked_over_series(
    tmp_path, monkeypatch, capsys
):
    begin_in_threads(monkeypatch)
    out = tmp_path / "out"
    quick = "--budget", "2networks", "--rows", 400, "--seeds", 1, "--workers", 1
    carried_out("battery.py", *quick, "--series", "load", "circuit", "--out", out)
    records = read_records(out / "battery/results.jsonl")
    labels = [one["label"] for one in tomllib.loads(BATTERY.read_text())["configuration"]]
    assert [record.configuration for record in records] == labels
    assert all(record.failure is None and record.n_candidates == 2 for record in records)
    printed = capsys.readouterr().out
    for part in ("Data set 1: ", "Data set 2: ", "Ranks over 2 data sets"):
        assert part in printed
    for name in ("load-taps", "load-ants", "circuit-taps", "circuit-ants"):
        assert open_run(out / name).n_done == 2
    assert (out / "comparison-2.png").stat().st_size > 0
