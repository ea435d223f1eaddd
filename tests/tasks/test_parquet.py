import sys

import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import DataError
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.table_files import load_table
from tests.tasks.files import findings_of, frame, write

needs_pyarrow = pytest.mark.usefixtures("pyarrow")


@pytest.fixture
def pyarrow():
    return pytest.importorskip("pyarrow")


@needs_pyarrow
def test_parquet_gives_the_task_that_csv_gives(tmp_path):
    file = write(tmp_path / "a.csv", n_rows=80)
    pd.read_csv(file).to_parquet(tmp_path / "a.parquet")
    one = Forecast.from_csv(file, "y")
    other = Forecast.from_csv(tmp_path / "a.parquet", "y")
    assert one.fingerprint == other.fingerprint
    assert other.summary().n_rows == 80


@needs_pyarrow
def test_faults_are_found_by_row_from_0(tmp_path):
    table = frame(80).astype(object)
    table.loc[5, "x"], table.loc[7, "y"] = None, np.inf
    table.astype({"x": float, "y": float}).to_parquet(tmp_path / "a.parquet")
    findings = findings_of(lambda: Forecast.from_csv(tmp_path / "a.parquet", "y"))
    assert len(findings) == 2
    assert "row 5, column 'x'" in findings[0]
    assert "row 7, column 'y'" in findings[1]


@needs_pyarrow
def test_a_named_index_is_a_column(tmp_path):
    table = frame(80)
    table.index = pd.date_range("2024-01-01", periods=80, freq="min", name="when")
    table.to_parquet(tmp_path / "a.PARQUET")
    task = Forecast.from_csv(tmp_path / "a.PARQUET", "y", time="when")
    assert task.step == "00:01:00"


@needs_pyarrow
@pytest.mark.parametrize(
    ("content", "what"),
    [(b"", "no Parquet file"), (b"x,y\n1,2\n", "no Parquet file"), (None, "cannot be read")],
)
def test_what_is_no_parquet_file_is_a_finding(tmp_path, content, what):
    path = tmp_path / "a.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(DataError, match=what):
        load_table(path)


@needs_pyarrow
def test_a_file_without_rows_is_a_finding(tmp_path):
    frame(0).to_parquet(tmp_path / "a.parquet")
    with pytest.raises(DataError, match="has no rows"):
        load_table(tmp_path / "a.parquet")


def test_without_pyarrow_the_error_names_the_cure(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    with pytest.raises(DataError, match=r"pip install 'cellcolony\[parquet\]'"):
        load_table(tmp_path / "a.parquet")
