"""The first sheet of a workbook is read as a CSV file is, its times exactly."""

from __future__ import annotations

import sys
import zipfile
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cellcolony.tasks import workbook
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.table_files import load_table
from cellcolony.tasks.tables import CsvFormat
from tests.tasks.files import findings_of, frame
from tests.tasks.workbooks import Serial, write_workbook

pytest.importorskip("python_calamine")

N = 60
DAY = 45356
"""2024-03-05 in days since the end of 1899."""


def rows_of(
    table: pd.DataFrame, first: list[str] | None = None, before: list | None = None
) -> list[list[Any]]:
    header: list[list[Any]] = [[*(first or []), *map(str, table.columns)]]
    return header + [
        [*([] if before is None else [before[i]]), *row]
        for i, row in enumerate(table.to_numpy(float).tolist())
    ]


def test_a_sheet_is_read_with_all_digits(tmp_path):
    table = frame(N).assign(big=np.arange(N) ** 2 + 10.0**14, tiny=frame(N, 3)["x"] * 1e-300)
    table["x"] = np.random.default_rng(0).normal(size=N)
    path = write_workbook(tmp_path / "a.xlsx", {"Data": rows_of(table)})
    found = load_table(path)
    for name in table:
        assert found.numbers(name).tolist() == table[name].tolist()
    one = Forecast.from_csv(path, "y", ignore="tiny")
    assert one.fingerprint == Forecast.from_frames(table, "y", ignore="tiny").fingerprint
    assert [remark for remark in one.remarks if "rises" not in remark] == []


@pytest.mark.parametrize("since_1904", [False, True])
@pytest.mark.parametrize(("seconds", "step"), [
    (600, "00:10:00"), (3600, "01:00:00"), (1, "00:00:01"), (0.25, "00:00:00.250000"),
    (86400, "1 days 00:00:00"),
])  # fmt: skip
def test_times_are_exact(tmp_path, seconds, step, since_1904):
    first = DAY - 1462 if since_1904 else DAY
    times = [Serial((first * 86400 + i * seconds) / 86400) for i in range(N)]
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"Data": rows_of(frame(N), ["when"], times)}, since_1904)
    task = Forecast.from_csv(path, "y", time="when")
    assert task.step == step
    assert not any("give or take" in remark for remark in task.remarks)
    written = task.recordings[0].times
    assert written is not None
    expected = pd.date_range("2024-03-05", periods=N, freq=f"{seconds * 1000:.0f}ms")
    assert (pd.to_datetime(written, format="ISO8601").to_numpy() == expected.to_numpy()).all()


def test_dates_and_clocks_may_stand_in_two_columns(tmp_path):
    rows: list[list[object]] = [["Date", "Time", "x", "y"]]
    for i, pair in enumerate(frame(N).to_numpy().tolist()):
        day, clock = divmod(i / 24, 1)
        rows.append([Serial(DAY + day, "date"), Serial(clock, "clock"), *pair])
    path = write_workbook(tmp_path / "a.xlsx", {"Data": rows})
    assert Forecast.from_csv(path, "y", time=("Date", "Time")).step == "01:00:00"


def test_what_stands_above_and_below_the_header_is_found_at_its_rows(tmp_path):
    table = rows_of(frame(N))
    rows = [[None], ["Logger 12"], [None, None], ["site", "north"][:1], table[0],
            ["°C", "l/s"], *table[1:]]  # fmt: skip
    path = write_workbook(tmp_path / "a.xlsx", {"Data": rows})
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert "Say `--skip 2 --skip 4 --skip 6`" in found
    task = Forecast.from_csv(path, "y", skip=(2, 4, 6))
    assert task.fingerprint == Forecast.from_frames(frame(N), "y").fingerprint
    rows[20][0] = "broken"
    write_workbook(path, {"Data": rows})
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", skip=(2, 4, 6)))
    assert "line 21, column 'x': holds 'broken', which is no number" in found


def test_texts_errors_truth_values_and_gaps_are_as_in_a_csv_file(tmp_path):
    rows = rows_of(frame(N).assign(on=0.0, temp=0.0))
    for i, row in enumerate(rows[1:]):
        row[2:] = [i % 3 == 0, f"{20 + i % 7},5 °C"]
    rows[8][0], rows[9][0] = None, "#DIV/0!"
    path = write_workbook(tmp_path / "a.xlsx", {"Data": rows})
    german: dict[str, Any] = {"decimal": ",", "sep": ";", "encoding": "latin-1"}
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y", **german))
    assert "line 9, column 'x': holds nothing, a missing value (as do 1 more rows)" in found
    task = Forecast.from_csv(path, "y", fill="previous", **german)
    assert task.recordings[0].values["temp"][:3].tolist() == [20.5, 21.5, 22.5]
    assert task.recordings[0].values["on"][:4].tolist() == [1, 0, 0, 1]
    assert np.array_equal(task.recordings[0].values["y"], frame(N)["y"])


def test_of_several_sheets_the_first_is_read_if_none_is_larger(tmp_path):
    small, large = rows_of(frame(20)), rows_of(frame(N))
    path = tmp_path / "a.xlsx"
    write_workbook(path, {"Data": large, "Notes": [["by", "hand"]], "Empty": []})
    task = Forecast.from_csv(path, "y")
    assert task.remarks == (f"{path}: its sheet 'Data' is read, the first of 2",)
    write_workbook(path, {"Notes": small, "Data": large})
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert "has 2 sheets: the first, 'Notes', would be read, and 'Data' has more cells" in found
    assert "Move the sheet that is meant to the front" in found
    write_workbook(path, {"Notes": small, "Data": large}, hidden=["Notes"])
    assert Forecast.from_csv(path, "y").remarks == ()
    write_workbook(path, {"Empty": []})
    (found,) = findings_of(lambda: Forecast.from_csv(path, "y"))
    assert "has no sheet with cells" in found


def test_a_stray_cell_far_from_the_table_is_refused(tmp_path):
    path = write_workbook(tmp_path / "a.xlsx", {"Data": rows_of(frame(N))})
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    stray = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content.replace(b"</sheetData>", stray))
    (found,) = findings_of(lambda: load_table(path))
    assert "a sheet reaches to column xfd and row 1,048,576" in found.lower()


def test_a_sheet_that_unpacks_to_more_than_memory_is_refused(tmp_path, monkeypatch):
    path = write_workbook(tmp_path / "a.xlsx", {"Data": rows_of(frame(N))})
    monkeypatch.setattr(workbook, "MOST_BYTES", 1_000)
    (found,) = findings_of(lambda: load_table(path))
    assert "a sheet unpacks to" in found


def test_without_what_reads_workbooks_the_extra_is_named(tmp_path, monkeypatch):
    path = write_workbook(tmp_path / "a.xlsx", {"Data": rows_of(frame(N))})
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    (found,) = findings_of(lambda: load_table(path, CsvFormat()))
    assert "cannot be read without python-calamine. Install it: pip install 'cellcolony[xlsx]'" in (
        found
    )
