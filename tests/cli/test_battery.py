"""Whole commands that run a battery of experiments."""

import pytest

from cellcolony.cli import main
from tests.runs.batteries import QUICK, begin_in_threads, write_series


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("battery")
    write_series(folder)
    (folder / "quick.toml").write_text(QUICK)
    return folder


def test_a_battery_prints_its_tables_goes_on_and_prints_them_again(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    assert main(["battery", "quick.toml", "--workers", "1"]) == 0
    first = capsys.readouterr()
    for part in ("Battery quick: 3 configurations, 6 of 6 runs finished, 3 networks each",
                 "Forecast of wave", "Table 2", "Table 3", "Structure coefficient",
                 "handed down", "Compared with random", "Warning: 2 pairs",
                 "Written to runs/quick"):  # fmt: skip
        assert part in first.out
    assert "0 of 6 runs done" in first.err
    assert "6 of 6 runs done; " in first.err
    assert "\x1b" not in first.out + first.err
    names = {path.name for path in (folder / "runs/quick").iterdir()}
    assert names == {"battery.toml", "begun.toml", "results.jsonl", "table_2.csv", "table_3.csv",
                     "coefficient.csv", "configurations.csv", "differences.csv", "levels.csv",
                     "battery.svg"}  # fmt: skip
    assert main(["battery", "quick.toml"]) == 0
    again = capsys.readouterr()
    assert again.out == first.out
    assert again.err == ""
    assert main(["battery", "runs/quick"]) == 0
    assert capsys.readouterr().out == first.out
    begin_in_threads(monkeypatch)
    assert main(["battery", "runs/quick", "--repeats", "3", "--workers", "2"]) == 0
    assert "9 of 9 runs finished" in capsys.readouterr().out


def test_parts_are_named_on_the_command_line(folder, monkeypatch, capsys):
    monkeypatch.chdir(folder)
    begin_in_threads(monkeypatch)
    quick = ["battery", "quick.toml", "--repeats", "1", "--workers", "1", "--out", "shared"]
    assert main([*quick, "--part", "2/2"]) == 0
    assert "1 of 3 runs finished" in capsys.readouterr().out
    assert (folder / "shared" / "results-2-of-2.jsonl").exists()
    assert main([*quick, "--part", "1/2"]) == 0
    assert "3 of 3 runs finished" in capsys.readouterr().out


def test_a_battery_of_the_program_takes_its_data_from_the_command_line(
    folder, tmp_path, monkeypatch, capsys
):
    monkeypatch.chdir(folder)
    begin_in_threads(monkeypatch)
    ended = tmp_path / "small"
    options = ["--target", "wave", "--repeats", "1", "--budget", "1network", "--workers", "1"]
    assert main(["battery", "small", "series.csv", *options, "--out", str(ended)]) == 0
    shown = capsys.readouterr().out
    assert "49 configurations, 49 of 49 runs finished, 1 network each" in shown
    assert "Table 1: how many configurations of each level stand among the best of 49" in shown
    assert "mean / median / best" in shown
    assert main(["battery", "small", "--out", str(ended)]) == 2
    said = capsys.readouterr().err
    assert "data.files (there 'series.csv', now nothing)" in said


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["smal"], "Did you mean 'small'?"),
        (["paper"], "there is no data"),
        (["paper", "nothing*.csv", "--target", "x"], "nothing*.csv"),
        (["paper", "series.csv", "--target", "wavy"], "wave"),
        (["quick.toml", "--repeats", "0"], "`repeats`"),
        (["quick.toml", "--workers", "0"], "`workers`"),
        (["quick.toml", "--part", "3/2"], "`part` must be such as 2/5"),
        (["quick.toml", "--budget", "soon"], "A budget is one of"),
        (["quick.toml", "--rank-by", "train"], "valid"),
        (["small", "series.csv", "--target", "wave", "--demo"], "`demo` excludes other data"),
        ([], "BATTERY"),
    ],
)
def test_an_error_is_one_clear_message(folder, monkeypatch, capsys, tmp_path, arguments, message):
    monkeypatch.chdir(folder)
    out = tmp_path / "out"
    assert main(["battery", *arguments, "--out", str(out)]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: ")
    assert message in said
    assert not out.exists()
