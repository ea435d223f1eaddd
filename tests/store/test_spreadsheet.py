import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.runs.predictions import predictions_csv, read_predictions
from cellcolony.runs.scores import RIVAL, SEARCH, Score, rows_of, scores_csv
from cellcolony.store.spreadsheet import FORMULAS, from_cell, to_cell
from tests.runs.test_predictions import SERIES

EVIL = "=cmd|' /C calc'!A0"


@given(st.text(alphabet="'=+-@a1.e\t\r ", max_size=6) | st.text(max_size=6))
def test_a_text_comes_back_and_is_no_formula(text):
    assert from_cell(to_cell(text)) == text
    cell = to_cell(text)
    if cell.startswith(FORMULAS):
        float(cell)  # a number


@pytest.mark.parametrize("number", ["-1.5", "+3", "-inf", "-1e-300"])
def test_a_number_stays_a_number(number):
    assert to_cell(number) == number


def test_the_name_of_a_column_that_is_a_formula_is_a_text_in_scores_and_predictions(tmp_path):
    score = Score(EVIL, RIVAL, SEARCH, "valid", "r2", 1, 2, 0.5, -0.25, "-x")
    text = scores_csv([score])
    assert f"'{EVIL}" in text
    assert "-0.25" in text
    assert "'-0.25" not in text
    assert rows_of(text, Score, "scores") == (score,)
    path = tmp_path / "p.csv"
    path.write_text(predictions_csv(SERIES, [EVIL, "z"]))
    assert path.read_text().startswith(f"file,row,'{EVIL},z,\"'{EVIL}, predicted\"")
    assert len(read_predictions(path)) == len(SERIES)
