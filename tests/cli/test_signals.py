"""Ctrl-C and the request to end, in every phase of a study: it stops there, and all is made up."""

import json
import signal
import tomllib

import numpy as np
import pandas as pd
import pytest

from cellcolony.cli import main
from cellcolony.report import files
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.events import Compiling, Done, StageStarted
from cellcolony.runs.open import open_run
from cellcolony.runs.session import Session
from cellcolony.runs.stages import search
from tests.runs.runs import front, journal, scores

STUDY = (
    "--target", "wave", "--budget", "6networks", "--control", "random", "--rivals",
    "persistence,ridge,GRU,examm", "--order", "strict", "--workers", "2", "--method", "ants",
    "--cells", "simple", "--n-ants", "4", "--n-layers", "1", "--n-nodes-per-layer", "3",
)  # fmt: skip
SEEDS = (
    "--target", "wave", "--budget", "1h", "--budget", "5networks", "--rivals", "persistence",
    "--workers", "1", "--seeds", "2", "--cells", "simple",
)  # fmt: skip


@pytest.fixture(autouse=True)
def ctrl_c_is_heard():
    """A shell that starts tests in the background lets them ignore Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path, steps = tmp_path_factory.mktemp("data") / "wave.csv", np.arange(200)
    wave = np.sin(steps / 7) + 0.05 * np.random.default_rng(0).normal(size=200)
    pd.DataFrame({"wave": wave, "other": np.cos(steps / 7)}).to_csv(path, index=False)
    return str(path)


@pytest.fixture(scope="module")
def undisturbed(table, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "undisturbed"
    assert main(["search", table, *STUDY, "--out", str(out)]) == 0
    return out


def begins(phase, event):
    if phase == "compiling":
        return isinstance(event, Compiling)
    return isinstance(event, StageStarted) and event.stage == phase


@pytest.mark.parametrize(
    ("phase", "number"),
    [
        ("compiling", signal.SIGINT), ("control", signal.SIGTERM), ("methods", signal.SIGINT),
        ("ensemble", signal.SIGTERM), ("rivals", signal.SIGINT), ("rivals", signal.SIGTERM),
        ("scores", signal.SIGINT), ("importance", signal.SIGINT),
    ],
)  # fmt: skip
def test_a_signal_in_any_phase_leaves_with_130_and_resume_makes_up_for_what_is_missing(
    table, undisturbed, tmp_path, monkeypatch, capsys, phase, number
):
    out, emit, came = tmp_path / "run", Session.emit, []

    def interrupt(session, event):
        emit(session, event)
        if not came and begins(phase, event):
            came.append(event)
            signal.raise_signal(number)

    with monkeypatch.context() as patched:
        patched.setattr(Session, "emit", interrupt)
        assert main(["search", table, *STUDY, "--out", str(out)]) == 130
    assert came
    if phase == "compiling":  # nothing has happened
        assert not out.exists()
        return
    assert f"To go on: cellcolony resume {out}" in capsys.readouterr().err
    assert not (out / "result.toml").exists()
    assert main(["show", str(out)]) == 0
    assert main(["resume", str(out), "--workers", "1"]) == 0
    assert tomllib.loads((out / "result.toml").read_text())["interrupted"] is False
    assert main(["resume", str(out)]) == 0
    assert "Nothing is left to do" in capsys.readouterr().err
    one, other = open_run(out), open_run(undisturbed)
    assert journal(out) == journal(undisturbed)
    assert journal(out / "control") == journal(undisturbed / "control")
    assert front(one) == front(other)
    assert scores(one) == scores(other)


@pytest.mark.parametrize("nth", [1, 2])
def test_a_search_or_a_control_that_is_interrupted_before_its_first_candidate_is_gone_on_with(
    table, undisturbed, tmp_path, monkeypatch, capsys, nth
):
    out, run, calls = tmp_path / "run", search.run_search, []

    def interrupt(*given, **more):
        calls.append(given)
        if len(calls) == nth:
            signal.raise_signal(signal.SIGINT)
        return run(*given, **more)

    with monkeypatch.context() as patched:
        patched.setattr(search, "run_search", interrupt)
        assert main(["search", table, *STUDY, "--out", str(out)]) == 130
    if nth == 1:  # nothing has happened
        assert not out.exists()
        return
    assert f"To go on: cellcolony resume {out}" in capsys.readouterr().err
    assert main(["resume", str(out), "--workers", "1"]) == 0
    for folder in ("", "control"):
        assert journal(out / folder) == journal(undisturbed / folder)


def test_a_signal_while_the_report_is_written_says_how_to_have_it_written(
    table, tmp_path, monkeypatch, capsys
):
    out = tmp_path / "run"

    def interrupt(result):
        signal.raise_signal(signal.SIGTERM)

    with monkeypatch.context() as patched:
        patched.setattr(files, "page", interrupt)
        assert main(["search", table, *STUDY[:6], "--rivals", "ridge", "--out", str(out)]) == 130
    assert f"To go on: cellcolony resume {out}" in capsys.readouterr().err
    assert not (out / "report.html").exists()
    assert main(["resume", str(out)]) == 0
    assert (out / "report.html").read_text().rstrip().endswith("</html>")


def test_seeds_that_an_interrupt_leaves_are_run_by_the_same_command(
    table, tmp_path, monkeypatch, capsys
):
    out, came, observe = tmp_path / "seeds", [], Bookkeeping.emit

    def interrupt(books, event):
        if isinstance(event, Done) and not came:
            came.append(event)
            signal.raise_signal(signal.SIGINT)
        return observe(books, event)

    words = ["search", table, *SEEDS, "--out", str(out)]
    with monkeypatch.context() as patched:
        patched.setattr(Bookkeeping, "emit", interrupt)
        assert main(words) == 130
    assert "the same command runs the other 1 of 2 seeds" in capsys.readouterr().err
    assert sorted(one.name for one in out.iterdir()) == ["seed-0"]
    assert main(words) == 0
    assert sorted(one.name for one in out.iterdir()) == ["seed-0", "seed-1"]
    for run in out.iterdir():
        lines = map(json.loads, (run / "journal.jsonl").read_text().splitlines())
        assert sum(line["event"] == "done" and "cut_short" not in line for line in lines) >= 5
