"""Exported files give the intervals that `predict --interval` gives."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony import open_run
from cellcolony.cli import main
from cellcolony.errors import ConfigError, RunError
from cellcolony.export import export
from cellcolony.export.c.intervals import interval_bytes
from cellcolony.export.contents import contents
from cellcolony.export.exportable import ForecastNetwork, exportable_of
from cellcolony.runs.result import Result
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.tasks.forecast import Forecast
from tests.export.cases import load
from tests.export.sanitized import COMPILERS, SANITIZED, STRICT
from tests.runs.settings import ANTS, TRAINING, forecast

LEVEL = 0.8
CASES = ("residual", "steps", "not read")
needs_compiler = pytest.mark.skipif(not COMPILERS, reason="there is no C compiler")
PROGRAM = """
#include <stdio.h>
#include "{name}.h"

int main(void)
{{
    static {name}_state state;
    static {name}_interval interval;
    float row[{name}_n_columns], truth[{n_truth}], out[{name}_n_targets], low[{name}_n_targets],
        high[{name}_n_targets];
    {name}_reset(&state);
    {name}_reset_interval(&interval);
    while (fread(row, sizeof row, 1, stdin) == 1 && fread(truth, sizeof truth, 1, stdin) == 1) {{
        {name}_step(&state, row, out);
        {name}_ends(&interval, {truth}, out, low, high);
        if (fwrite(low, sizeof low, 1, stdout) != 1 || fwrite(high, sizeof high, 1, stdout) != 1) {{
            return 1;
        }}
    }}
    fprintf(stderr, "%lu", (unsigned long)sizeof interval);
    return 0;
}}
"""


def series(n_rows: int, seed: int) -> pd.DataFrame:
    time, rng = np.arange(n_rows) / 7, np.random.default_rng(seed)
    noise = rng.normal(0, 0.1 * (1 + np.sin(time / 9) ** 2), (2, n_rows))
    wave, pace = 50 + 20 * (np.sin(time) + noise[0]), np.cos(time) + noise[1]
    frame = pd.DataFrame({"wave": wave, "pace": pace, "other": np.cos(time)})
    return frame.astype(np.float32).astype(np.float64)  # as C reads them


@pytest.fixture(scope="module")
def results(tmp_path_factory) -> dict[str, Result]:
    folder = tmp_path_factory.mktemp("intervals")
    series(900, 0).to_csv(folder / "old.csv", index=False)
    stages, ants = (EnsembleStage(), ScoresStage()), replace(ANTS, n_ants=8)
    alone = replace(TRAINING, residual=False)
    options = {
        "residual": ({"horizon": 3}, TRAINING),
        "steps": ({"horizon": "1..3"}, TRAINING),
        "not read": ({"inputs": ["other"]}, alone),
    }
    for name, (more, training) in options.items():
        task = Forecast.from_csv(folder / "old.csv", ["wave", "pace"], **more)
        forecast(task, stages, ants, training=training).run("4 networks", out=folder / name)
    return {name: open_run(folder / name) for name in options}


def rows(n_rows: int = 700) -> pd.DataFrame:
    """Return rows of which the middle is much noisier, with values that were not measured."""
    frame = series(n_rows, 1)
    middle = slice(n_rows // 3, n_rows // 2)
    frame.loc[middle, "wave"] += np.random.default_rng(2).normal(0, 30, n_rows)[
        middle.start : middle.stop + 1
    ]
    return frame.astype(np.float32).astype(np.float64)


def ends_of(predicted: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    low, high = (predicted.filter(regex=f"_{end}$").to_numpy() for end in ("low", "high"))
    return low, high


def assert_same(found, expected, tolerance) -> None:
    for own, wanted in zip(found, expected, strict=True):
        largest = np.abs(np.asarray(own) - wanted).max(0) / np.abs(wanted).max(0)
        assert (largest < tolerance).all(), largest


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("language", ["numpy", "torch"])
def test_a_python_file_gives_the_same_ends_row_by_row_and_for_all_rows(
    results, name, language, tmp_path
):
    if language == "torch":
        pytest.importorskip("torch")
    result, frame = results[name], rows()
    source, *_ = export(result, language, tmp_path / "it.py", interval=LEVEL)
    module = load(source)
    expected = ends_of(result.predict(frame, interval=LEVEL))
    given, truth = frame[module.COLUMNS].to_numpy(), frame[module.MEASURED].to_numpy()
    predicted = result.predict(frame).to_numpy()
    tolerance = 1e-6 if language == "numpy" else 1e-4  # torch multiplies in another order
    assert_same(module.ends(predicted, truth), expected, 1e-12)
    first, second = module.Stepper(), module.Stepper()
    found = []
    for t, row in enumerate(given):
        stepper = first if t < 300 else second
        if t == 300:
            second.load(first.state())
        stepper.step(row, truth[t] if name == "not read" else None)
        found.append((stepper.low, stepper.high))
    low, high = zip(*found, strict=True)
    assert_same((np.array(low), np.array(high)), expected, tolerance)


def test_where_no_truth_is_told_intervals_stay_as_validation_has_them(results, tmp_path):
    result, frame = results["not read"], rows()
    (source,) = export(result, "numpy", tmp_path / "it.py", interval=LEVEL)
    module = load(source)
    expected = ends_of(result.predict(frame[["other"]], interval=LEVEL))
    assert np.ptp(expected[1] - expected[0], axis=0).max() < 1e-9
    assert_same(module.ends(module.predict(frame[module.COLUMNS].to_numpy())), expected, 1e-6)


def test_values_that_were_not_measured_tell_nothing(results, tmp_path):
    result, frame = results["not read"], rows()
    frame.loc[100:140, "wave"] = np.nan
    frame.loc[500, "pace"] = np.nan
    module = load(export(result, "numpy", tmp_path / "it.py", interval=LEVEL)[0])
    predicted = result.predict(frame[["other"]]).to_numpy()
    expected = ends_of(result.predict(frame, interval=LEVEL))
    assert_same(module.ends(predicted, frame[module.MEASURED].to_numpy()), expected, 1e-12)


def test_the_numpy_file_writes_the_ends_of_a_csv_file(results, tmp_path):
    result, frame = results["not read"], rows()
    frame.to_csv(tmp_path / "new.csv", index=False)
    (source,) = export(result, "numpy", tmp_path / "it.py", interval=LEVEL)
    done = subprocess.run(
        [sys.executable, source, tmp_path / "new.csv"], capture_output=True, text=True, check=True
    )
    (tmp_path / "out.csv").write_text(done.stdout)
    written = pd.read_csv(tmp_path / "out.csv")
    expected = result.predict(frame, interval=LEVEL)
    assert list(written.columns) == ["row", *expected.columns]
    np.testing.assert_allclose(written[expected.columns], expected, rtol=1e-5, atol=1e-5)


def run_c(source: Path, frame: pd.DataFrame, compiler: str, *options: str, told: bool = True):
    """Return the ends that a C file gives, and the bytes of its intervals' state."""
    columns, measured = frame.attrs["columns"], frame.attrs["measured"]
    text = PROGRAM.format(
        name=source.stem, n_truth=len(measured), truth="truth" if told else "NULL"
    )
    (source.parent / "program.c").write_text(text)
    files = [str(source.parent / "program.c"), str(source), "-o", str(source.parent / "program")]
    subprocess.run([compiler, *STRICT, *SANITIZED, *options, *files], check=True)
    given = frame[[*columns, *measured]].to_numpy(np.float32)
    done = subprocess.run(
        [source.parent / "program"], input=given.tobytes(), capture_output=True, check=True
    )
    found = np.frombuffer(done.stdout, np.float32).reshape(len(frame), 2, -1)
    return (found[:, 0], found[:, 1]), int(done.stderr)


