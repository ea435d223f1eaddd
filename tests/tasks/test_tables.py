import pytest

from cellcolony.errors import DataError
from cellcolony.tasks.table_files import load_table


def test_a_table_of_a_hundred_thousand_columns_is_refused_at_its_header(tmp_path):
    path = tmp_path / "wide.csv"
    header = ",".join(f"c{i}" for i in range(100_000))
    path.write_text(f"{header}\n{'1,' * 99_999}1\n")
    with pytest.raises(DataError, match="has 100,000 columns, and may have 10,000"):
        load_table(path)
