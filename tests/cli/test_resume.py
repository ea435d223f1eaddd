"""`cellcolony resume`, and how a search is ended."""

import signal
import subprocess
import time
from pathlib import Path

import pytest

from cellcolony.cli import main
from cellcolony.runs.session import leaving
from tests.test_cli import COMMAND, QUICK, wait_for, write_csv


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("resume")
    write_csv(folder / "burner.csv")
    return folder


def test_a_search_that_is_left_at_once_goes_on_later_and_then_has_nothing_left(
    folder, tmp_path, capsys
):
    out = tmp_path / "run"
    options = ["--target", "heat", "--budget", "1h", "--out", str(out), *QUICK]
    process = subprocess.Popen(
        [*COMMAND, "search", str(folder / "burner.csv"), *options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        wait_for(out / "front.csv", process)
        process.send_signal(signal.SIGTERM)
        time.sleep(0.001)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode in (0, 130), errors  # 0: what trained was done before the second
    n_done = (out / "journal.jsonl").read_text().count('"done"')
    assert main(["resume", str(out), "--budget", f"{n_done + 5}networks"]) == 0
    shown = capsys.readouterr()
    assert f"it goes on after {n_done} network" in shown.err
    assert f"{n_done + 5} networks" in shown.out
    assert main(["resume", str(out)]) == 0
    shown = capsys.readouterr()
    assert "Nothing is left to do: " in shown.err
    assert "Forecast of heat" in shown.out


def test_what_is_no_run_is_an_error_and_no_traceback(tmp_path, capsys):
    assert main(["resume", str(tmp_path)]) == 2
    assert "is no run directory" in capsys.readouterr().err


def test_the_demo_goes_on_with_the_series_that_it_made(tmp_path, capsys):
    run = tmp_path / "run"
    assert main(["demo", "--seed", "3", "--budget", "1network", "--out", str(run)]) == 0
    assert main(["resume", str(run), "--budget", "2networks"]) == 0
    assert "budget 2 networks" in capsys.readouterr().out
    config = run / "config.toml"
    text = config.read_text()
    assert "demo = 3" in text
    config.write_text(text.replace("demo = 3", "demo = 4"))
    assert main(["resume", str(run), "--budget", "3networks"]) == 2
    assert "was begun on other data" in capsys.readouterr().err
    config.write_text(text.replace("demo = 3", "demo = -1"))
    assert main(["resume", str(run), "--budget", "3networks"]) == 2
    assert "`demo` must be a whole number of at least 0. Got -1" in capsys.readouterr().err


def test_an_interrupted_command_tells_how_the_run_goes_on(tmp_path, capsys, monkeypatch):
    def leave(words, **options):
        with leaving(Path(words[1])):
            raise KeyboardInterrupt

    monkeypatch.setattr("cellcolony.cli.build", lambda words: leave)
    assert main(["resume", str(tmp_path)]) == 130
    assert capsys.readouterr().err == "Interrupted.\n"
    (tmp_path / "config.toml").write_text("")  # it is a run
    assert main(["resume", str(tmp_path)]) == 130
    assert capsys.readouterr().err == f"To go on: cellcolony resume {tmp_path}\nInterrupted.\n"
