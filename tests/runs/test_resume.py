"""Runs that are killed, interrupted or wanted longer, and go on."""

import json
import random
import shutil
import signal
import time

import numpy as np
import pandas as pd
import pytest
from cellcolony.runs.evolve import evolve
from cellcolony.runs.stored import open_run

from cellcolony.errors import RunError
from cellcolony.judges import network_training
from cellcolony.runs import saving
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import read_checkpoint
from cellcolony.runs.events import Asked, Done, NothingLeft, SearchEnded, SearchStarted, Told
from cellcolony.runs.journal import TIMES
from cellcolony.runs.resume import resume
from cellcolony.store.lock import locked
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import ANTS, TRAINING

STRICT = {"seed": 1, "protocol": TRAINING, "order": "strict"}
N = 90


def journal(path):
    """Return a journal's lines that count, sorted by number and without times."""
    lines = [json.loads(line) for line in (path / "journal.jsonl").read_text().splitlines()]
    counted = [line for line in lines if "cut_short" not in line]
    plain = [{key: line[key] for key in line if key not in TIMES} for line in counted]
    return sorted(plain, key=lambda line: (line["number"], line["event"]))


def numbers_of_front(result):
    return [(champion.number, champion.loss) for champion in result.front]


@pytest.fixture(autouse=True)
def often(monkeypatch):
    """Let checkpoints be written often."""
    monkeypatch.setattr(saving, "CANDIDATES", 7)
    monkeypatch.setattr(saving, "SECONDS", 0.0)


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, read):
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    return evolve(read, ANTS, f"{N} networks", out=path, **STRICT)


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory, read):
    """A run directory as kills would have left it, at random events of a run on 2 workers."""
    folder, path = tmp_path_factory.mktemp("snapshots"), tmp_path_factory.mktemp("killed") / "run"
    chance, taken = random.Random(4), []

    def snap(event):
        if isinstance(event, (Asked, Done, Told, SearchEnded)) and chance.random() < 0.03:
            taken.append(folder / str(len(taken)))
            shutil.copytree(path, taken[-1])

    patched = pytest.MonkeyPatch()
    patched.setattr(saving, "CANDIDATES", 7)
    patched.setattr(saving, "SECONDS", 0.0)
    evolve(read, ANTS, f"{N} networks", out=path, workers=2, on_event=snap, **STRICT)
    patched.undo()
    return taken


def test_a_strict_run_that_was_killed_anywhere_goes_on_as_if_undisturbed(snapshots, undisturbed):
    assert len(snapshots) > 4
    chance = random.Random(1)
    for snapshot in chance.sample(snapshots, 4):
        with (snapshot / "journal.jsonl").open("ab") as file:
            file.write(b'{"event": "asked", "num'[: chance.randrange(20)])
        again = resume(snapshot)
        assert journal(snapshot) == journal(undisturbed.path)
        assert numbers_of_front(again) == numbers_of_front(undisturbed)
        assert (again.n_done, again.n_failed) == (N, undisturbed.n_failed)
        assert [s.mae for s in again.scores] == [s.mae for s in undisturbed.scores]


def test_checkpoints_are_written_and_used(snapshots, monkeypatch, undisturbed):
    last = shutil.copytree(snapshots[-1], snapshots[-1].with_name("used"))
    before = read_checkpoint(last)
    assert before.state is not None
    assert before.offset > 0
    asked = []
    ask = type(ANTS.start(["a"], ["a"], np.random.default_rng(0))).ask
    name = "cellcolony.search.ants.search.AntSearch.ask"
    monkeypatch.setattr(
        name, lambda self, number, rng: asked.append(number) or ask(self, number, rng)
    )
    resume(last)
    assert min(asked, default=N) >= before.state["standing"]["n_asked"] > 0
    assert journal(last) == journal(undisturbed.path)


@pytest.mark.parametrize("damage", ["missing", "arrays", "json"])
def test_without_a_checkpoint_the_journal_alone_will_do(snapshots, undisturbed, tmp_path, damage):
    run = shutil.copytree(snapshots[-1], tmp_path / "run")
    for file in run.glob("checkpoint-*" if damage == "arrays" else "checkpoint.json"):
        if damage == "missing":
            file.unlink()
        else:
            file.write_bytes(file.read_bytes()[:-10])
    with pytest.raises(RunError, match="give a --budget"):
        resume(run)
    resume(run, f"{N} networks")
    assert journal(run) == journal(undisturbed.path)


