"""Runs that are repeated from their journals."""

import shutil
import signal
import time
from dataclasses import replace

import numpy as np
import pytest

from cellcolony.errors import RunError
from cellcolony.networks.train import Trainer
from cellcolony.runs.checkpoint import read_checkpoint
from cellcolony.runs.events import Asked, Done, SearchEnded, Told, TrainedAgain
from cellcolony.runs.replay.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.control import ControlStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.tasks.forecast import Forecast
from tests.runs.replayed import (
    ALONE,
    TOO_SLOW,
    N,
    ended,
    front_of,
    jitter,
    lines_of,
    often,
    searched,
    seen,
)  # fmt: skip
from tests.runs.settings import ANTS, TRAINING

__all__ = ["ended", "jitter", "often", "seen"]


def contents(folder):
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


def test_a_run_in_order_of_arrival_ends_in_the_same_state_and_nothing_is_written(ended):
    done = [line for line in lines_of(ended) if line["event"] == "done"]
    numbers = [line["number"] for line in done]
    assert numbers != sorted(numbers)
    before = contents(ended)
    replayed = replay(ended)
    search = replayed.search
    assert contents(ended) == before
    assert search is not None
    assert (search.n_asked, search.n_done) == (N, N)
    assert search.n_failed == sum("failure" in line for line in done) > 0
    assert [str(number) for number in search.front] == [row["candidate"] for row in front_of(ended)]
    assert search.is_over
    assert search.keepsake == "colony"
    # All but what 3 workers had in hand was told when the last was asked. What was told after that
    # is told one by one until the state is as it was left, which the last of them may not change.
    assert N - 3 <= search.n_told <= N
    assert replayed.trained is None
    state = read_checkpoint(ended).state
    assert state is not None
    assert search.at_checkpoint == state["ledger"]["n_asked"] > 0


def test_networks_of_several_draws_come_out_the_same_again(read, tmp_path):
    training = replace(TRAINING, window=0, draws=3)
    study = Study.of(read, ANTS, training=training, stages=ALONE)
    study.run("6 networks", out=tmp_path / "run", workers=2)
    trained = replay(tmp_path / "run", retrain=True, workers=1).trained
    assert trained is not None
    assert (trained.n_same, trained.different) == (6, {})


def searched_again(run, **settings):
    """Return what is compared of a search."""
    search = replay(run, **settings).search
    assert search is not None
    return search


def test_every_training_comes_out_the_same_with_any_number_of_workers(ended):
    for workers in (1, 3):
        trained = replay(ended, retrain=True, workers=workers).trained
        assert trained is not None
        assert trained.is_same
        n_slow = sum(line.get("failure") == TOO_SLOW for line in lines_of(ended))
        assert dict(trained.apart) == {TOO_SLOW: n_slow}
        assert trained.n_same == N - n_slow < N


def test_a_search_under_way_is_replayed_up_to_the_last_whole_line(seen):
    _, copies = seen
    assert len(copies) > 5
    found = []
    for copy in copies:
        whole = len(lines_of(copy))
        with (copy / "journal.jsonl").open("ab") as file:
            file.write(b'{"event": "done", "num')
        replayed = searched_again(copy)
        assert not replayed.is_over
        assert not replayed.keepsake
        assert replayed.n_asked + replayed.n_done == whole
        found.append(replayed)
    assert any(replayed.at_checkpoint for replayed in found)
    assert any(replayed.front for replayed in found)


def test_a_running_search_is_not_disturbed(read, tmp_path):
    replays = []

    def look(event):
        if isinstance(event, Told) and event.candidate.number % 9 == 0:
            replays.append(replay(tmp_path / "run"))

    result = searched(read, "20 networks", tmp_path / "run", on_event=look)
    assert result.n_done == 20
    assert len(replays) == 3


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_a_run_of_several_sessions_is_the_same(read, tmp_path, order):
    run = tmp_path / "run"
    searched(read, "12 networks", run, order=order)

    def interrupt(event):
        if isinstance(event, Told) and event.candidate.number == 18:
            signal.raise_signal(signal.SIGINT)

    resume(run, "30 networks", workers=3, on_event=interrupt)
    assert searched_again(run).is_over
    resume(run, workers=2)
    assert searched_again(run, retrain=True).n_done == 30


