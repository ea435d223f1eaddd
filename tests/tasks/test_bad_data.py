from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.table_files import load_table
from cellcolony.tasks.tables import CsvFormat
from tests.tasks.files import findings_of, frame, replace_line, write


@pytest.fixture
def good(tmp_path: Path) -> Path:
    return write(tmp_path / "a.csv")


def refused(*paths: Path, target: str = "y", **options: object) -> tuple[str, ...]:
    return findings_of(lambda: Forecast.from_csv(paths, target, **options))  # type: ignore


def test_a_good_file_is_taken(good):
    assert Forecast.from_csv(good, "y").recordings[0].n_rows == 40


@pytest.mark.parametrize(
    ("value", "what"),
    [
        ("high", "holds 'high', which is no number. Mend it, see `--decimal`"),
        ("inf", "holds 'inf', which is infinite or beyond float32. Mend it"),
        ("-1e39", "holds '-1e39', which is infinite or beyond float32. Mend it"),
        ("", "holds nothing, a missing value. Fill it with `--fill previous`"),
        ("NA", "holds 'NA', a missing value. Fill it with `--fill previous`"),
    ],
)
def test_a_bad_value_is_refused_with_file_line_column_value_and_cure(good, value, what):
    (found,) = refused(replace_line(good, 7, f"1.0,{value}"))
    assert found.startswith(f"{good}, line 7, column 'y': {what}")
    (found,) = refused(replace_line(good, 7, f"{value},1.0"))
    assert found.startswith(f"{good}, line 7, column 'x': {what}")
    assert found.endswith("leave the column out with `--ignore`.")


@pytest.mark.parametrize("value", ["high", "inf", ""])
def test_a_bad_value_in_a_column_that_is_not_used_is_no_matter(good, value):
    replace_line(good, 7, f"{value},1.0")
    assert Forecast.from_csv(good, "y", ignore="x").columns.inputs == ("y",)
    assert Forecast.from_csv(good, "y", inputs="y").columns.inputs == ("y",)


def test_many_bad_values_of_a_column_are_one_finding(good):
    for line in (7, 9, 30):
        replace_line(good, line, "?,0.5")
    (found,) = refused(good)
    assert f"{good}, line 7, column 'x': holds '?', which is no number (as do 2 more rows)" in found


def test_everything_is_found_at_once_and_sorted(tmp_path, good):
    replace_line(good, 12, "1.0,oops")
    replace_line(good, 5, "inf,1.0")
    second = write(tmp_path / "aa.csv", columns=["x", "z"])
    tenth = replace_line(write(tmp_path / "b10.csv", seed=3), 2, ",1.0")
    third = replace_line(write(tmp_path / "b9.csv", seed=4), 2, ",1.0")
    found = refused(tenth, second, third, good, tmp_path / "missing.csv")
    assert [finding.split(": ")[0] for finding in found] == [
        f"{good}, line 5, column 'x'",
        f"{good}, line 12, column 'y'",
        f"{second}, column 'y'",
        f"{second}, column 'z'",
        f"{third}, line 2, column 'x'",
        f"{tenth}, line 2, column 'x'",
        f"{tmp_path / 'missing.csv'}",
    ]


def test_blank_lines_and_quoted_line_breaks_do_not_shift_the_line(tmp_path):
    path = tmp_path / "a.csv"
    rows = "".join(f"{i},{i}.5,ok\n" for i in range(40))
    path.write_text('x,y,"a\nb"\n\n1,2,"two\nlines"\n\n3,bad,ok\n' + rows)
    (found,) = refused(path)
    assert found.startswith(f"{path}, line 7, column 'y': holds 'bad'")


def test_blank_lines_do_not_shift_the_line_where_nothing_is_quoted(tmp_path):
    path = tmp_path / "a.csv"
    rows = "".join(f"{i}\t{i}.5\n" for i in range(40))
    path.write_text("\n  \nx\ty\n\n1\t2\n   \n\t\n3\tbad\n" + rows)
    found = refused(path, sep="tab")
    assert found[0].startswith(f"{path}, line 7, column 'x': holds nothing, a missing value")
    assert found[1].startswith(f"{path}, line 7, column 'y': holds nothing, a missing value")
    assert found[2].startswith(f"{path}, line 8, column 'y': holds 'bad'")


