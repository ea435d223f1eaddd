import pytest

from cellcolony.errors import DataError
from cellcolony.tasks.table_files import load_table


def test_a_table_of_twenty_thousand_columns_is_refused_at_its_header(tmp_path):
    path = tmp_path / "wide.csv"
    header = ",".join(f"c{i}" for i in range(20_000))
    path.write_text(f"{header}\n{'1,' * 19_999}1\n")
    with pytest.raises(DataError, match="has 20,000 columns, and may have 10,000"):
        load_table(path)
