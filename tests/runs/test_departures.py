"""The warning of data beyond the training range."""

import numpy as np
import pytest

from cellcolony.errors import TrainingRangeWarning
from cellcolony.runs.departures import warn_of
from cellcolony.tasks.training_range import Departure


def lines_of(departures, relied=()):
    with pytest.warns(TrainingRangeWarning) as caught:
        warn_of(departures, 400, dict(relied), stacklevel=1)
    assert caught[0].filename == __file__
    return str(caught[0].message).splitlines()


def test_it_tells_column_rows_farthest_value_range_and_reliance():
    assert lines_of([Departure("flow", 12, 35.25, 0.5, 20.125)], {"flow": 0.344}) == [
        "'flow' leaves its training range, 0.5 to 20.125, in 12 of 400 rows; the farthest value is "
        "35.25. Shuffling this column changes the network's validation error by +34.4 %."
    ]
    (line,) = lines_of([Departure("flow", 1, -3.0, 0.0, 1.0)])
    assert line.endswith("in 1 of 400 rows; the farthest value is -3.")


def test_at_most_five_lines_are_told_the_farthest_first():
    some = [Departure(f"c{i}", 1, 2.0 + i, 0.0, 1.0) for i in range(5)]
    assert [line[:4] for line in lines_of(some)] == ["'c4'", "'c3'", "'c2'", "'c1'", "'c0'"]
    lines = lines_of([*some, Departure("flat", 1, 9.0, 1.0, 1.0), *some])
    assert lines[0].startswith("'flat'")
    assert len(lines) == 5
    assert lines[-1] == "7 more columns leave their training range."


def test_names_from_elsewhere_are_told_on_one_line_without_escapes():
    (line,) = lines_of([Departure("\x1b[31mred\nline" + "x" * 100, 1, np.inf, 0.0, 1.0)])
    assert "\x1b" not in line
    assert len(line) < 160
