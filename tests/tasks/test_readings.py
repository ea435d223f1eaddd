"""Columns with a unit, and of two words, are read as numbers; anything else in them is refused."""

from __future__ import annotations

import re
import subprocess
import sys
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony.export import write
from cellcolony.export.exportable import ForecastNetwork
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.train import predict
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.notation import split_unit
from cellcolony.tasks.table_files import load_table
from cellcolony.tasks.transform import Transform
from tests.tasks.files import findings_of, frame

N = 60
UNITS = [("{:.3f} °C", "°C"), ("{:.3f}%", "%"), ("{:.3f} m3/h", "m3/h"), ("{:.3f}kWh", "kWh"),
         ("{:.3f} % RH", "% RH"), ("{:.3e} V", "V"), ("{:.3f}\u202fbar", "bar")]  # fmt: skip
SWITCHES = [("ON", "OFF"), ("yes", "no"), ("True", "False"), ("ja", "nein"), ("Y", "N"),
            ("open", "closed")]  # fmt: skip


def put(folder: Path, table: pd.DataFrame, name: str = "a.csv", **options) -> Path:
    path = folder / name
    table.to_csv(path, index=False, **options)
    return path


def with_unit(form: str = "{:.3f} °C", n: int = N) -> pd.DataFrame:
    table = frame(n)
    return table.assign(x=[form.format(one) for one in table["x"]])


def switched(one: str, zero: str, n: int = N) -> pd.DataFrame:
    table = frame(n)
    return table.assign(x=np.where(table["x"] > 0, one, zero))


def again(transform: Transform) -> Transform:
    return Transform.from_dict(transform.to_dict())


@pytest.mark.parametrize(("text", "parts"), [
    ("-$5.30", ("-5.30", "$", "")), ("$ 1,234.50", ("1,234.50", "$", "")),
    ("12 €", ("12", "", "€")), ("CHF 12", ("12", "CHF", "")), ("5e3 V", ("5e3", "", "V")),
    ("5 eV", ("5", "", "eV")), (" .5% ", (".5", "", "%")), ("20", ("20", "", "")),
    ("9 399 m³/h", ("9 399", "", "m³/h")), ("2024-01-05", None), ("12:30", None), ("3/4", None),
    ("ERR", None), ("", None), ("v1", None),
])  # fmt: skip
def test_a_number_is_told_from_what_stands_beside_it(text, parts):
    assert split_unit(text) == parts


@pytest.mark.parametrize(("form", "unit"), UNITS)
@pytest.mark.parametrize("target", ["x", "y"])
def test_a_column_with_one_unit_is_read_as_numbers_aloud(tmp_path, form, unit, target):
    table = with_unit(form)
    task = Forecast.from_csv(put(tmp_path, table), target)
    assert task.columns.inputs == ("x", "y")
    assert task.remarks == (f"{tmp_path / 'a.csv'}: 'x' is read as numbers: every cell ends in "
                            f"'{unit}'",)  # fmt: skip
    expected = [float(form.partition("}")[0].join(["", "}"]).format(one)) for one in frame(N)["x"]]
    assert task.recordings[0].values["x"].tolist() == expected
    framed = Forecast.from_frames(table, target)
    assert framed.fingerprint == task.fingerprint


def test_the_notation_of_the_numbers_is_asked_about_as_without_a_unit(tmp_path):
    table = frame(N)
    table["x"] = [f"{one:,.2f} kW" for one in np.linspace(1_000, 9_000, N) ** 1.1]
    path = put(tmp_path, table, sep=";")
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", sep=";"))
    assert "a number with a mark at its thousands. Say `--thousands ,`" in found
    assert "line 2, column 'x': holds '1,995.26'" in found
    task = Forecast.from_csv(path, "y", sep=";", thousands=",")
    assert task.recordings[0].values["x"][0] == 1995.26


def test_a_currency_before_and_a_decimal_comma_are_read(tmp_path):
    table = frame(N)
    table["x"] = [f"€ {one:.2f}".replace(".", ",") for one in table["x"]]
    table["y"] = [f"{one:.2f} %".replace(".", ",") for one in table["y"]]
    task = Forecast.from_csv(put(tmp_path, table, sep=";"), "y", sep=";", decimal=",")
    assert "'x' is read as numbers: every cell begins with '€'" in task.remarks[0]
    assert task.recordings[0].values["y"][0] == float(f"{frame(N)['y'][0]:.2f}")