def test_a_blank_line_in_a_file_of_one_column_is_a_missing_value(tmp_path):
    path = write(tmp_path / "a.csv", columns=["y"])
    assert Forecast.from_csv(path, "y").recordings[0].n_rows == 40
    (found,) = refused(replace_line(path, 4, ""))
    assert found.startswith(f"{path}, line 4, column 'y': holds nothing, a missing value")


def test_a_missing_column_answers_with_the_nearest(good):
    assert refused(good, target="yy") == ("Column 'yy': is in no file. Did you mean 'y'?",)
    (found,) = refused(good, inputs=["temperature"])
    assert found == "Column 'temperature': is in no file. Known are: x, y."
    (found,) = refused(good, ignore=["xx"])
    assert found == "Column 'xx': is in no file. Did you mean 'x'?"
    (found,) = refused(good, time="tme")
    assert "Column 'tme': is in no file." in found


def test_files_with_different_columns_are_refused(tmp_path, good):
    other = write(tmp_path / "b.csv", seed=1, columns=["x", "y", "z"])
    (found,) = refused(good, other)
    assert found.startswith(f"{other}, column 'z': is not in {good}.")
    assert Forecast.from_csv([good, other], "y", ignore="z").columns.inputs == ("x", "y")
    assert Forecast.from_csv([good, other], "y", inputs=["x", "y"]).recordings[1].n_rows == 40
    (found,) = findings_of(lambda: Forecast.from_csv(other, "y", test=good))
    assert found.startswith(f"{good}, column 'z': is missing.")


def test_duplicate_columns_are_refused(tmp_path):
    path = write(tmp_path / "a.csv", columns=["x", "y", "x"])
    (found,) = refused(path)
    assert found.startswith(f"{path}, line 1, column 'x': stands 2 times in the header")
    (found,) = findings_of(lambda: Forecast.from_frames(frame(columns=["x", "y", "x"]), "y"))
    assert found.startswith("train frame 0, column 'x': stands 2 times")


def test_a_column_without_a_name_is_refused_unless_it_is_ignored(tmp_path):
    path = tmp_path / "a.csv"
    frame().set_index(frame(seed=1)["x"]).to_csv(path, index_label="")
    (found,) = refused(path)
    assert "column 'Unnamed: 0': has no name in the header; it may be a row number" in found
    assert Forecast.from_csv(path, "y", ignore="Unnamed: 0").columns.inputs == ("x", "y")


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "is empty. Give a file with a header and rows."),
        ("\n\n", "is empty."),
        ("x,y\n", "has a header and no rows."),
        ("x,y\n1,2\n3,4,5\n", "is not a table: Expected 2 fields in line 3, saw 3."),
        ("x,y\n1,2,3\n3,4,5\n", "has rows with more fields than its header."),
        ('x,y\n1,"2\n3,4\n', "is not a table: EOF inside string starting at row 1."),
    ],
)
def test_a_file_that_is_no_table_is_refused(tmp_path, content, what):
    path = tmp_path / "a.csv"
    path.write_text(content)
    (found,) = refused(path)
    assert found.startswith(f"{path}: {what}")


def test_a_separator_at_the_end_of_each_line_is_no_matter(tmp_path):
    path = tmp_path / "a.csv"
    path.write_text("x,y\n" + "".join(f"{i % 7},{i * i},\n" for i in range(40)))
    assert Forecast.from_csv(path, "y").columns.inputs == ("x", "y")


@pytest.mark.parametrize(
    ("sep", "option"), [(";", "`--sep ';'`"), ("\t", "`--sep tab`"), ("|", "`--sep '|'`")]
)
def test_another_separator_is_refused_with_the_option_that_reads_it(tmp_path, sep, option):
    path = tmp_path / "a.csv"
    frame().to_csv(path, index=False, sep=sep)
    (found,) = refused(path)
    assert "holds one column" in found
    assert option in found
    assert Forecast.from_csv(path, "y", sep=sep).fingerprint == (
        Forecast.from_frames(frame(), "y").fingerprint
    )


def test_tabs_may_be_spelled_out():
    assert CsvFormat(sep="tab") == CsvFormat(sep="\t") == CsvFormat(sep="\\t")


