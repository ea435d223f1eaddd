"""`cellcolony watch`."""

import json
import shutil

import pytest

from cellcolony.cli import main
from cellcolony.report import watch_view
from tests.test_cli import QUICK, write_csv


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """A study that has ended."""
    folder = tmp_path_factory.mktemp("watch")
    file, out = write_csv(folder / "burner.csv"), folder / "ended"
    options = ["--target", "heat", "--budget", "4networks", "--workers", "1", "--out", str(out)]
    assert main(["search", str(file), *options, "--rivals", "persistence", *QUICK]) == 0
    return out


@pytest.fixture
def dead(ended, tmp_path):
    """A study that has written some lines and never ended: it was killed within a line."""
    run = tmp_path / "run"
    shutil.copytree(ended, run)
    for name in ("result.toml", "scores.csv", "front.csv"):
        (run / name).unlink()
    lines = (run / "journal.jsonl").read_text().splitlines(keepends=True)
    n_lines = [json.loads(line)["event"] for line in lines].index("done") + 1
    (run / "journal.jsonl").write_text("".join(lines[:n_lines]) + lines[n_lines][:30])
    return run


def test_once_prints_the_table_of_a_run_under_way(dead, capsys):
    capsys.readouterr()
    assert main(["watch", str(dead), "--once"]) == 0
    shown = capsys.readouterr()
    for part in ("Search: seed 0", "best loss", "network 0, ", "Last written"):
        assert part in shown.out
    assert shown.err == ""


def test_show_says_what_is_left_as_watch_does(ended, tmp_path, capsys):
    run = shutil.copytree(ended, tmp_path / "run")
    (run / "result.toml").unlink()
    lines = (run / "journal.jsonl").read_text().splitlines(keepends=True)
    n_lines = [json.loads(line)["event"] for line in lines].index("item") + 1
    (run / "journal.jsonl").write_text("".join(lines[:n_lines]))
    capsys.readouterr()
    left = "not known yet: rivals, scores on the test split, which columns matter."
    for words in (["show", str(run)], ["watch", str(run), "--once"]):
        assert main(words) == 0
        assert left in " ".join(capsys.readouterr().out.split())


def test_an_ended_run_is_shown_and_left(ended, capsys):
    assert main(["watch", str(ended)]) == 0
    assert "The search ended: 4 networks were done." in capsys.readouterr().out


def test_ctrl_c_leaves_without_an_error(dead, capsys, monkeypatch):
    def interrupt(seconds):
        raise KeyboardInterrupt

    capsys.readouterr()
    monkeypatch.setattr(watch_view.time, "sleep", interrupt)
    assert main(["watch", str(dead)]) == 0
    shown = capsys.readouterr()
    assert "networks 1 " in shown.out
    assert shown.err == ""


def test_what_cannot_be_watched_is_an_error_and_no_traceback(dead, capsys):
    assert main(["watch", str(dead.parent)]) == 2
    assert "is no run directory" in capsys.readouterr().err
    (dead / "journal.jsonl").write_text(json.dumps({"event": "asked"}) + "\n")
    assert main(["watch", str(dead)]) == 2
    shown = capsys.readouterr()
    assert "journal.jsonl, line 1: expected a line of a journal, got" in shown.err
    assert "`number`" in shown.err