@pytest.mark.parametrize(("odd", "said"), [("68 °F", "'68 °F'"), ("20.5", "'20.5'")])
def test_another_unit_in_a_column_is_refused_with_a_cure_that_cures(tmp_path, odd, said):
    table = with_unit()
    table.loc[[7, 9], "x"] = odd
    path = put(tmp_path, table)
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert f"line 9, column 'x': holds {said} (as do 1 more rows), where the rest of the" in found
    assert "ends in '°C'. Bring all cells to that unit, and write it in each; or leave" in found
    assert Forecast.from_csv(path, "y", ignore="x").columns.inputs == ("y",)


def test_another_unit_in_a_file_that_validates_is_refused(tmp_path):
    path = put(tmp_path, with_unit())
    other = put(tmp_path, with_unit("{:.1f} K", 50), "b.csv")
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", valid=other))
    assert found.startswith(f"{other}, line 2, column 'x'")


def test_words_and_gaps_among_numbers_with_a_unit_are_found_as_ever(tmp_path):
    table = with_unit()
    table.loc[3, "x"] = "sensor off"
    table.loc[5, "x"] = None
    path = put(tmp_path, table)
    text, gap = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert "holds 'sensor off', which is no number" in text
    assert "a missing value" in gap
    task = Forecast.from_csv(path, "y", na="sensor off", fill="previous")
    assert task.recordings[0].was_missing["x"].sum() == 2


def test_a_sentinel_with_a_unit_is_asked_about_and_the_cure_cures(tmp_path):
    table = with_unit("{:.1f} °C")
    table.loc[[3, 30], "x"] = "-999.0 °C"
    path = put(tmp_path, table)
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    (na,) = re.findall(r"`--na='([^']*)'`", found)
    task = Forecast.from_csv(path, "y", na=na, fill="previous")
    assert task.recordings[0].values["x"].min() > -10


@pytest.mark.parametrize("cells", [
    [f"{i % 7}{'abcdefgh'[i % 8]}" for i in range(N)],  # names
    [f"{i} of {i % 11} {i}" for i in range(N)],
    ["ok" if i % 3 else "1 x" for i in range(N)],
])  # fmt: skip
def test_names_that_begin_with_numbers_are_left_out_aloud(tmp_path, cells):
    task = Forecast.from_csv(put(tmp_path, frame(N).assign(name=cells)), "y")
    assert task.columns.inputs == ("x", "y")
    assert "'name' is left out: it holds" in task.remarks[0]


@pytest.mark.parametrize(("one", "zero"), SWITCHES)
def test_a_column_of_two_known_words_is_read_as_1_and_0_aloud(tmp_path, one, zero):
    task = Forecast.from_csv(put(tmp_path, switched(one, zero)), "y")
    assert f"'x' is read as numbers: 1 for '{one}', 0 for '{zero}'" in task.remarks[0]
    assert np.array_equal(task.recordings[0].values["x"], frame(N)["x"] > 0)
    gaps = switched(one, zero)
    gaps.loc[[4, 5], "x"] = None
    task = Forecast.from_csv(put(tmp_path, gaps), "y", fill="previous")
    assert "1 for" in task.remarks[0]
    assert Forecast.from_csv(put(tmp_path, gaps), "y", ignore="x").remarks == ()


@pytest.mark.parametrize("words", [("ON", "OFF", "AUTO"), ("red", "blue"), ("ON", "no")])
def test_other_words_are_left_out_aloud(tmp_path, words):
    table = frame(N).assign(x=[words[i % len(words)] for i in range(N)])
    task = Forecast.from_csv(put(tmp_path, table), "y")
    assert f"'x' is left out: it holds text, {words[0]!r}" in task.remarks[0]


@pytest.mark.parametrize("dtype", [bool, "boolean", object, "category", "string"])
def test_any_type_of_frames_that_holds_truth_values_is_read(dtype):
    cells = pd.Series(np.where(frame(N)["x"] > 0, "True", "False"))
    cells = cells.astype(dtype) if dtype in ("category", "string") else (cells == "True")
    table = frame(N).assign(x=cells.astype(dtype))
    task = Forecast.from_frames(table, "y")
    assert "1 for 'True', 0 for 'False'" in task.remarks[0]
    new = again(task.transform).prepare(table, True).inputs
    trained = task.series("train", True)[0].inputs
    assert np.array_equal(new[: len(trained)], trained)


