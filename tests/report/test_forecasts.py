import io

import numpy as np
import pandas as pd

from cellcolony.report.forecasts import write_forecasts, write_future


def test_every_row_is_a_line_with_its_number_and_the_horizon_in_the_header():
    dates = pd.date_range("2024-01-01", periods=3)
    forecasts = pd.DataFrame(
        {"y[t+5]": [1.5, 2.0, 1 / 3], 'a,"b"[t+5]': [0.0, -1e-9, 1e12]}, index=dates
    )
    text = io.StringIO()
    write_forecasts(forecasts, text)
    lines = text.getvalue().splitlines()
    assert lines[0] == 'row,y[t+5],"a,""b""[t+5]"'
    assert lines[1:] == ["0,1.5,0", "1,2,-1e-09", "2,0.3333333333,1e+12"]
    text.seek(0)
    read = pd.read_csv(text, index_col="row")
    np.testing.assert_allclose(read["y[t+5]"], forecasts["y[t+5]"])


def test_times_stand_beside_the_numbers_of_rows():
    text = io.StringIO()
    times = pd.Series(["3/4/24 0:00", "3/4/24 0:10"], name="when")
    write_forecasts(pd.DataFrame({"y[t+1]": [1.5, 2.0]}), text, times)
    assert text.getvalue() == "row,when,y[t+1]\n0,3/4/24 0:00,1.5\n1,3/4/24 0:10,2\n"


def test_rows_that_follow_are_lines_with_their_series_and_times():
    future = pd.DataFrame(
        {"pump": ["a", "b"], "when": pd.to_datetime(["2024-03-05 10:00", "2024-03-05 10:10"]),
         "y": [1.5, 1 / 3]}, index=[60, 40],
    )  # fmt: skip
    text = io.StringIO()
    write_future(future.astype({"when": object}), text)
    assert text.getvalue().splitlines() == [
        "row,pump,when,y", "60,a,2024-03-05 10:00:00,1.5", "40,b,2024-03-05 10:10:00,0.3333333333",
    ]  # fmt: skip
