"""`cellcolony watch`."""

import json
import shutil
from pathlib import Path

import pytest

from cellcolony.cli import main
from cellcolony.report import onlooker

KEPT = Path(__file__).parents[1] / "runs" / "kept" / "format-1"


@pytest.fixture
def dead(tmp_path):
    """A run that has written some lines and never ended."""
    run = tmp_path / "run"
    run.mkdir()
    shutil.copy(KEPT / "config.toml", run)
    lines = (KEPT / "journal.jsonl").read_text().splitlines(keepends=True)
    (run / "journal.jsonl").write_text("".join(lines[:-1]) + lines[-1][:30])
    return run


def test_once_prints_the_table_of_a_run_under_way(dead, capsys):
    assert main(["watch", str(dead), "--once"]) == 0
    shown = capsys.readouterr()
    for part in ("Search: seed 1", "best loss", "network 2, 15 weights", "Last written"):
        assert part in shown.out
    assert shown.err == ""


def test_an_ended_run_is_shown_and_left(capsys):
    assert main(["watch", str(KEPT)]) == 0
    assert "The search ended: 4 networks were done." in capsys.readouterr().out


def test_ctrl_c_leaves_without_an_error(dead, capsys, monkeypatch):
    def interrupt(seconds):
        raise KeyboardInterrupt

    monkeypatch.setattr(onlooker.time, "sleep", interrupt)
    assert main(["watch", str(dead)]) == 0
    shown = capsys.readouterr()
    assert "networks 1 done" in shown.out
    assert shown.err == ""


def test_what_cannot_be_watched_is_an_error_and_no_traceback(dead, capsys):
    assert main(["watch", str(dead.parent)]) == 2
    assert "is no run directory" in capsys.readouterr().err
    (dead / "journal.jsonl").write_text(json.dumps({"event": "asked"}) + "\n")
    assert main(["watch", str(dead)]) == 2
    shown = capsys.readouterr()
    assert "journal.jsonl, line 1 is damaged: `number` must be a whole number" in shown.err