def test_a_run_that_met_its_loss_ends_with_results_that_it_was_not_told(
    read, tmp_path, monkeypatch
):
    run, train, events = tmp_path / "run", Trainer.train, []

    def wait(self, network, **settings):
        asked = [event for event in events if isinstance(event, Asked)]
        if asked and network is asked[0].candidate.genome:
            while not any(isinstance(event, Done) for event in events):
                time.sleep(0.01)
        return train(self, network, **settings)

    monkeypatch.setattr(Trainer, "train", wait)
    searched(read, "loss<1e9", run, seed=2, order="strict", on_event=events.append)
    replayed = searched_again(run)
    assert replayed.n_told == 1 < replayed.n_done


def test_trainings_that_the_end_cut_short_count_where_nothing_else_succeeded(
    read, tmp_path, monkeypatch
):
    run, train, events = tmp_path / "run", Trainer.train, []

    def wait(self, network, *, stop=None, **settings):
        while isinstance(events[-1], Asked) and stop is not None and not stop[0]:
            time.sleep(0.01)
        return train(self, network, stop=np.zeros(1, np.uint8), **settings)

    with monkeypatch.context() as patch:
        patch.setattr(Trainer, "train", wait)
        searched(read, "0.2s", run, seed=1, on_event=events.append)
    replayed = replay(run, retrain=True)
    search = replayed.search
    assert search is not None
    assert (search.n_done, search.is_over) == (2, True)
    assert search.front
    assert replayed.trained is not None
    assert replayed.trained.n_same == 0
    assert dict(replayed.trained.apart) == {"the end of the search cut its training short": 2}
    resume(run, "8 networks")
    trained = replay(run, retrain=True).trained
    assert trained is not None
    assert trained.n_same + sum(trained.apart.values()) == 8 + 2
    assert trained.is_same


@pytest.fixture(scope="module")
def controlled(read, tmp_path_factory):
    """A study with a control, and copies of its directory while that is under way."""
    path, folder, copies = tmp_path_factory.mktemp("run") / "run", tmp_path_factory.mktemp("on"), []

    def copy(event):
        if isinstance(event, Asked) and (path / "control" / "journal.jsonl").exists():
            copies.append(shutil.copytree(path, folder / str(len(copies))))

    searched(read, "8 networks", path, stages=(SearchStage(), ControlStage()), on_event=copy)
    return path, copies


def test_the_control_is_replayed_with_the_study(controlled):
    replayed = replay(controlled[0], retrain=True)
    control, trained = replayed.within["control"], replayed.trained
    assert (control.n_done, control.is_over, control.keepsake) == (8, True, "")
    assert trained is not None
    assert trained.is_same
    assert trained.n_same + sum(trained.apart.values()) == 16
    assert searched_again(controlled[0] / "control") == control


def test_a_search_is_over_when_its_control_is_under_way(controlled):
    for copy in controlled[1]:
        replayed = replay(copy)
        assert not replayed.has_ended
        assert replayed.search is not None
        assert replayed.search.is_over
        assert replayed.search.keepsake == "colony"
        assert not replayed.within["control"].is_over


def test_a_changed_control_is_named(controlled, tmp_path):
    run = shutil.copytree(controlled[0], tmp_path / "run")
    front = run / "control" / "front.csv"
    front.write_text(front.read_text().replace(",yes", ",no"))
    with pytest.raises(RunError, match=r"control is not what its journal leads to: `front.csv"):
        replay(run)


def test_data_from_memory_are_needed_for_training_alone(frame, tmp_path):
    task, run = Forecast.from_frames(frame, "wave"), tmp_path / "run"
    searched(task, "8 networks", run)
    assert searched_again(run).n_done == 8
    with pytest.raises(RunError, match="came from no file"):
        replay(run, retrain=True)
    trained = replay(run, retrain=True, task=task).trained
    assert trained is not None
    assert trained.is_same
    with pytest.raises(RunError, match="other data"):
        replay(run, retrain=True, task=Forecast.from_frames(frame[:290], "wave"))


def test_a_run_of_another_format_is_refused(ended, tmp_path):
    run = shutil.copytree(ended, tmp_path / "run")
    config = run / "config.toml"
    config.write_text(config.read_text().replace("format = 3", "format = 2"))
    with pytest.raises(RunError, match=r"`format` must be 3. Got 2"):
        replay(run)


def test_ctrl_c_leaves_a_training_at_once(ended):
    events = []

    def interrupt(event):
        events.append(event)
        if isinstance(event, TrainedAgain) and event.n_done == 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        replay(ended, retrain=True, workers=2, on_event=interrupt)
    trained = [event for event in events if isinstance(event, TrainedAgain)]
    assert [event.n_done for event in trained] == [1, 2, 3, 4, 5]
    assert not any(isinstance(event, SearchEnded) for event in events)