@pytest.mark.parametrize(("table", "odd", "message"), [
    (with_unit(), "68 °F", "where every cell of the training rows ends in '°C'. Bring all"),
    (with_unit(), "20.5", "holds '20.5', where every cell"),
    (switched("ON", "OFF"), "AUTO", "holds 'AUTO', and the column is read as 1 for 'ON', 0 for"),
])  # fmt: skip
def test_new_data_are_read_in_the_same_way_and_refused_where_they_cannot_be(
    tmp_path, table, odd, message
):
    task = Forecast.from_frames(table, "y")
    transform = again(task.transform)
    new = table.iloc[:5].reset_index(drop=True)
    expected = transform.prepare(new, True).inputs
    assert np.array_equal(expected, task.series("train", True)[0].inputs[:5])
    (read,) = transform.tables(load_table(put(tmp_path, new)))
    assert np.array_equal(transform.prepare(read, True).inputs, expected)
    new.loc[2, "x"] = odd
    (found,) = findings_of(lambda: transform.tables(load_table(put(tmp_path, new))))
    assert "line 4, column 'x'" in found
    assert message in found
    assert "--ignore" not in found
    (found,) = findings_of(lambda: transform.prepare(new, True))
    assert "frame, row 2" in found


def test_numbers_of_a_unit_must_not_come_bare_and_words_may_come_as_1_and_0():
    unit = again(Forecast.from_frames(with_unit(), "y").transform)
    (found,) = findings_of(lambda: unit.prepare(frame(5), True))
    assert "holds 0.12573 (as do 4 more rows), where every cell of the training rows" in found
    table = switched("ON", "OFF")
    switch = again(Forecast.from_frames(table, "y").transform)
    bare = table.assign(x=(table["x"] == "ON").astype(int))
    assert np.array_equal(switch.prepare(bare, True).inputs, switch.prepare(table, True).inputs)


def test_series_and_regular_times_are_made_of_what_was_read(tmp_path):
    times = pd.date_range("2024-03-05", periods=N, freq="5min")
    table = with_unit("{:.3f} %")
    table.insert(0, "t", times)
    task = Forecast.from_csv(put(tmp_path, table), "y", time="t", every="10min")
    pairs = frame(N)["x"].round(3).to_numpy().reshape(-1, 2).mean(1)
    assert np.allclose(task.recordings[0].values["x"], pairs)
    both = pd.concat([with_unit().assign(id="a"), with_unit().assign(id="b", y=frame(N, 1)["y"])])
    task = Forecast.from_csv(put(tmp_path, both), "y", series="id")
    assert len(task.recordings) == 2


def test_the_numpy_export_reads_files_as_predict_does(tmp_path):
    table = switched("ON", "OFF").assign(z=with_unit("-$ {:.2f} a day")["x"])
    table["z"] = table["z"].str.replace("--", "").str.replace("$ -", "$ ")
    task = Forecast.from_frames(table, "y")
    network = fixed_network(["gru"], 3, 1, input_names=task.columns.inputs)
    network = draw_weights(network, np.random.default_rng(0))
    transform = again(task.transform)
    (source,) = write(ForecastNetwork(network, transform, True), "numpy", tmp_path / "m.py")
    assert "# 'z': every cell begins with '$' and ends in 'a day'" in source.read_text()
    prepared = transform.prepare(table, True)
    expected = transform.unscale(predict(network, prepared.inputs), prepared.base)
    path = put(tmp_path, table)
    command = [sys.executable, "-I", str(source), str(path)]
    printed = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    assert np.allclose(pd.read_csv(StringIO(printed)).iloc[:, 1:], expected, atol=1e-5)
    for column, odd in (("x", "2"), ("z", "$ 3 a week")):
        put(tmp_path, table.assign(**{column: odd}))
        result = subprocess.run(command, capture_output=True, encoding="utf-8")
        assert f"{odd!r} is no number of that column" in result.stderr
