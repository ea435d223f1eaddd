"""Files as instruments and people write them: understood, or refused with a cure that cures."""

from __future__ import annotations

import gzip
import re
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from cellcolony.errors import ConfigError, DataError
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.oddities import far_value
from cellcolony.tasks.tables import CsvFormat
from tests.tasks.files import findings_of, frame, write

DATES = pd.date_range("2024-03-05", periods=60, freq="10min")


def text(table: pd.DataFrame, **options) -> str:
    return table.to_csv(index=False, **options)


def put(folder: Path, content: str, name: str = "a.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def dated(times, column: str = "t") -> pd.DataFrame:
    table = frame(len(times))
    table.insert(0, column, times)
    return table


# Numbers in another notation


@pytest.mark.parametrize(("mark", "sep", "decimal"), [
    (",", ",", "."), (" ", ",", "."), ("\u202f", ";", "."), ("'", ",", "."), (".", ";", ","),
])  # fmt: skip
@pytest.mark.parametrize("fraction", [0, 1])
def test_a_mark_at_thousands_is_refused_with_the_option_that_reads_it(
    tmp_path, mark, sep, decimal, fraction
):
    table = frame(60)
    table["big"] = np.random.default_rng(1).uniform(2_000, 9_000_000, 60).round(fraction)
    swap = str.maketrans({",": mark, ".": decimal})
    written = table.assign(big=[f"{one:,.{fraction}f}".translate(swap) for one in table["big"]])
    path = put(tmp_path, text(written, sep=sep, decimal=decimal))
    for target in ("y", "big"):
        (found,) = findings_of(
            lambda t=target: Forecast.from_csv(path, t, sep=sep, decimal=decimal)
        )
        assert "line 2, column 'big'" in found
        assert "a number with a mark at its thousands" in found
    (option,) = re.findall(r"`--thousands '?([^'`]|')'?`", found)
    task = Forecast.from_csv(path, "y", sep=sep, decimal=decimal, thousands=option)
    assert task.recordings[0].values["big"].tolist() == table["big"].tolist()


def test_commas_between_fields_are_no_cure_for_commas_in_numbers(tmp_path):
    path = put(tmp_path, "x,y\n" + "".join(f'"{i % 7},{i % 10}",{i * i}\n' for i in range(40)))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert "a number with another decimal mark. Write it with '.'" in found


def test_all_bad_words_of_a_column_are_said_at_once(tmp_path):
    table = frame(40).astype(object)
    table.loc[[3, 9, 17], "y"] = ["Bad Input", "#VALUE!", "<0.5"]
    (found,) = findings_of(lambda: Forecast.from_csv(put(tmp_path, text(table)), "y"))
    assert all(word in found for word in ("Bad Input", "#VALUE!", "<0.5"))


# Values and columns that are probably not meant


@pytest.mark.parametrize("value", [-9999, -999.9, -200, 1e30, 65535, 99999])
@pytest.mark.parametrize("column", ["x", "y"])
def test_a_value_far_outside_is_asked_about(tmp_path, value, column):
    table = frame(60)
    table.loc[[5, 20, 41], column] = value
    path = put(tmp_path, text(table))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert f"line 7, column '{column}': holds {value:.10g} in 3 rows" in found
    written = found.split("`--na=")[1].split("`")[0]
    task = Forecast.from_csv(path, "y", na=written, fill="previous")
    assert np.abs(task.recordings[0].values[column]).max() < 10
    task = Forecast.from_csv(path, "y", meant=float(value))
    assert np.abs(task.recordings[0].values[column]).max() == abs(value)


def test_rare_but_reached_values_are_not_asked_about():
    rng = np.random.default_rng(0)
    rain = np.maximum(rng.normal(size=500) ** 3, 0)
    clipped = np.minimum(rng.lognormal(0, 2, 500), 30.0)
    switch = np.repeat([0.0, 1.0], [480, 20])
    once = np.append(rng.normal(size=100), 1e6)
    for values in (rain, clipped, switch, once, np.full(50, 3.0)):
        assert far_value(values) is None


@pytest.mark.parametrize("column", [
    np.arange(1, 61), 1_700_000_000 + 60 * np.arange(60), [2**64 + 7 * i for i in range(60)],
    -2.0 * np.arange(60),
])  # fmt: skip
def test_counts_are_left_out_aloud_unless_they_are_asked_for(tmp_path, column):
    path = put(tmp_path, text(frame(60).assign(No=column)))
    task = Forecast.from_csv(path, "y")
    assert task.columns.inputs == ("x", "y")
    assert "'No'" in task.remarks[0]
    assert "in every row" in task.remarks[0]
    if max(column) < 2**53:
        asked = Forecast.from_csv(path, "y", inputs=["No", "y"])
        assert asked.columns.inputs == ("No", "y")


def test_empty_records_at_the_end_are_no_rows(tmp_path):
    table = frame(60)
    path = put(tmp_path, text(table, sep=";") + ";\n" * 50)
    task = Forecast.from_csv(path, "y", sep=";")
    assert task.recordings[0].n_rows == 60
    assert "50 empty records at its end are left out" in task.remarks[0]
    assert task.fingerprint == Forecast.from_frames(table, "y").fingerprint


# Times


@pytest.mark.parametrize("options", [{}, {"time": "t"}])
def test_the_newest_row_first_is_refused(tmp_path, options):
    path = put(tmp_path, text(dated(DATES[::-1])))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", **options))
    assert "falls from row to row: the newest comes first" in found
    assert Forecast.from_csv(path, "y", ignore="t").columns.inputs == ("x", "y")


def test_times_that_nobody_named_are_told(tmp_path):
    task = Forecast.from_csv(put(tmp_path, text(dated(DATES))), "y")
    assert "'t' holds times; `--time t` checks and uses them" in task.remarks[0]


@pytest.mark.parametrize("options", [{}, {"time": "ds"}])
def test_several_series_in_a_file_are_found_and_read_one_by_one(tmp_path, options):
    parts = [frame(60, seed).assign(ds=DATES, pump=f"p{seed}") for seed in range(3)]
    path = put(tmp_path, text(pd.concat(parts)))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", **options))
    assert "starts again 2 times: several series stand in one file. Say `--series pump`" in found
    task = Forecast.from_csv(path, "y", time="ds", series="pump", calendar=False)
    apart = Forecast.from_frames([frame(60, seed) for seed in range(3)], "y")
    assert task.fingerprint == apart.fingerprint
    mixed = put(tmp_path, text(pd.concat(parts).sort_values(["ds", "pump"])), "mixed.csv")
    task = Forecast.from_csv(mixed, "y", time="ds", series="pump", calendar=False)
    assert task.fingerprint == apart.fingerprint
    table = pd.concat(parts).astype({"x": object})
    table.iloc[70, table.columns.get_loc("x")] = "bad"
    (found,) = findings_of(
        lambda: Forecast.from_csv(put(tmp_path, text(table)), "y", time="ds", series="pump")
    )
    assert "a.csv, p1, line 72, column 'x'" in found


@pytest.mark.parametrize("form", ["%d/%m/%Y %H:%M", "%d.%m.%y %H:%M:%S", "%m/%d/%Y %H:%M",
                                  "%Y-%m-%dT%H:%M:%S", "%Y/%m/%d %H:%M", "%d-%b-%Y %H:%M",
                                  "%Y-%m-%d %H:%M:%S.%f"])  # fmt: skip
def test_dates_in_many_forms_are_the_same_times(tmp_path, form):
    dates = pd.date_range("2024-03-05", periods=400, freq="h")
    path = put(tmp_path, text(dated(dates.strftime(form))))
    task = Forecast.from_csv(path, "y", time="t")
    assert task.step == "01:00:00"
    assert task.fingerprint == Forecast.from_frames(dated(dates), "y", time="t").fingerprint


def test_fractions_in_some_rows_alone_are_dates_all_the_same():
    times = [f"2024-03-05 00:00:{i:02}" + ".000" * (i % 3 == 0) for i in range(60)]
    assert Forecast.from_frames(dated(times), "y", time="t").step == "00:00:01"


def test_dates_that_may_be_read_either_way_are_asked_about():
    days = pd.to_datetime([f"2024-{1 + i // 12:02}-{1 + i % 12:02}" for i in range(24)])
    table = dated(days.strftime("%d/%m/%Y"))
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y", time="t"))
    assert "may begin with the day or with the month" in found


def test_the_order_of_day_and_month_is_kept_for_new_data():
    dates = pd.date_range("2024-03-05", periods=400, freq="h")
    task = Forecast.from_frames(dated(dates.strftime("%d/%m/%Y %H:%M")), "y", time="t")
    new = dated(pd.date_range("2024-05-01", periods=30, freq="h").strftime("%d/%m/%Y %H:%M"))
    plain = new.assign(t=pd.date_range("2024-05-01", periods=30, freq="h"))
    again = type(task.transform).from_dict(task.transform.to_dict())
    assert np.array_equal(again.prepare(new, True).inputs, again.prepare(plain, True).inputs)


@pytest.mark.parametrize("start", ["2024-03-29", "2024-10-25"])
def test_daylight_saving_time_is_named_and_a_zone_cures_it(start):
    utc = pd.date_range(start, periods=200, freq="h", tz="Europe/Berlin")
    table = dated(utc.strftime("%Y-%m-%d %H:%M"))
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y", time="t"))
    assert "daylight saving time begins or ends" in found
    task = Forecast.from_frames(table, "y", time="t", tz="Europe/Berlin")
    assert task.step == "01:00:00"
    hours = task.recordings[0].values["hour sine"]
    assert np.allclose(hours, np.sin(2 * np.pi * (utc + pd.Timedelta("1h")).hour / 24))


@pytest.mark.parametrize(("freq", "step"), [
    ("MS", "a month"), ("QS", "a quarter"), ("B", "a business day"), ("ME", "a month"),
    ("2MS", "2 months"), ("YS", "a year"),
])  # fmt: skip
def test_steps_of_the_calendar_are_steps(freq, step):
    table = dated(pd.date_range("1990-01-01", periods=100, freq=freq))
    assert Forecast.from_frames(table, "y", time="t").step == step


@pytest.mark.parametrize("step", [1, 1_000, 1_000_000])
def test_whole_numbers_are_compared_exactly(tmp_path, step):
    times = 1_556_559_573_141_592_653 + step * np.arange(60)
    path = put(tmp_path, text(dated(times)))
    assert Forecast.from_csv(path, "y", time="t").step == f"{step:,}"
    times[30:] += step
    (found,) = findings_of(lambda: Forecast.from_frames(dated(times), "y", time="t"))
    assert f"holds '{times[30]}', {2 * step:,} after the row before, where the step is" in found


def test_a_clock_past_midnight_is_the_next_day():
    times = [f"2024-03-{5 + i // 24:02} {i % 24 + 1:02}:00" for i in range(60)]
    assert Forecast.from_frames(dated(times), "y", time="t").step == "01:00:00"


def test_a_date_and_a_clock_in_two_columns_are_one_time(tmp_path):
    dates = pd.date_range("2024-03-05", periods=400, freq="10min")
    table = dated(dates.strftime("%Y-%m-%d"), "Date")
    table.insert(1, "Time", dates.strftime("%H:%M:%S"))
    path = put(tmp_path, text(table))
    for one in ("Date", "Time"):
        (found,) = findings_of(lambda name=one: Forecast.from_csv(path, "y", time=name))
        assert "Give both: `--time Date --time Time`" in found
    task = Forecast.from_csv(path, "y", time=["Date", "Time"])
    assert task.step == "00:10:00"
    assert task.fingerprint == Forecast.from_frames(dated(dates), "y", time="t").fingerprint
    with pytest.raises(ConfigError, match="one column, or that of the dates"):
        Forecast.from_csv(path, "y", time=["Date", "Time", "x"])


def test_a_clock_that_jitters_is_told_and_a_gap_is_not_jitter():
    jitter = pd.to_timedelta(np.random.default_rng(0).normal(0, 3, 60), "s")
    task = Forecast.from_frames(dated(DATES + jitter), "y", time="t")
    assert "give or take" in task.remarks[0]
    with pytest.raises(DataError, match="`every` make the rows"):
        Forecast.from_frames(dated(DATES.delete([7])), "y", time="t")


def test_rows_are_made_regular_by_means_with_gaps():
    dates = pd.DatetimeIndex([*DATES[:20], DATES[19], *DATES[24:]])
    table = dated(dates)
    task = Forecast.from_frames(table, "y", time="t", every="10min", fill="previous")
    values = task.recordings[0].values["x"]
    assert len(values) == 60
    assert values[19] == table["x"][19:21].mean()
    assert task.recordings[0].was_missing["x"].nonzero()[0].tolist() == [20, 21, 22, 23]
    assert "4 of them are empty" in task.remarks[0]
    with pytest.raises(DataError, match="missing value"):
        Forecast.from_frames(table, "y", time="t", every="10min")
    with pytest.raises(ConfigError, match="say with `time`"):
        Forecast.from_frames(table, "y", every="10min")
    with pytest.raises(ConfigError, match="span of time"):
        Forecast.from_frames(table, "y", time="t", every="soon")
    with pytest.raises(DataError, match="longer span"):
        Forecast.from_frames(table, "y", time="t", every="1us")


def test_time_and_ignore_are_two_roles():
    (found,) = findings_of(lambda: Forecast.from_frames(dated(DATES), "y", time="t", ignore="t"))
    assert "is both the time and ignored. Drop `--time`" in found


def test_new_data_of_another_step_or_order_are_refused():
    transform = Forecast.from_frames(dated(DATES), "y", time="t").transform
    transform = type(transform).from_dict(transform.to_dict())
    hourly = dated(pd.date_range("2024-04-01", periods=60, freq="h"))
    with pytest.raises(DataError, match="has a step of 01:00:00, and the network was trained on"):
        transform.prepare(hourly, True)
    with pytest.raises(DataError, match="newest comes first"):
        transform.prepare(dated(DATES[::-1]), True)


# Files as they come


@pytest.mark.parametrize("sep", [",", ";", "\t"])
@pytest.mark.parametrize(("above", "units"), [
    (0, 1), (1, 0), (3, 0), (1, 2), (2, 1),
])  # fmt: skip
def test_lines_that_are_no_rows_are_found_with_the_cure(tmp_path, sep, above, units):
    lines = text(dated(DATES), sep=sep).splitlines()
    below = [sep.join(["yyyy", "degC", "l/s"]), sep.join(["", "Avg", "Avg"])][:units]
    preamble = [f"# station {i}" for i in range(above)]
    path = put(tmp_path, "\n".join([*preamble, lines[0], *below, *lines[1:]]))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", sep=sep))
    skipped = [int(one) for one in re.findall(r"--skip (\d+)", found)]
    assert skipped == [*range(1, above + 1), *range(above + 2, above + 2 + units)]
    task = Forecast.from_csv(path, "y", sep=sep, skip=skipped)
    assert task.fingerprint == Forecast.from_frames(frame(60), "y").fingerprint


def test_a_faulty_line_is_counted_with_those_that_are_skipped(tmp_path):
    lines = text(frame(60)).splitlines()
    lines[10] = "bad,1"
    path = put(tmp_path, "\n".join(["# one", lines[0], "m,s", *lines[1:]]))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", skip=[1, 3]))
    assert "line 13, column 'x'" in found


def test_the_line_of_a_spreadsheet_that_names_the_separator(tmp_path):
    path = put(tmp_path, "sep=;\n" + text(frame(60), sep=";"))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert "Say `--skip 1 --sep ';'`" in found
    assert Forecast.from_csv(path, "y", skip=1, sep=";").columns.inputs == ("x", "y")


def test_a_file_without_a_header_is_said_to_have_none(tmp_path):
    path = put(tmp_path, text(frame(60), header=False))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert "holds numbers alone, as where a file has no header. Say `--no-header`" in found
    task = Forecast.from_csv(path, "2", header=False)
    assert task.columns.inputs == ("1", "2")
    assert task.recordings[0].n_rows == 60


def test_packed_files_are_unpacked(tmp_path):
    content = text(frame(60)).encode()
    plain = Forecast.from_csv(put(tmp_path, content.decode()), "y").fingerprint
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(content))
    zipped(tmp_path / "a.zip", {"log.csv": content})
    for name in ("a.csv.gz", "a.zip"):
        assert Forecast.from_csv(tmp_path / name, "y").fingerprint == plain
    bad = gzip.compress(content.replace(b"\n", b"\nbad", 1))
    (tmp_path / "bad.gz").write_bytes(bad)
    (found,) = findings_of(lambda: Forecast.from_csv(tmp_path / "bad.gz", "y"))
    assert "line 2, column 'x'" in found