def test_a_journal_that_lost_lines_to_a_power_cut_goes_on_from_what_is_left(
    snapshots, undisturbed, tmp_path
):
    run = shutil.copytree(snapshots[-1], tmp_path / "run")
    lines = (run / "journal.jsonl").read_bytes().splitlines(keepends=True)
    (run / "journal.jsonl").write_bytes(b"".join(lines[:20]))
    resume(run)
    assert journal(run) == journal(undisturbed.path)


@pytest.mark.parametrize("order", ["strict", "arrival"])
def test_an_ended_run_goes_on_with_a_larger_budget(read, undisturbed, tmp_path, order):
    run = tmp_path / "run"
    evolve(read, ANTS, "70 networks", out=run, **{**STRICT, "order": order})
    result = resume(run, f"{N} networks", workers=1)
    assert result.n_done == N
    assert result.outcome is not None
    assert result.outcome.reason == f"{N} networks were done"
    if order == "strict":
        assert journal(run) == journal(undisturbed.path)
    assert [s.mae for s in open_run(run).scores] == [s.mae for s in result.scores]


def test_with_nothing_left_to_do_it_says_so(undisturbed):
    events = []
    before = (undisturbed.path / "journal.jsonl").read_bytes()
    result = resume(undisturbed.path, on_event=events.append)
    assert events == [NothingLeft(f"{N} networks are done")]
    assert numbers_of_front(result) == numbers_of_front(undisturbed)
    assert (undisturbed.path / "journal.jsonl").read_bytes() == before


def test_an_interrupt_lets_what_trains_end_and_the_run_goes_on_later(read, undisturbed, tmp_path):
    run = tmp_path / "run"

    def interrupt(event):
        if isinstance(event, Told) and event.candidate.number == 11:
            signal.raise_signal(signal.SIGTERM)

    result = evolve(read, ANTS, f"{N} networks", out=run, workers=2, on_event=interrupt, **STRICT)
    assert result.outcome is not None
    assert result.outcome.interrupted
    assert result.n_done < N
    again = resume(run)
    assert journal(run) == journal(undisturbed.path)
    assert again.outcome is not None
    assert again.outcome.search_seconds > result.outcome.search_seconds
    assert not again.outcome.interrupted


def test_a_second_interrupt_leaves_at_once_and_the_run_goes_on_later(read, undisturbed, tmp_path):
    run = tmp_path / "run"

    def interrupt(event):
        if isinstance(event, Told) and event.candidate.number == 11:
            signal.raise_signal(signal.SIGINT)
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        evolve(read, ANTS, f"{N} networks", out=run, workers=2, on_event=interrupt, **STRICT)
    assert open_run(run).outcome is None
    assert (run / "colony.safetensors").exists()
    resume(run)
    assert journal(run) == journal(undisturbed.path)


def test_what_was_cut_short_for_want_of_better_is_trained_again(
    read, undisturbed, tmp_path, monkeypatch
):
    run, full = tmp_path / "run", network_training.NetworkTraining

    class Slow(full):
        def __call__(self, candidate):
            while not self._stop[0]:
                time.sleep(0.01)
            return full(self._trainer, np.zeros(1, np.uint8))(candidate)

    monkeypatch.setattr(network_training, "NetworkTraining", Slow)
    early = evolve(read, ANTS, "0.2s", out=run, workers=2, **STRICT)
    assert early.n_done == 2
    monkeypatch.setattr(network_training, "NetworkTraining", full)
    resume(run, f"{N} networks")
    assert journal(run) == journal(undisturbed.path)
    assert numbers_of_front(open_run(run)) == numbers_of_front(undisturbed)


def test_a_budget_of_time_covers_all_sessions(read, tmp_path):
    run, events = tmp_path / "run", []
    first = evolve(read, ANTS, "0.3s", out=run, **STRICT)
    assert first.outcome is not None
    resume(run, on_event=events.append)
    assert "its time was up" in events[0].reason
    limit = round(first.outcome.search_seconds + 0.3, 3)
    result = resume(run, f"{limit}s", on_event=events.append)
    (started,) = [event for event in events if isinstance(event, SearchStarted)]
    assert started.seconds >= 0.3
    assert started.n_done > 0
    assert result.outcome is not None
    assert limit <= result.outcome.search_seconds < limit + 5
    assert read_checkpoint(run).budget == Budget(seconds=limit)


def test_a_run_that_another_process_writes_is_refused(undisturbed):
    with locked(undisturbed.path), pytest.raises(RunError, match="another process"):
        resume(undisturbed.path)


def test_a_run_that_is_under_way_is_refused(read, tmp_path):
    run, refused = tmp_path / "run", []

    def also(event):
        if isinstance(event, SearchStarted):
            with pytest.raises(RunError, match="another process"):
                resume(run)
            refused.append(event)

    evolve(read, ANTS, "3 networks", out=run, on_event=also, **STRICT)
    assert refused