def test_decimal_commas_are_refused_with_the_option_that_reads_them(tmp_path):
    path = tmp_path / "a.csv"
    frame().to_csv(path, index=False, sep=";", decimal=",")
    found = refused(path, sep=";")
    assert "line 2, column 'x': holds '0,12573', a number with another decimal mark" in found[0]
    assert "Say `--decimal ,`" in found[0]
    assert "column 'y': holds '-0,132105', a number with another decimal mark (as do 39" in found[1]
    assert "Say `--decimal ,`" in found[1]
    task = Forecast.from_csv(path, "y", sep=";", decimal=",")
    assert task.fingerprint == Forecast.from_frames(frame(), "y").fingerprint


def test_points_where_commas_are_expected_are_refused(tmp_path):
    path = tmp_path / "a.csv"
    frame().to_csv(path, index=False, sep=";")
    found = refused(path, sep=";", decimal=",")
    assert "Say `--decimal .`" in found[0]
    assert "column 'y'" in found[1]


def test_another_encoding_is_refused_with_its_line_and_read_with_the_option(tmp_path):
    path = tmp_path / "a.csv"
    text = frame(columns=["Kühlung", "y"]).to_csv(index=False)
    path.write_bytes(text.encode("latin-1"))
    (found,) = refused(path)
    assert found.startswith(f"{path}, line 1: holds the byte 0xfc, which is not utf-8.")
    assert "`--encoding`" in found
    assert Forecast.from_csv(path, "y", encoding="latin-1").columns.inputs == ("Kühlung", "y")
    path.write_bytes(text.encode("utf-8-sig"))
    assert Forecast.from_csv(path, "y").columns.inputs == ("Kühlung", "y")
    path.write_bytes(text.encode("utf-16"))
    assert Forecast.from_csv(path, "y", encoding="utf-16").columns.inputs == ("Kühlung", "y")


def test_a_mark_for_missing_values_is_read_as_missing(good):
    replace_line(good, 7, "-999,1.0")
    assert Forecast.from_csv(good, "y", meant=-999).recordings[0].values["x"][5] == -999.0
    (found,) = refused(good, na="-999")
    assert "line 7, column 'x': holds '-999', a missing value" in found
    task = Forecast.from_csv(good, "y", na="-999", fill="previous")
    assert task.recordings[0].values["x"][5] == frame()["x"][4]


def test_a_gap_that_cannot_be_filled_is_refused(good):
    replace_line(good, 2, ",1.0")
    for fill in ("previous", "interpolate"):
        (found,) = refused(good, fill=fill)
        assert "line 2, column 'x': holds nothing, a missing value, and `--fill` finds" in found
    write(good)
    replace_line(good, 41, ",1.0")
    assert Forecast.from_csv(good, "y", fill="previous").summary().missing == 1 / 80
    assert "line 41" in refused(good, fill="interpolate")[0]


@pytest.mark.parametrize(("fewest", "horizon"), [(18, 1), (29, 8)])
def test_too_few_rows_are_refused_and_the_fewest_are_taken(tmp_path, fewest, horizon):
    path = write(tmp_path / "a.csv", n_rows=fewest)
    assert Forecast.from_csv(path, "y", horizon=horizon).summary().n_scored["train"] > 0
    (found,) = refused(write(path, n_rows=fewest - 1), horizon=horizon)
    assert found.startswith(
        f"{path}: has too few rows, {fewest - 1}. Give at least {fewest}: 12 of history, {horizon}"
    )


def test_a_validation_file_needs_twelve_rows_before_the_first_that_is_scored(tmp_path, good):
    other = write(tmp_path / "b.csv", n_rows=14, seed=1)
    assert Forecast.from_csv(good, "y", valid=other).summary().n_scored["valid"] == 1
    write(other, n_rows=13, seed=1)
    (found,) = findings_of(lambda: Forecast.from_csv(good, "y", valid=other))
    assert found.startswith(f"{other}: has too few rows, 13. Give at least 14")


