"""Searches for forecasts that are killed, interrupted or wanted longer, and go on."""

import random
import shutil
import time
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.training import networks as network_training
from cellcolony.runs import recorder
from cellcolony.runs.budget import Budget
from cellcolony.runs.checkpoint import read_checkpoint
from cellcolony.runs.events import (
    Asked,
    Done,
    NothingLeft,
    SearchEnded,
    SearchStarted,
    Told,
    Warned,
)  # fmt: skip
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.search import SearchStage
from cellcolony.search.ants import AntSearch
from cellcolony.store.lock import locked
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
from tests.runs.runs import Nth, front, interrupting, items, journal, outcome, same, scores

N = 36

pytestmark = pytest.mark.usefixtures("often")


def search(task, **how):
    """Return a study of a forecast of which the first is told long before the last is asked."""
    study = settings.forecast(task, **how)
    return replace(study, config=study.config.with_stage(SearchStage(window=20)))


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory, read):
    path = tmp_path_factory.mktemp("undisturbed") / "run"
    return search(read).run(f"{N} networks", out=path)


@pytest.fixture(scope="module")
def snapshots(tmp_path_factory, read):
    """A run directory as kills would have left it, at random events of a run on 2 workers."""
    folder, path = tmp_path_factory.mktemp("snapshots"), tmp_path_factory.mktemp("killed") / "run"
    chance, taken = random.Random(4), []

    def snap(event):
        if isinstance(event, (Asked, Done, Told, SearchEnded)) and chance.random() < 0.08:
            taken.append(folder / str(len(taken)))
            shutil.copytree(path, taken[-1])

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(recorder, "CANDIDATES", 7)
        patched.setattr(recorder, "SECONDS", 0.0)
        search(read).run(f"{N} networks", out=path, workers=2, on_event=snap)
    return taken


def test_a_strict_run_that_was_killed_anywhere_goes_on_as_if_undisturbed(snapshots, undisturbed):
    assert len(snapshots) > 4
    chance = random.Random(1)
    for snapshot in chance.sample(snapshots, 3):
        with (snapshot / "journal.jsonl").open("ab") as file:
            file.write(b'{"event": "asked", "num'[: chance.randrange(20)])
        again = resume(snapshot)
        same(again, undisturbed)
        assert (again.n_done, again.n_failed) == (N, undisturbed.n_failed)


def test_checkpoints_are_written_and_used(snapshots, monkeypatch, undisturbed):
    last = shutil.copytree(snapshots[-1], snapshots[-1].with_name("used"))
    before = read_checkpoint(last)
    assert before.state is not None
    assert before.header.offset > 0
    asked = []
    ask = AntSearch.ask
    monkeypatch.setattr(
        AntSearch, "ask", lambda self, number, rng: asked.append(number) or ask(self, number, rng)
    )
    resume(last)
    assert min(asked, default=N) >= before.state["ledger"]["n_asked"] > 0
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
    (run / "journal.jsonl").write_bytes(b"".join(lines[:30]))
    resume(run)
    assert journal(run) == journal(undisturbed.path)


@pytest.mark.parametrize("order", ["strict", "arrival"])
def test_an_ended_run_goes_on_with_a_larger_budget(read, undisturbed, tmp_path, order):
    run = tmp_path / "run"
    events = []
    search(read, order=order).run("28 networks", out=run)
    result = resume(run, f"{N} networks", workers=1, on_event=events.append)
    assert result.n_done == N
    assert outcome(result).reason == f"{N} networks were done"
    if order == "strict":
        assert journal(run) == journal(undisturbed.path)
        assert scores(result) == scores(undisturbed)
    assert open_run(run).scores == result.scores
    assert outcome(result).test_readings == 2  # and this is said
    (warned,) = [event.text for event in events if isinstance(event, Warned)]
    assert "The test split has been scored once before in this study" in warned


def test_a_run_killed_after_it_read_the_test_split_has_read_it_once(read, undisturbed, tmp_path):
    run = shutil.copytree(undisturbed.path, tmp_path / "run")
    for name in ("result.toml", "test_predictions.csv"):
        (run / name).unlink()
    events = []
    same(resume(run, on_event=events.append), undisturbed)
    assert not [event for event in events if isinstance(event, Warned)]


def test_what_a_colony_has_learned_is_kept_where_a_kill_came_before_that(undisturbed, tmp_path):
    path = shutil.copytree(undisturbed.path, tmp_path / "copy")
    for name in ("result.toml", "colony.safetensors"):
        (path / name).unlink()
    resume(path)
    kept = (undisturbed.path / "colony.safetensors").read_bytes()
    assert (path / "colony.safetensors").read_bytes() == kept


def test_with_nothing_left_to_do_it_says_so(undisturbed):
    events = []
    before = (undisturbed.path / "journal.jsonl").read_bytes()
    result = resume(undisturbed.path, on_event=events.append)
    assert events == [NothingLeft(f"{N} candidates are done")]
    assert front(result) == front(undisturbed)
    assert (undisturbed.path / "journal.jsonl").read_bytes() == before


def test_an_interrupt_lets_what_trains_end_and_the_run_goes_on_later(read, undisturbed, tmp_path):
    run = tmp_path / "run"
    observe = interrupting(Nth(Told, 12))
    result = search(read).run(f"{N} networks", out=run, workers=2, on_event=observe)
    assert outcome(result).interrupted
    assert result.n_done < N
    assert {score.split for score in result.scores} == {"valid", "test"}  # what follows was done
    again = resume(run)
    assert journal(run) == journal(undisturbed.path)
    assert scores(again) == scores(undisturbed)
    assert outcome(again).search_seconds > outcome(result).search_seconds
    assert not outcome(again).interrupted
    assert outcome(again).test_readings == 2