@pytest.fixture
def ended(undisturbed, tmp_path):
    return shutil.copytree(undisturbed.path, tmp_path / "ended")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n_ants = 4", "n_ants = 5", r"search.n_ants \(there 4, now 5\)"),
        ("epochs = 2", "epochs = 3", r"protocol.epochs \(there 2, now 3\)"),
        ("seed = 1", "seed = 2", r"seed \(there 1, now 2\)"),
        ('order = "strict"', 'order = "arrival"', r"order \(there 'strict', now 'arrival'\)"),
        ("format = 2", "format = 3", r"config.toml.*`format` must be 1 or 2. Got 3"),
        ("format = 2", "format = 1", r"config.toml.*`format` must be 2.* Got 1"),
        ('method = "AntSwarm"', "", r"search.method \(there 'AntSwarm', now nothing\)"),
    ],
)
def test_changed_settings_are_refused_by_name_and_both_values(ended, old, new, message):
    text = (ended / "config.toml").read_text()
    assert old in text
    (ended / "config.toml").write_text(text.replace(old, new, 1))
    with pytest.raises(RunError, match=message):
        resume(ended, "200 networks")


def test_changed_settings_are_noticed_by_the_networks_where_the_checkpoint_is_gone(ended):
    (ended / "checkpoint.json").unlink()
    text = (ended / "config.toml").read_text()
    (ended / "config.toml").write_text(text.replace("n_ants = 4", "n_ants = 5", 1))
    with pytest.raises(RunError, match="Candidate 0 comes out otherwise"):
        resume(ended, "200 networks")


def test_changed_data_are_refused_and_the_file_is_named(read, data, tmp_path, frame):
    run, copy = tmp_path / "run", tmp_path / "copy.csv"
    shutil.copy(data, copy)
    evolve(Forecast.from_csv(copy, "wave"), ANTS, "3 networks", out=run, **STRICT)
    frame.assign(wave=frame["wave"] + 1).to_csv(copy, index=False)
    with pytest.raises(RunError, match=r"other data: .*copy.csv \(fingerprint there \w{8}, now"):
        resume(run, "4 networks")
    copy.unlink()
    with pytest.raises(ValueError, match=r"copy\.csv"):
        resume(run, "4 networks")
    assert resume(run, "4 networks", task=read).n_done == 4


def test_data_scaled_otherwise_are_refused(data, ended):
    other = Forecast.from_csv(data, "wave", scale="minmax")
    with pytest.raises(RunError, match=r"scaled otherwise: input_offset \(there"):
        resume(ended, "200 networks", task=other)


def test_data_from_memory_have_to_be_given_again(frame, tmp_path):
    task, run = Forecast.from_frames(frame, "wave"), tmp_path / "run"
    evolve(task, ANTS, "3 networks", out=run, **STRICT)
    with pytest.raises(RunError, match="came from no file"):
        resume(run, "4 networks")
    assert resume(run, "4 networks", task=task).n_done == 4


@pytest.mark.parametrize(
    "line",
    [
        b"[]", b"{}", b'{"event": "done", "number": 99, "at": 1}', b'{"event": "asked"}',
        b'{"event": "done", "number": 3, "loss": 1, "at": 1, "seconds": 0, "n_steps": 0, '
        b'"curve": [], "weights": "!!"}',
        b'{"event": "asked", "number": 90, "told": 500, "at": 1}', b"nonsense",
    ],
)  # fmt: skip
def test_a_journal_with_a_line_that_cannot_be_is_named(ended, line):
    with (ended / "journal.jsonl").open("ab") as file:
        file.write(line + b"\n")
    with pytest.raises(RunError, match=r"journal\.jsonl"):
        resume(ended, "200 networks")


def test_what_is_no_run_directory_is_named(tmp_path):
    with pytest.raises(RunError, match="no run directory"):
        resume(tmp_path)


def test_names_of_files_stay_when_a_run_goes_on_elsewhere(tmp_path, frame, monkeypatch):
    (tmp_path / "elsewhere").mkdir()
    frame.to_csv(tmp_path / "wave.csv", index=False)
    monkeypatch.chdir(tmp_path)
    evolve(Forecast.from_csv("wave.csv", "wave"), ANTS, "3 networks", out="run", **STRICT)
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = resume(tmp_path / "run", "4 networks")
    assert [file.name for file in result.data.files] == ["wave.csv"]
    assert isinstance(result.predict(pd.read_csv(tmp_path / "wave.csv")), pd.DataFrame)