def test_a_column_that_is_constant_over_all_training_rows_is_refused():
    table = frame(columns=["x", "y", "z"])
    table.loc[:27, "z"] = 3.0  # rows 28.. validate and test
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y"))
    assert found.startswith("Column 'z': holds 3 in every training row.")
    assert "`--ignore`" in found
    (found,) = findings_of(lambda: Forecast.from_frames(table, "z", ignore="y"))
    assert "nothing to predict" in found
    table.loc[3, "z"] = 3.5
    assert Forecast.from_frames(table, "y").columns.inputs == ("x", "y", "z")


def test_a_column_that_is_constant_in_one_training_file_alone_is_taken():
    one, two = frame(), frame(seed=1)
    one["x"] = 1.0
    assert Forecast.from_frames([one, two], "y").columns.inputs == ("x", "y")


def test_a_column_has_one_role_alone(good):
    (found,) = refused(good, ignore="y")
    assert "column 'y': is both target and ignored" in found
    table = frame().assign(x=np.arange(40.0))
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y", inputs="x", time="x"))
    assert "column 'x': is both input and the time" in found


def test_faults_of_frames_are_told_by_row():
    table = frame()
    table.loc[4, "x"] = np.nan
    (found,) = findings_of(lambda: Forecast.from_frames([frame(seed=1), table], "y"))
    assert found.startswith("train frame 1, row 4, column 'x': holds nan, a missing value")
    (found,) = findings_of(lambda: Forecast.from_frames(frame(0), "y"))
    assert found == "train frame 0: has no rows. Give a frame that has some."


def test_mixed_text_in_a_long_file_is_found_wherever_it_stands(tmp_path):
    path = tmp_path / "a.csv"
    frame(60_000, columns=["x", "y", "z"]).to_csv(path, index=False)
    replace_line(path, 59_000, "1,2,three")
    (found,) = refused(path)
    assert f"{path}, line 59000, column 'z': holds 'three', which is no number." in found


def test_a_table_is_loaded_or_refused_on_its_own(tmp_path, good):
    assert list(load_table(good).frame.columns) == ["x", "y"]
    (found,) = findings_of(lambda: load_table(tmp_path / "no.csv"))
    assert found.startswith(f"{tmp_path / 'no.csv'}: cannot be read: no such file or directory.")


def timed(times: object) -> pd.DataFrame:
    table = frame()
    table.insert(0, "t", times)
    return table


def test_a_column_of_times_is_no_input_and_gives_the_step(tmp_path):
    dates = pd.date_range("2024-02-28 23:30", periods=40, freq="10min")
    timed(dates).to_csv(tmp_path / "a.csv", index=False)
    for task in (
        Forecast.from_csv(tmp_path / "a.csv", "y", time="t"),
        Forecast.from_frames(timed(dates), "y", time="t"),
    ):
        assert task.columns.inputs == ("x", "y")
        assert task.summary().time == "t"
        assert task.summary().step == "00:10:00"
    numbers = Forecast.from_frames(timed(np.arange(40) * 0.5), "y", time="t")
    assert numbers.summary().step == "0.5"


def test_gaps_in_time_are_refused_with_their_place(tmp_path):
    dates = pd.date_range("2024-03-01", periods=42, freq="1min").delete([7, 8])
    timed(dates).to_csv(tmp_path / "a.csv", index=False)
    (found,) = findings_of(lambda: Forecast.from_csv(tmp_path / "a.csv", "y", time="t"))
    assert "line 9, column 't': holds '2024-03-01 00:09:00', 00:03:00 after" in found
    assert "where the step is 00:01:00" in found


def test_times_that_do_not_increase_or_are_none_are_refused():
    times = np.arange(40.0)
    times[[9, 20]] = [8.0, 18.0]
    (found,) = findings_of(lambda: Forecast.from_frames(timed(times), "y", time="t"))
    assert "row 9, column 't': holds '8.0', which is not later than the row before" in found
    text = ["monday"] * 40
    (found,) = findings_of(lambda: Forecast.from_frames(timed(text), "y", time="t"))
    assert "row 0, column 't': holds 'monday', which is no time (as do 39 more rows)" in found


def test_files_of_another_step_are_refused():
    one, two = timed(np.arange(40.0)), timed(np.arange(40.0) * 2)
    two["y"] += 1
    (found,) = findings_of(lambda: Forecast.from_frames([one, two], "y", time="t"))
    assert "train frame 1, column 't': has a step of 2, where train frame 0 has 1." in found