@needs_compiler
@pytest.mark.parametrize("compiler", COMPILERS)
@pytest.mark.parametrize("name", CASES)
def test_c_gives_the_same_ends_and_is_clean_under_sanitizers(results, name, compiler, tmp_path):
    result, frame = results[name], rows(2_600)  # more than the window holds
    source, _ = export(result, "c", tmp_path / "it.c", interval=LEVEL)
    columns = ["other"] if name == "not read" else ["wave", "pace", "other"]
    frame.attrs |= {"columns": columns, "measured": ["wave", "pace"]}
    found, n_bytes = run_c(source, frame, compiler)
    assert_same(found, ends_of(result.predict(frame, interval=LEVEL)), 1e-6)
    what = exportable_of(result, interval=LEVEL)
    assert isinstance(what, ForecastNetwork)
    assert what.interval is not None
    assert n_bytes == interval_bytes(
        contents(what.network, what.transform, what.residual), what.interval
    )
    fixed, n_bytes = run_c(source, frame, compiler, "-DIT_FIXED_INTERVALS")
    assert n_bytes == 1
    untold, _ = run_c(source, frame, compiler, told=False)
    assert_same(fixed, untold, 1e-6)
    half = (fixed[1] - fixed[0]) / 2
    expected = ends_of(result.predict(frame[:1], interval=LEVEL))
    np.testing.assert_allclose(half, np.repeat(expected[1] - expected[0], len(half), 0) / 2, 1e-3)


