"""Whole commands that run a league, and make its page again."""

import pytest

from cellcolony.cli import main
from tests.runs.leagues import TASKS, write_league

QUICK = [
    "--budget", "2networks", "--seeds", "1", "--method", "ants", "--n-ants", "2", "--n-layers", "1",
    "--n-nodes-per-layer", "2", "--cells", "simple", "--rivals", "persistence,ridge",
    "--order", "strict", "--workers", "1",
]  # fmt: skip


@pytest.fixture
def folder(tmp_path, monkeypatch):
    write_league(tmp_path)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_league_prints_its_tables_and_is_made_again(folder, capsys):
    assert main(["league", "league.toml", *QUICK, "--control", "random"]) == 0
    first = capsys.readouterr()
    for part in (
        "The evolved network beats the best rival by validation on",
        "2 of 2 have results",
        "ants, 2 networks each",
        "random search",
        "Models over 2 tasks, by mean rank of their test MAE",
        "cannot give a p below",
        "From validation to test",
    ):
        assert part in first.out
    assert "Run 1 of 2: wave, seed 0" in first.err
    assert "other, seed 0: the evolved network has valid" in first.err
    assert "\x1b" not in first.out + first.err
    out = folder / "runs" / "league"
    page = (out / "report.html").read_text()
    assert "<svg" in page
    assert "beats the best rival by validation" in page
    assert main(["league", "league.toml", *QUICK, "--control", "random"]) == 0
    again = capsys.readouterr()
    assert (again.out, again.err) == (first.out, "")
    (out / "report.html").unlink()
    assert main(["report", "runs/league"]) == 0
    assert (out / "report.html").read_text() == page
    assert main(["report", "runs/league", "--out", "page.html"]) == 0
    assert (folder / "page.html").read_text() == page
    for command in (["show"], ["report"]):
        assert main([*command, "runs/league/wave/seed-0"]) == 0
    assert main(["predict", "runs/league/wave/seed-0", "data/wave.csv", "--out", "p.csv"]) == 0


def test_a_run_that_fails_is_told_in_the_end_and_by_the_exit_status(folder, capsys):
    tasks = '[bad]\nfiles = "data/bad.csv"\ntarget = "y"\n' + TASKS
    (folder / "league.toml").write_text(tasks)
    assert main(["league", "league.toml", *QUICK, "--only", "bad,wave"]) == 2
    said = capsys.readouterr()
    assert "Models over 1 task" in said.out
    assert "bad, seed 0 failed: " in said.err
    assert "Error: 1 run failed.\nbad, seed 0: " in said.err
    assert "bad.csv" in said.err
    assert "Not run yet: other, seed 0." in said.out


def test_parts_are_named_on_the_command_line(folder, capsys):
    assert main(["league", "league.toml", *QUICK, "--part", "2/2", "--out", "shared"]) == 0
    assert not (folder / "shared" / "wave").exists()
    assert (folder / "shared" / "other" / "seed-0").is_dir()
    assert "1 of 2 have results" in capsys.readouterr().out


def test_a_league_without_a_run_says_that_there_is_none(folder, capsys):
    assert main(["league", "league.toml", *QUICK, "--part", "3/3", "--out", "none"]) == 0
    said = capsys.readouterr().out
    assert "0 of 2 have results" in said
    assert "Not run yet: wave, seed 0; other, seed 0." in said
    assert (folder / "none" / "report.html").exists()
    assert not (folder / "none" / "league.svg").exists()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "FILE"),
        (["nowhere.toml"], "nowhere.toml: the file cannot be read"),
        (["league.toml", "--only", "wavy"], "Did you mean 'wave'?"),
        (["league.toml", "--part", "3/2"], "`part` must be such as 2/5"),
        (["league.toml", "--seeds", "0"], "`seeds` must be a whole number"),
        (["league.toml", "--budget", "soon"], "A budget is one of"),
        (["league.toml", "--rivals", "rigde"], "rigde"),
        (["league.toml", "--control", "chance"], "chance"),
        (["league.toml", "--preset", "papre"], "Did you mean 'paper'?"),
        (["league.toml", "--method", "ant"], "Did you mean 'ants'?"),
        (["league.toml", "--protocol", "modren"], "Did you mean 'modern'?"),
    ],
)
def test_an_error_is_one_clear_message_and_nothing_is_begun(folder, capsys, arguments, message):
    assert main(["league", *arguments, "--out", "new"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("Error: ")
    assert message in said
    assert not (folder / "new").exists()


def test_what_is_no_league_is_refused_by_the_report(folder, capsys):
    assert main(["report", "."]) == 2
    assert "league.toml" in capsys.readouterr().err
