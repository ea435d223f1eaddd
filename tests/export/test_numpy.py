"""The NumPy file gives what this program predicts, and needs nothing of it."""

from __future__ import annotations

import io
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.genome import Network, Node
from cellcolony.runs.live import LiveStepper
from tests.export.cases import HOSTILE, Case, assert_close, case, case_of_cell, load, random_case


def exported(it: Case, path):
    (source,) = it.write("numpy", path)
    return load(source)


@pytest.mark.parametrize("seed", range(30))
def test_a_random_network_gives_what_this_program_predicts_on_series_of_any_length(seed, tmp_path):
    it = random_case(seed)
    module = exported(it, tmp_path)
    for n_rows in (1, 3, 200):
        rows = it.rows(n_rows, seed)
        forecasts = module.predict(rows[module.COLUMNS].to_numpy())
        assert_close(forecasts, it.expected(rows))


@pytest.mark.parametrize("name", cells.names())
def test_every_cell_gives_what_this_program_predicts(name, tmp_path):
    it = case_of_cell(name)
    module = exported(it, tmp_path)
    rows = it.rows(100)
    forecasts = module.predict(rows[module.COLUMNS].to_numpy())
    assert_close(forecasts, it.expected(rows))


@pytest.mark.parametrize("fill", ["previous", "interpolate"])
def test_gaps_are_filled_as_in_training(fill, tmp_path):
    it = case(draw_weights(fixed_network(["gru"], 3, 2), np.random.default_rng(0)), True, fill=fill)
    rows = it.rows(20)
    rows.loc[4:6, "column 1"] = np.nan
    rows.loc[9, ["column 0", "target 1"]] = np.nan
    module = exported(it, tmp_path)
    forecasts = module.predict(rows[module.COLUMNS].to_numpy())
    assert_close(forecasts, it.expected(rows))


@pytest.mark.parametrize("seed", range(5))
def test_row_by_row_it_gives_what_it_gives_for_all_rows_across_a_restart(seed, tmp_path):
    it = random_case(seed)
    module = exported(it, tmp_path)
    rows = pd.DataFrame(it.rows(300, seed)[module.COLUMNS])
    first, second = module.Stepper(), module.Stepper()
    found = [first.step(row) for row in rows.to_numpy()[:120]]
    second.load(first.state())
    found += [second.step(row) for row in rows.to_dict("records")[120:]]
    expected = module.predict(rows.to_numpy())
    np.testing.assert_array_equal(np.array(found, np.float32), expected.astype(np.float32))
    second.reset()
    np.testing.assert_array_equal(second.step(rows.to_numpy()[0]), found[0])
    with pytest.raises(ValueError, match="outputs must be"):
        second.load({**first.state(), "outputs": np.zeros(3)})


@pytest.mark.parametrize("seed", range(5))
def test_it_goes_on_from_the_state_of_a_live_stepper_and_back(seed, tmp_path):
    it = random_case(seed)
    module = exported(it, tmp_path)
    rows = it.rows(200, seed)
    own = LiveStepper(it.network, it.transform, it.residual)
    live = [own.step(row) for row in rows[list(own.columns)].to_numpy()[:100]]
    stepper = module.Stepper()
    stepper.load(own.state())
    found = [stepper.step(row) for row in rows[module.COLUMNS].to_numpy()[100:150]]
    own.load(stepper.state())
    live += [*found, *(own.step(row) for row in rows[list(own.columns)].to_numpy()[150:])]
    assert_close(np.array(live), it.expected(rows))


def test_row_by_row_gaps_are_filled_by_the_row_before(tmp_path):
    network = draw_weights(fixed_network(["gru"], 3, 2), np.random.default_rng(0))
    it = case(network, True, fill="previous")
    module = exported(it, tmp_path)
    rows = it.rows(20)
    rows.loc[4:6, "column 1"] = np.nan
    stepper, next_one = module.Stepper(), module.Stepper()
    found = [stepper.step(row) for row in rows[module.COLUMNS].to_numpy()[:6]]
    next_one.load(stepper.state())
    found += [next_one.step(row) for row in rows[module.COLUMNS].to_numpy()[6:]]
    assert_close(np.array(found), it.expected(rows))
    with pytest.raises(ValueError, match="is no number"):
        module.Stepper().step(rows[module.COLUMNS].to_numpy()[4])


def test_a_missing_value_is_refused_with_its_place(tmp_path):
    it = random_case(2)
    module = exported(it, tmp_path)
    rows = np.array(it.rows(5)[module.COLUMNS])
    rows[3, 0] = np.nan
    with pytest.raises(ValueError, match="Row 3, column 'column 0': nan is no number"):
        module.predict(rows)
    with pytest.raises(ValueError, match="rows must be"):
        module.predict(rows[0])


