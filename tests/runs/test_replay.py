"""Runs that are repeated from their journals."""

import signal
import time
from pathlib import Path

import numpy as np
import pytest

from cellcolony.errors import RunError
from cellcolony.networks.train import Trainer
from cellcolony.runs.checkpoint import read_checkpoint
from cellcolony.runs.events import Asked, Done, SearchEnded, Told, TrainedAgain
from cellcolony.runs.evolve import evolve
from cellcolony.runs.replaying.replay import replay
from cellcolony.runs.resume import resume
from cellcolony.tasks.forecast import Forecast
from tests.runs.replayed import TOO_SLOW, N, ended, front_of, jitter, lines_of, often, seen
from tests.runs.settings import ANTS, TRAINING

__all__ = ["ended", "jitter", "often", "seen"]

FORMAT_1 = Path(__file__).parent / "kept" / "format-1"


def contents(folder):
    return {p: (p.read_bytes(), p.stat().st_mtime_ns) for p in folder.rglob("*") if p.is_file()}


def test_a_run_in_order_of_arrival_ends_in_the_same_state_and_nothing_is_written(ended):
    done = [line for line in lines_of(ended) if line["event"] == "done"]
    numbers = [line["number"] for line in done]
    assert numbers != sorted(numbers)
    before = contents(ended)
    replayed = replay(ended)
    assert contents(ended) == before
    assert (replayed.n_asked, replayed.n_done) == (N, N)
    assert replayed.n_failed == sum("failure" in line for line in done) > 0
    assert [str(number) for number in replayed.front] == [row["id"] for row in front_of(ended)]
    assert replayed.is_over
    assert replayed.has_colony
    assert replayed.n_told == N
    assert replayed.trained is None
    state = read_checkpoint(ended).state
    assert state is not None
    assert replayed.at_checkpoint == state["standing"]["n_asked"] > 0


def test_every_training_comes_out_the_same_with_any_number_of_workers(ended):
    for workers in (1, 3):
        trained = replay(ended, train=True, workers=workers).trained
        assert trained is not None
        assert trained.is_same
        n_slow = sum(line.get("failure") == TOO_SLOW for line in lines_of(ended))
        assert dict(trained.apart) == {TOO_SLOW: n_slow}
        assert trained.n_same == N - n_slow < N


def test_a_search_under_way_is_replayed_up_to_the_last_whole_line(seen):
    _, copies = seen
    assert len(copies) > 5
    for copy in copies:
        whole = len(lines_of(copy))
        with (copy / "journal.jsonl").open("ab") as file:
            file.write(b'{"event": "done", "num')
        replayed = replay(copy)
        assert not replayed.is_over
        assert not replayed.has_colony
        assert replayed.n_asked + replayed.n_done == whole
    assert any(replay(copy).at_checkpoint for copy in copies)
    assert any(replay(copy).front for copy in copies)


def test_a_running_search_is_not_disturbed(read, tmp_path):
    replays = []

    def look(event):
        if isinstance(event, Told) and event.candidate.number % 9 == 0:
            replays.append(replay(tmp_path / "run"))

    result = evolve(
        read, ANTS, "30 networks", workers=2, protocol=TRAINING, out=tmp_path / "run", on_event=look
    )
    assert result.n_done == 30
    assert len(replays) == 4


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_a_run_of_several_sessions_is_the_same(read, tmp_path, order):
    run = tmp_path / "run"
    evolve(read, ANTS, "20 networks", order=order, protocol=TRAINING, out=run, workers=2)

    def interrupt(event):
        if isinstance(event, Told) and event.candidate.number == 30:
            signal.raise_signal(signal.SIGINT)

    resume(run, "50 networks", workers=3, on_event=interrupt)
    assert replay(run).is_over
    resume(run, workers=2)
    assert replay(run, train=True).n_done == 50


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
    evolve(
        read, ANTS, "loss<1e9", seed=2, order="strict", protocol=TRAINING, out=run, workers=2,
        on_event=events.append,
    )  # fmt: skip
    replayed = replay(run)
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
        evolve(
            read, ANTS, "0.2s", seed=1, workers=2, protocol=TRAINING, out=run,
            on_event=events.append,
        )  # fmt: skip
    replayed = replay(run, train=True)
    assert (replayed.n_done, replayed.is_over) == (2, True)
    assert replayed.front
    assert replayed.trained is not None
    assert replayed.trained.n_same == 0
    assert dict(replayed.trained.apart) == {"the end of the search cut its training short": 2}
    resume(run, "8 networks")
    trained = replay(run, train=True).trained
    assert trained is not None
    assert trained.n_same + sum(trained.apart.values()) == 8 + 2
    assert trained.is_same


def test_random_search_can_be_replayed_as_well(read, tmp_path):
    evolve(read, ANTS, "8 networks", protocol=TRAINING, out=tmp_path / "run", against="random")
    replayed = replay(tmp_path / "run" / "random")
    assert (replayed.n_done, replayed.is_over, replayed.has_colony) == (8, True, False)


def test_data_from_memory_are_needed_for_training_alone(frame, tmp_path):
    task, run = Forecast.from_frames(frame, "wave"), tmp_path / "run"
    evolve(task, ANTS, "8 networks", protocol=TRAINING, out=run)
    assert replay(run).n_done == 8
    with pytest.raises(RunError, match="came from no file"):
        replay(run, train=True)
    trained = replay(run, train=True, task=task).trained
    assert trained is not None
    assert trained.is_same
    with pytest.raises(RunError, match="other data"):
        replay(run, train=True, task=Forecast.from_frames(frame[:290], "wave"))


def test_a_run_of_an_older_format_is_refused():
    with pytest.raises(RunError, match=r"`format` must be 2 for a run to be replayed. Got 1"):
        replay(FORMAT_1)


def test_ctrl_c_leaves_a_training_at_once(ended):
    events = []

    def interrupt(event):
        events.append(event)
        if isinstance(event, TrainedAgain) and event.n_done == 5:
            signal.raise_signal(signal.SIGINT)

    with pytest.raises(KeyboardInterrupt):
        replay(ended, train=True, workers=2, on_event=interrupt)
    trained = [event for event in events if isinstance(event, TrainedAgain)]
    assert [event.n_done for event in trained] == [1, 2, 3, 4, 5]
    assert not any(isinstance(event, SearchEnded) for event in events)