@pytest.mark.parametrize("name", CASES)
def test_onnx_gives_the_ends_that_validation_has(results, name, tmp_path):
    runtime = pytest.importorskip("onnxruntime")
    result, frame = results[name], rows(200)
    export(result, "onnx", tmp_path / "it.onnx", interval=LEVEL)
    session = runtime.InferenceSession(tmp_path / "it.onnx")
    told = session.get_modelmeta().custom_metadata_map
    assert told["interval"] == str(LEVEL)
    assert "do not follow" in told["interval_kind"]
    columns = ["other"] if name == "not read" else ["wave", "pace", "other"]
    given = {"rows": frame[columns].to_numpy()}
    forecasts, low, high = session.run(["forecasts", "low", "high"], given)
    first = ends_of(result.predict(frame[:1], interval=LEVEL))  # where no error is known
    np.testing.assert_allclose((high - low)[0], (first[1] - first[0])[0], rtol=1e-6)
    np.testing.assert_allclose(high - forecasts, np.repeat(high[:1] - forecasts[:1], 200, 0), 1e-6)
    step = runtime.InferenceSession(tmp_path / "it.step.onnx")
    shapes = {one.name: one.shape for one in step.get_inputs()}
    zeros = {name: np.zeros(shapes[name], np.float32) for name in ("outputs", "memories")}
    own = step.run(["low", "high"], {"row": given["rows"][0], **zeros})
    np.testing.assert_allclose(own, (low[0], high[0]), rtol=1e-6)


def test_an_ensemble_has_its_own_intervals(results, tmp_path):
    result = results["residual"]
    if result.ensemble is None:
        pytest.skip("no ensemble was chosen")
    module = load(export(result, "numpy", tmp_path / "a.py", number="ensemble", interval=LEVEL)[0])
    expected = ends_of(result.predict(rows(), "ensemble", LEVEL))
    predicted = result.predict(rows(), "ensemble").to_numpy()
    assert_same(module.ends(predicted, rows()[module.MEASURED].to_numpy()), expected, 1e-12)


def test_what_cannot_have_intervals_is_an_error(results, tmp_path, capsys):
    result = results["residual"]
    with pytest.raises(ConfigError, match=r"'latex' has no intervals\. Formats that have: c, "):
        export(result, "latex", tmp_path, interval=LEVEL)
    with pytest.raises(ConfigError, match="above 0 and below 1"):
        export(result, "c", tmp_path, interval=1.0)
    with pytest.raises(RunError, match=r"An interval of 0\.999 needs 999 scored rows"):
        export(result, "c", tmp_path, interval=0.999)
    words = ["export", str(result.path), "--to", "numpy", "--out", str(tmp_path / "it.py")]
    assert main([*words, "--interval", "0.9"]) == 0
    assert "LEVEL = 0.9" in (tmp_path / "it.py").read_text()


@needs_compiler
@pytest.mark.parametrize("precision", ["float32", "int16"])
def test_the_command_tells_what_intervals_take_in_c(results, precision, tmp_path, capsys):
    words = ["export", str(results["not read"].path), "--to", "c", "--precision", precision]
    assert main([*words, "--out", str(tmp_path / "it.c"), "--interval", "0.9"]) == 0
    said = capsys.readouterr().out
    assert "take 24,080 more bytes of RAM a series; with -DIT_FIXED_INTERVALS they take" in said