def test_a_second_interrupt_leaves_at_once_and_the_run_goes_on_later(read, undisturbed, tmp_path):
    run, observe = tmp_path / "run", interrupting(Nth(Told, 12), n=2)
    with pytest.raises(KeyboardInterrupt):
        search(read).run(f"{N} networks", out=run, workers=2, on_event=observe)
    assert open_run(run).outcome is None
    assert (run / "colony.safetensors").exists()
    assert not items(run)  # the test split was not read
    same(resume(run), undisturbed)


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
    early = search(read).run("0.2s", out=run, workers=2)
    assert early.n_done == 2
    monkeypatch.setattr(network_training, "NetworkTraining", full)
    resume(run, f"{N} networks")
    assert journal(run) == journal(undisturbed.path)
    assert front(open_run(run)) == front(undisturbed)


def test_a_budget_of_time_covers_all_sessions(read, tmp_path):
    run, events = tmp_path / "run", []
    first = search(read).run("0.3s", out=run)
    resume(run, on_event=events.append)
    assert "its time was up" in events[0].reason
    limit = round(outcome(first).search_seconds + 0.3, 3)
    result = resume(run, f"{limit}s", on_event=events.append)
    (started,) = [event for event in events if isinstance(event, SearchStarted)]
    assert started.seconds >= 0.3
    assert started.n_done > 0
    assert limit <= outcome(result).search_seconds < limit + 5
    assert read_checkpoint(run).header.budget == Budget(seconds=limit)


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

    search(read).run("3 networks", out=run, on_event=also)
    assert refused


@pytest.fixture
def ended(undisturbed, tmp_path):
    return shutil.copytree(undisturbed.path, tmp_path / "ended")


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("n_ants = 4", "n_ants = 5", r"method.n_ants \(there 4, now 5\)"),
        ("epochs = 2", "epochs = 3", r"training.epochs \(there 2, now 3\)"),
        ("seed = 1", "seed = 2", r"seed \(there 1, now 2\)"),
        ('order = "strict"', 'order = "arrival"', r"order \(there 'strict', now 'arrival'\)"),
        ("format = 3", "format = 4", r"config.toml.*`format` must be 3. Got 4"),
        ("format = 3", "format = 1", r"config.toml.*`format` must be 3. Got 1"),
        ('name = "ants"', "", r"\[method\]: `name` is missing"),
        ("n_ants = 4", "n_ant = 4", r"n_ant.*n_ants"),
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
    search(Forecast.from_csv(copy, "wave")).run("3 networks", out=run)
    frame.assign(wave=frame["wave"] + 1).to_csv(copy, index=False)
    with pytest.raises(RunError, match=r"other data: .*copy.csv \(fingerprint there \w{8}, now"):
        resume(run, "4 networks")
    copy.unlink()
    with pytest.raises(ValueError, match=r"copy\.csv"):
        resume(run, "4 networks")
    assert resume(run, "4 networks", task=read).n_done == 4


def test_data_scaled_otherwise_are_refused(data, ended):
    other = Forecast.from_csv(data, "wave", scale="minmax")
    with pytest.raises(RunError, match=r"scaled otherwise: transform.input_offset \(there"):
        resume(ended, "200 networks", task=other)


def test_data_from_memory_have_to_be_given_again(frame, tmp_path):
    task, run = Forecast.from_frames(frame, "wave"), tmp_path / "run"
    search(task).run("3 networks", out=run)
    with pytest.raises(RunError, match="came from no file"):
        resume(run, "4 networks")
    assert resume(run, "4 networks", task=task).n_done == 4


@pytest.mark.parametrize(
    "line",
    [
        b"[]", b"{}", b'{"event": "done", "number": 99, "at": 1}', b'{"event": "asked"}',
        b'{"event": "done", "number": 3, "loss": 1, "at": 1, "seconds": 0, "n_steps": 0, '
        b'"curve": [], "weights": "!!"}',
        b'{"event": "asked", "number": 36, "told": 500, "at": 1}', b"nonsense",
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
    search(Forecast.from_csv("wave.csv", "wave")).run("3 networks", out="run")
    monkeypatch.chdir(tmp_path / "elsewhere")
    result = resume(tmp_path / "run", "4 networks")
    assert [file.name for file in result.data.files] == ["wave.csv"]
    assert isinstance(result.predict(pd.read_csv(tmp_path / "wave.csv")), pd.DataFrame)


def test_files_that_have_moved_are_named_anew(tmp_path, frame):
    first, run = tmp_path / "wave.csv", tmp_path / "run"
    frame.to_csv(first, index=False)
    study = search(Forecast.from_csv(first, "wave"))
    study.run("3 networks", out=run)
    moved = first.rename(tmp_path / "moved.csv")
    with pytest.raises(ValueError, match=r"wave\.csv.*\n?.*name them anew: --train"):
        resume(run, "4 networks")
    assert resume(run, "4 networks", files={"train": [str(moved)]}).n_done == 4
    (tmp_path / "other.csv").write_text(moved.read_text().replace("1", "2"))
    with pytest.raises(RunError, match="other data"):
        resume(run, "5 networks", files={"train": [str(tmp_path / "other.csv")]})
    assert resume(run, "4 networks").n_done == 4  # nothing is left, and nothing is read


@pytest.mark.parametrize("wanted", [{"epochs": 3}, {"tuned": ("lstm",)}])
def test_what_a_search_for_forecasts_has_not_cannot_grow(undisturbed, wanted):
    with pytest.raises(ConfigError, match="is for s"):
        resume(undisturbed.path, **wanted)