def zipped(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)


def test_what_cannot_be_unpacked_is_refused(tmp_path):
    content = gzip.compress(text(frame(60)).encode())
    (tmp_path / "cut.csv.gz").write_bytes(content[: len(content) // 2])
    zipped(tmp_path / "two.zip", {"a.csv": b"x,y\n", "b.csv": b"x,y\n"})
    zipped(tmp_path / "book.xlsx", {"xl/workbook.xml": b"<x/>", "xl/a.xml": b"<x/>"})
    (tmp_path / "torn.zip").write_bytes(b"PK\x03\x04 and no more")
    zipped(tmp_path / "flipped.zip", {"a.csv": text(frame(60)).encode()})
    content = bytearray((tmp_path / "flipped.zip").read_bytes())
    content[200] ^= 255
    (tmp_path / "flipped.zip").write_bytes(content)
    for name, what in (
        ("cut.csv.gz", "cannot be read"),
        ("two.zip", "a zip file with 2 files"),
        ("book.xlsx", "a damaged workbook"),
        ("torn.zip", "a damaged zip file"),
        ("flipped.zip", "bad crc-32"),
    ):
        (found,) = findings_of(lambda name=name: Forecast.from_csv(tmp_path / name, "y"))
        assert what in found


@pytest.mark.parametrize("kind", ["Int64", "Float64", "boolean", "string", "object"])
def test_a_missing_value_of_any_kind_is_a_finding(kind):
    table = frame(40)
    cells = pd.Series(np.random.default_rng(0).integers(0, 2, 40)).astype(object)
    cells[7] = pd.NA
    table["x"] = cells.astype("string") if kind == "string" else (
        cells.astype("boolean").astype(object) if kind == "object" else cells.astype(kind)
    )  # fmt: skip
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y"))
    assert "row 7, column 'x': holds nothing, a missing value" in found


def test_columns_are_named_by_lists_and_patterns(tmp_path):
    path = write(tmp_path / "a.csv", columns=["Va_1", "Va_2", "x", "y", "a,b"])
    assert Forecast.from_csv(path, "y", ignore="Va_*").columns.inputs == ("x", "y", "a,b")
    assert Forecast.from_csv(path, "y", ignore="x, Va_1").columns.inputs == ("Va_2", "y", "a,b")
    assert Forecast.from_csv(path, "y", inputs=["Va_?", "a,b"]).columns.inputs == (
        "Va_1", "Va_2", "a,b",
    )  # fmt: skip
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", ignore="Vb_*"))
    assert "Column 'Vb_*': is in no file" in found


def test_a_format_checks_what_it_is_given():
    wrong: list[dict[str, Any]] = [
        {"thousands": "ab"}, {"thousands": "."}, {"skip": 0}, {"header": "yes"},
    ]  # fmt: skip
    for options in wrong:
        with pytest.raises(ConfigError):
            CsvFormat(**options)
    assert CsvFormat(skip=(3,)).skip == (3,)


def test_short_files_among_many_are_left_out_on_request(tmp_path):
    paths = [write(tmp_path / f"{n}.csv", n) for n in (60, 10, 70)]
    (found,) = findings_of(lambda: Forecast.from_csv(paths, "y"))
    assert "has too few rows, 10." in found
    assert "`--skip-short`" in found
    task = Forecast.from_csv(paths, "y", skip_short=True)
    assert [one.n_rows for one in task.recordings] == [60, 70]
    assert "10.csv: left out: it has 10 rows" in task.remarks[0]
    (found,) = findings_of(lambda: Forecast.from_csv(paths[1], "y", skip_short=True))
    assert "has too few rows, 10." in found


# What is easily lost


def minutes(n_rows: int = 600, step: str = "1min") -> pd.DataFrame:
    return dated(pd.date_range("2024-03-05", periods=n_rows, freq=step)).assign(
        big=np.random.default_rng(5).normal(1_000, 9, n_rows).round(1)
    )


def test_what_cannot_be_read_is_found_before_rows_are_averaged(tmp_path):
    table = minutes().astype(object)
    table["big"] = [f"{one:,}" for one in table["big"]]
    path = put(tmp_path, text(table))
    options: dict[str, Any] = {"time": "t", "every": "10min", "fill": "previous"}
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", **options))
    assert "a number with a mark at its thousands" in found or "which is no number" in found
    table = minutes().astype({"y": object})
    table.loc[[3, 77], "y"] = "Bad Input"
    path = put(tmp_path, text(table))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", **options))
    assert "line 5, column 'y': holds 'Bad Input', which is no number (as do 1 more" in found
    good = Forecast.from_csv(put(tmp_path, text(minutes())), "y", **options).transform
    with pytest.raises(DataError, match="Bad Input"):
        good.tables(table)


def test_sentinels_are_asked_about_before_rows_are_averaged(tmp_path):
    table = minutes()
    table.loc[[50, 200, 300], "big"] = -9999
    path = put(tmp_path, text(table))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", time="t", every="10min"))
    assert "line 52, column 'big': holds -9999 in 3 rows" in found


def test_the_order_of_day_and_month_is_not_guessed_for_regular_rows():
    days = pd.date_range("2024-02-01", periods=700, freq="15min").delete([70, 71])
    table = dated(days.strftime("%d/%m/%Y %H:%M"))
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y", time="t", every="1h"))
    assert "may begin with the day or with the month" in found
    proved = dated(
        pd.date_range("2024-01-20", periods=900, freq="10min").strftime("%d/%m/%Y %H:%M")
    )
    transform = Forecast.from_frames(proved, "y", time="t", every="20min").transform
    new = dated(pd.date_range("2024-02-05", periods=60, freq="10min").strftime("%d/%m/%Y %H:%M"))
    (regular,) = transform.tables(new)
    assert regular.frame["t"].iloc[0] == pd.Timestamp("2024-02-05", tz="UTC")


def test_regular_rows_need_the_times_of_new_data():
    transform = Forecast.from_frames(
        minutes(4_000), "y", time="t", every="2h", calendar=False
    ).transform
    with pytest.raises(DataError, match="column 't': is missing"):
        transform.tables(minutes().drop(columns="t"))


@pytest.mark.parametrize(
    "span", ["10min", "10 minutes", "00:10:00", "10m", "P0DT0H10M0S", "600s", "0.5h", "1 days"]
)
def test_spans_are_read_as_they_are_written(span):
    rows = 3_000 if span == "1 days" else 600
    table = minutes(rows * 20, "1min") if span == "1 days" else minutes(1_200)
    task = Forecast.from_frames(table, "y", time="t", every=span)
    n = pd.Timedelta(span).total_seconds() / 60
    assert task.recordings[0].n_rows == -(-len(table) // n)
    mean = table["x"][int(n) : int(2 * n)].mean()
    assert task.recordings[0].values["x"][1] == pytest.approx(mean)


@pytest.mark.parametrize("span", ["600", "-5min", "0min", "ten"])
def test_what_is_no_span_is_refused(span):
    with pytest.raises(ConfigError, match="span of time"):
        Forecast.from_frames(minutes(), "y", time="t", every=span)


def test_several_series_are_not_averaged_into_one():
    parts = [minutes(60).assign(pump=f"P{n}") for n in (3, 1, 2)]
    table = pd.concat(parts).sort_values(["t", "big"])
    both: list[dict[str, Any]] = [{}, {"every": "10min"}]
    for options in both:
        (found,) = findings_of(lambda o=options: Forecast.from_frames(table, "y", time="t", **o))
        assert "series='pump'" in found or "`--series pump`" in found
    clock = dated(pd.date_range("2024-03-05", periods=300, freq="h").strftime("%H:%M:%S"))
    (found,) = findings_of(lambda: Forecast.from_frames(clock, "y", time="t", every="1h"))
    assert "starts again" in found


def test_offsets_that_change_are_times(tmp_path):
    local = pd.date_range("2024-03-29", periods=100, freq="h", tz="Europe/Berlin")
    table = dated([one.isoformat() for one in local])
    three: list[dict[str, Any]] = [{}, {"time": "t"}, {"time": "t", "tz": "Europe/Berlin"}]
    for options in three:
        Forecast.from_csv(put(tmp_path, text(table)), "y", **options)
    told = Forecast.from_frames(table, "y", time="t", tz="Europe/Berlin")
    plain = Forecast.from_frames(dated(local), "y", time="t", tz="Europe/Berlin")
    assert told.fingerprint == plain.fingerprint


@pytest.mark.parametrize("date", ["9999-12-31", "0001-01-01T00:00:00Z", "Jan 01 00:00:00"])
def test_dates_that_no_clock_holds_are_text(tmp_path, date):
    path = put(tmp_path, text(frame(40).assign(until=date)))
    assert Forecast.from_csv(path, "y").columns.inputs == ("x", "y")
    with pytest.raises(DataError):
        Forecast.from_csv(path, "y", time="until")


@pytest.mark.parametrize("share", [0.002, 0.05, 0.3])
def test_typical_sentinels_are_found_however_many_there_are(share):
    rng = np.random.default_rng(0)
    rain = np.where(rng.random(1_000) < 0.8, 0.0, rng.gamma(2, 2, 1_000))
    level = rng.normal(5, 1, 1_000)
    for values in (rain, level):
        values[rng.permutation(1_000)[: int(share * 1_000)]] = -9999
        far = far_value(values)
        assert far is not None
        assert (far.value, far.n) == (-9999, int(share * 1_000))
        assert far_value(values, [-9999]) is None
    level[level < -9000] = np.where(rng.random((level < -9000).sum()) < 0.5, -9999, -9998)
    assert far_value(level) is not None


def test_a_percentage_that_reaches_99_is_no_sentinel():
    humidity = np.clip(np.random.default_rng(0).normal(80, 12, 2_000), 5, 99)
    assert far_value(humidity) is None


@pytest.mark.parametrize(("written", "options"), [
    ("-9,999.0", {"thousands": ","}), ("9.96920996838687e+36", {}), ("-9999.0", {}),
])  # fmt: skip
def test_the_cures_of_a_sentinel_cure(tmp_path, written, options):
    table = frame(60).astype({"x": object})
    table["x"] = [f"{2_000 + one:,.2f}" if options else one for one in table["x"]]
    table = table.astype({"x": object})
    table.loc[[5, 20, 41], "x"] = written
    path = put(tmp_path, text(table))
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", **options))
    missing = found.split("`--na=")[1].split("`")[0]
    meant = float(found.split("`--meant=")[1].split("`")[0])
    task = Forecast.from_csv(path, "y", na=missing, fill="previous", **options)
    assert np.abs(task.recordings[0].values["x"]).max() < 3_000
    Forecast.from_csv(path, "y", meant=meant, **options)


def test_marks_at_thousands_are_taken_out_of_numbers_alone(tmp_path):
    days = pd.date_range("2024-01-01", periods=60)
    rows = [f"{day:%d.%m.%Y};20,{i % 7}0;1.0{i % 90 + 10},0" for i, day in enumerate(days)]
    path = put(tmp_path, "Tag;temp;flow\n" + "\n".join(rows))
    task = Forecast.from_csv(path, "flow", sep=";", decimal=",", thousands=".")
    assert task.columns.inputs == ("temp", "flow")
    assert task.recordings[0].values["flow"][0] == 1010.0
    mixed = put(tmp_path, "x;y\n" + "\n".join(f'"2,51{i % 9}.5";20,{i % 9}' for i in range(60)))
    (found,) = findings_of(lambda: Forecast.from_csv(mixed, "x", sep=";", thousands=","))
    assert "column 'y'" in found
    indian = put(tmp_path, "x,y\n" + "\n".join(f'"1,2{i % 9},456",{i % 7}' for i in range(60)))
    task = Forecast.from_csv(indian, "y", thousands=",")
    assert task.recordings[0].values["x"][1] == 121_456


@pytest.mark.parametrize("form", ["%Y%m%d%H%M", "%Y%m%d%H", "%Y%m%d%H%M%S"])
def test_dates_of_digits_are_dates(form):
    dates = pd.date_range("2024-01-01", periods=400, freq="h")
    table = dated(dates.strftime(form).astype("int64"))
    assert Forecast.from_frames(table, "y", time="t").step == "01:00:00"
    seconds = dated(1_700_000_000 + 60 * np.arange(60))
    assert Forecast.from_frames(seconds, "y", time="t").step == "60"
    (found,) = findings_of(lambda: Forecast.from_frames(seconds.drop(index=7), "y", time="t"))
    assert "every" not in found


def test_a_date_and_a_clock_of_digits_are_one_time():
    dates = pd.date_range("2024-01-01", periods=400, freq="h")
    table = dated(dates.strftime("%Y%m%d").astype("int64"), "day")
    table.insert(1, "hhmm", dates.strftime("%H%M").astype("int64"))
    assert Forecast.from_frames(table, "y", time=["day", "hhmm"]).step == "01:00:00"


@pytest.mark.parametrize("form", ["%d.%m.%Y", "%d/%m/%Y", "%m/%d/%Y", "%d-%b-%Y"])
def test_midnight_may_be_24_00_in_any_form(form):
    dates = pd.date_range("2024-01-01 01:00", periods=400, freq="h")
    times = [
        f"{one:{form}} {one:%H:%M}" if one.hour else f"{one - pd.Timedelta('1D'):{form}} 24:00"
        for one in dates
    ]
    assert Forecast.from_frames(dated(times), "y", time="t").step == "01:00:00"


def test_columns_that_only_rise_are_told():
    table = frame(60).assign(t=np.arange(60) * 0.1, serial=45292 + np.arange(60) / 24)
    told = "\n".join(Forecast.from_frames(table, "y").remarks)
    assert "'t' rises in every row" in told
    assert "'serial' rises in every row" in told


def test_zones_that_times_name_are_theirs():
    utc = [f"2024-01-{10 + i // 24} {i % 24:02}:00:00 UTC" for i in range(100)]
    aware = pd.date_range("2024-01-10", periods=100, freq="h", tz="UTC")
    one, other = (
        Forecast.from_frames(dated(times), "y", time="t", tz="Europe/Berlin")
        for times in (utc, aware)
    )
    assert one.fingerprint == other.fingerprint
    written = [f"{i % 24:02}:00 {10 + i // 24}-Jan-2024" for i in range(100)]
    local = Forecast.from_frames(dated(written), "y", time="t", tz="Europe/Berlin")
    assert np.allclose(local.recordings[0].values["hour sine"][0], np.sin(2 * np.pi / 24))
    transform = Forecast.from_frames(dated(aware), "y", time="t").transform
    same = dated(aware.tz_convert("Europe/Berlin"))
    assert np.array_equal(
        transform.prepare(dated(aware), True).inputs, transform.prepare(same, True).inputs
    )


def test_frames_of_all_kinds_are_read_or_refused():
    twice = pd.concat([frame(20), frame(20, 1)]).assign(u="room 20")
    assert Forecast.from_frames(twice, "y").columns.inputs == ("x", "y")
    pytest.importorskip("pyarrow")
    table = frame(40).assign(u=pd.Series(["a", None] * 20, dtype="string[pyarrow]"))
    assert Forecast.from_frames(table, "y").columns.inputs == ("x", "y")
    days = pd.Series(pd.date_range("2024-01-01", periods=40)).dt.date
    table = frame(40).assign(day=days.astype(pd.ArrowDtype(pa.date32())))
    assert Forecast.from_frames(table, "y", time="day").step == "1 days 00:00:00"
    numbered = pd.DataFrame(frame(40).to_numpy())
    assert Forecast.from_frames(numbered, 1).columns.inputs == ("0", "1")  # pyright: ignore


def test_a_field_of_any_length_keeps_the_place_of_a_finding(tmp_path):
    table = frame(40).astype(object).assign(note='"')
    table.loc[3, "note"] = "x" * 200_000
    table.loc[9, "y"] = "bad"
    (found,) = findings_of(lambda: Forecast.from_csv(put(tmp_path, text(table)), "y"))
    assert "line 11, column 'y'" in found


# Findings


def test_many_findings_of_a_kind_are_three_and_a_count(tmp_path):
    names = [f"c{i}" for i in range(60)]
    table = frame(40, columns=[*names, "y"]).astype(object)
    table.loc[7, names] = "bad"
    found = findings_of(lambda: Forecast.from_csv(put(tmp_path, text(table)), "y"))
    assert len(found) == 4
    assert all("'bad', which is no number" in one for one in found[:3])
    assert found[3] == "... and 57 more findings of this kind, in 60 columns in all."


def test_frames_are_answered_in_the_words_of_python():
    table = frame(40)
    table.loc[5, "x"] = np.nan
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y"))
    assert "Fill it with `fill='previous'`; or leave the column out with `ignore`." in found
    table.loc[[5, 9, 12], "x"] = -9999
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y"))
    assert "give NaN instead; if not, `meant=-9999`" in found