def test_it_runs_in_a_fresh_interpreter_with_numpy_alone(tmp_path):
    it = random_case(7)
    (source,) = it.write("numpy", tmp_path / "dryer.py")
    rows = it.rows(50)
    module = load(source)
    np.save(tmp_path / "rows.npy", rows[module.COLUMNS].to_numpy())
    program = f"""
import sys
sys.modules["cellcolony"] = None  # an import of it would fail
sys.path.insert(0, {str(tmp_path)!r})
import numpy as np
before = set(sys.modules)
import dryer
forecasts = dryer.predict(np.load({str(tmp_path / "rows.npy")!r}))
foreign = {{name.partition(".")[0] for name in set(sys.modules) - before}}
assert foreign <= sys.stdlib_module_names | {{"dryer", "numpy"}}, foreign
np.save({str(tmp_path / "forecasts.npy")!r}, forecasts)
"""
    subprocess.run([sys.executable, "-I", "-c", program], check=True)
    forecasts = np.load(tmp_path / "forecasts.npy")
    assert_close(forecasts, it.expected(rows))


@pytest.mark.parametrize("residual", [False, True])
def test_as_a_program_it_reads_a_csv_and_prints_forecasts(tmp_path, residual):
    network = fixed_network(["lstm"], len(HOSTILE), 1, output_cell="linear")
    it = case(draw_weights(network, np.random.default_rng(1)), residual, HOSTILE)
    (source,) = it.write("numpy", tmp_path)
    rows = it.rows(30)
    rows[rows.columns[::-1]].to_csv(tmp_path / "new.csv", index=False, encoding="utf-8-sig")
    command = [sys.executable, "-I", str(source), str(tmp_path / "new.csv")]
    printed = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    table = pd.read_csv(io.StringIO(printed))
    assert list(table.columns) == ["row", f"{HOSTILE[0]}[t+2]"]
    assert table["row"].tolist() == list(range(30))
    assert_close(table.iloc[:, 1:], it.expected(rows))


def test_as_a_program_it_tells_what_is_wrong_with_a_csv(tmp_path):
    it = random_case(3)
    (source,) = it.write("numpy", tmp_path)

    def told(rows: pd.DataFrame) -> str:
        rows.to_csv(tmp_path / "new.csv", index=False)
        command = [sys.executable, "-I", str(source), str(tmp_path / "new.csv")]
        result = subprocess.run(command, capture_output=True, encoding="utf-8")
        assert result.returncode == 1
        assert "Traceback" not in result.stderr
        return result.stderr

    rows = it.rows(5).astype(object)
    assert "lacks columns: 'column 0'" in told(rows.drop(columns="column 0"))
    rows.loc[2, "column 0"] = "n/a"
    assert "Line 4, field 2: 'n/a' is no number" in told(rows)


def test_hostile_names_of_columns_survive_and_do_no_harm(tmp_path):
    network = fixed_network(["mgu"], len(HOSTILE), 1)
    it = case(draw_weights(network, np.random.default_rng(0)), True, HOSTILE)
    module = exported(it, tmp_path)
    assert tuple(module.COLUMNS) == HOSTILE
    source = (tmp_path / "model.py").read_text("utf-8")
    assert source.count("x" * 10_000) == 1  # comments hold a part of it


def test_the_file_may_be_named_and_its_folder_is_made(tmp_path):
    it = random_case(0)
    assert it.write("numpy", tmp_path / "a" / "b.py") == (tmp_path / "a" / "b.py",)
    assert it.write("numpy", str(tmp_path / "c")) == (tmp_path / "c" / "model.py",)
    (tmp_path / "v1.2").mkdir()
    assert it.write("numpy", tmp_path / "v1.2") == (tmp_path / "v1.2" / "model.py",)


def test_what_cannot_be_exported_is_told(tmp_path):
    it = random_case(0)
    with pytest.raises(ConfigError, match="Did you mean 'numpy'"):
        it.write("numpi", tmp_path)
    bare = Network(it.network.nodes, it.network.edges, it.network.recurrent_edges)
    with pytest.raises(GenomeError, match="must have weights"):
        it._replace(network=bare).write("numpy", tmp_path)
    with pytest.raises(GenomeError, match="inputs and"):
        it._replace(network=random_case(1).network).write("numpy", tmp_path)
    lone = Network(
        (Node(0, "input", 0.0), Node(1, "output", 1.0, "linear", "y")),
        np.zeros((0, 2), np.int32),
        np.zeros((0, 3), np.int32),
    )
    lone = lone.with_weights(np.zeros(1))
    with pytest.raises(GenomeError, match="No input reaches output 'y'"):
        case(lone, False).write("numpy", tmp_path)
    assert not list(tmp_path.iterdir())
