import csv
import json
import shutil

import numpy as np
import pandas as pd
import pytest
from cellcolony.runs.evolve import evolve
from cellcolony.runs.stored import open_run

from cellcolony.contract import Evaluation
from cellcolony.errors import ConfigError, GenomeError, RunError
from cellcolony.judges import network_training
from cellcolony.networks.train import Trainer
from cellcolony.runs import session as sessions
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Compiling, Scoring, SearchEnded, SearchStarted
from cellcolony.runs.journal import TIMES
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import ANTS, TRAINING


def journal(path):
    """Return a journal's lines, sorted by number and without times."""
    lines = [json.loads(line) for line in (path / "journal.jsonl").read_text().splitlines()]
    lines = [{key: line[key] for key in line if key not in TIMES} for line in lines]
    return sorted(lines, key=lambda line: (line["number"], line["event"]))


@pytest.fixture(scope="module")
def run(tmp_path_factory, task):
    path = tmp_path_factory.mktemp("evolve") / "run"
    return evolve(task, ANTS, "12 networks", seed=1, protocol=TRAINING, out=path)


def test_a_run_gives_the_best_network_the_front_and_the_rivals(run):
    assert run.best is run.front[-1].network
    assert run.n_done == 12
    losses = [champion.loss for champion in run.front]
    sizes = [champion.network.n_weights for champion in run.front]
    assert losses == sorted(losses, reverse=True)
    assert sizes == sorted(sizes)
    assert {score.model for score in run.rivals} >= {
        "persistence",
        "ridge-1",
        "ridge-4",
        "ridge-12",
    }
    assert len({score.n_rows for score in run.scores if score.split == "test"}) == 1
    assert {score.split for score in run.scores} == {"valid", "test"}


def test_the_test_score_is_that_of_the_predictions_in_own_units(run, task, frame):
    forecasts = run.predict(frame)["wave"].to_numpy()
    rows = np.arange(255, 300) - 1  # the last 15 % are the test split's targets
    mae = np.abs(forecasts[rows] - frame["wave"].to_numpy()[rows + 1]).mean()
    (score,) = [s for s in run.scores if (s.network, s.split) == (run.chosen.number, "test")]
    assert score.n_rows == len(rows)
    assert score.mae == pytest.approx(mae, rel=1e-5)


def test_a_run_directory_is_read_as_the_run_was(run, frame):
    read = open_run(run.path)
    assert read.scores == run.scores
    assert read.outcome == run.outcome
    assert read.data == run.data
    assert (read.n_done, read.n_failed) == (run.n_done, run.n_failed)
    assert [c.number for c in read.front] == [c.number for c in run.front]
    pd.testing.assert_frame_equal(read.predict(frame), run.predict(frame))


def test_a_result_is_short_where_it_is_echoed(run):
    assert f"network {run.chosen.number} of 12" in repr(run)
    assert len(repr(run)) < 300


def test_the_front_file_marks_one_network_and_holds_test_scores(run):
    with (run.path / "front.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["id"] for row in rows if row["chosen"] == "yes"] == [str(run.chosen.number)]
    assert all(float(row["test_mae"]) > 0 for row in rows)
    folders = {path.name for path in (run.path / "champions").iterdir()}
    assert folders == {row["id"] for row in rows}


def test_the_test_split_is_touched_only_at_the_end(task, monkeypatch):
    touched, scoring, series = [], [], Forecast.series

    def watched(self, split, residual):
        touched.append((split, bool(scoring)))
        return series(self, split, residual)

    monkeypatch.setattr(Forecast, "series", watched)

    def note(event):
        scoring.extend([event] if isinstance(event, Scoring) else [])

    evolve(task, ANTS, "3 networks", protocol=TRAINING, on_event=note)
    assert ("test", True) in touched
    assert ("test", False) not in touched


def test_a_network_of_the_front_can_be_chosen_for_prediction(run, frame):
    smallest = run.front[0].number
    assert run.predict(frame, smallest).shape == (300, 1)
    with pytest.raises(RunError, match="no network 999 on the front"):
        run.predict(frame, 999)


def test_forecasts_keep_the_tables_index_and_reach_beyond_its_end(run, frame):
    dated = frame.set_index(pd.date_range("2024-01-01", periods=300, freq="min"))
    forecasts = run.predict(dated)
    assert forecasts.index.equals(dated.index)
    assert list(forecasts) == ["wave"]
    assert np.isfinite(forecasts.to_numpy()).all()


@pytest.mark.parametrize("settings", [{}, {"order": "strict", "workers": 2}])
def test_the_same_seed_gives_the_same_run(run, task, tmp_path, settings):
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        evolve(task, ANTS, "12 networks", seed=1, protocol=TRAINING, out=path, **settings)
    assert journal(paths[0]) == journal(paths[1])
    if not settings:
        assert journal(paths[0]) == journal(run.path)


def test_strict_order_is_the_same_run_for_1_and_2_workers(task, tmp_path):
    for workers in (1, 2):
        evolve(task, ANTS, "80 networks", seed=2, protocol=TRAINING, workers=workers,
               order="strict", out=tmp_path / str(workers))  # fmt: skip
    assert journal(tmp_path / "1") == journal(tmp_path / "2")
    assert (tmp_path / "1" / "config.toml").read_text() == (
        tmp_path / "2" / "config.toml"
    ).read_text()


def test_another_seed_gives_another_run(run, task, tmp_path):
    evolve(task, ANTS, "12 networks", seed=2, protocol=TRAINING, out=tmp_path / "run")
    assert journal(tmp_path / "run") != journal(run.path)


def test_several_targets_further_ahead_are_scored_each(frame, tmp_path):
    two = Forecast.from_frames(frame, ["other", "wave"], horizon=3, scale="zscore")
    result = evolve(two, ANTS, "3 networks", protocol=TRAINING, out=tmp_path / "run")
    assert {score.target for score in result.scores} == {"wave", "other"}
    read = open_run(tmp_path / "run")
    pd.testing.assert_frame_equal(read.predict(frame), result.predict(frame))
    assert list(read.predict(frame)) == ["other", "wave"]


def test_events_come_in_order(task):
    events = []
    evolve(task, ANTS, Budget(2), protocol="paper", on_event=events.append)
    kinds = [type(event) for event in events]
    phases = [k for k in kinds if k in (Compiling, SearchStarted, SearchEnded, Scoring)]
    assert phases == [Compiling, SearchStarted, SearchEnded, Scoring]
    assert kinds[:2] == [Compiling, SearchStarted]


@pytest.mark.parametrize(
    "settings",
    [{"seed": -1}, {"seed": 1.5}, {"workers": 0}, {"order": "random"}, {"protocol": "modem"},
     {"budget": "soon"}],
)  # fmt: skip
def test_a_wrong_setting_is_refused(task, settings):
    with pytest.raises(ConfigError, match=r"Got|There is no"):
        evolve(task, ANTS, **settings)


def test_an_existing_directory_is_refused_before_anything_else(task, tmp_path):
    events = []
    with pytest.raises(RunError, match="exists"):
        evolve(task, ANTS, out=tmp_path, on_event=events.append)
    assert events == []


def test_a_run_without_a_trained_network_says_why(task, tmp_path, monkeypatch):
    class Hopeless:
        def __init__(self, trainer, stop, caps, **_):
            pass

        def __call__(self, network):
            return Evaluation.failed("the training diverged")

    monkeypatch.setattr(network_training, "NetworkTraining", Hopeless)
    with pytest.raises(RunError, match=r"the training diverged \(3 times\)"):
        evolve(task, ANTS, "3 networks", protocol=TRAINING, out=tmp_path / "run")
    with pytest.raises(RunError, match="3 networks are done, and none was trained"):
        open_run(tmp_path / "run")


def test_a_candidate_that_cannot_be_trained_fails_alone(task, monkeypatch):
    train, count = Trainer.train, iter(range(100))

    def fail_once(self, network, **settings):
        if next(count) == 1:
            raise GenomeError("no input reaches the output")
        return train(self, network, **settings)

    monkeypatch.setattr(Trainer, "train", fail_once)
    monkeypatch.setattr(sessions, "warm_up", lambda names: 0.0)
    result = evolve(task, ANTS, "4 networks", protocol=TRAINING)
    assert (result.n_done, result.n_failed) == (4, 1)


def test_a_run_that_was_killed_can_be_read(run, frame, tmp_path):
    killed = tmp_path / "killed"
    shutil.copytree(run.path, killed)
    (killed / "result.toml").unlink()
    with (killed / "journal.jsonl").open("a") as file:
        file.write('{"event": "asked", "num')
    read = open_run(killed)
    assert read.outcome is None
    pd.testing.assert_frame_equal(read.predict(frame), run.predict(frame))


@pytest.mark.parametrize(
    ("name", "text"),
    [("config.toml", "format = 1"), ("config.toml", "\x00"), ("journal.jsonl", "[]\n"),
     ("journal.jsonl", "{}\n"), ("journal.jsonl", ""), ("scores.csv", "model\n1\n"),
     ("result.toml", "budget = 1"), ("result.toml", "="), ("journal.jsonl", None),
     ("scores.csv", None)],
)  # fmt: skip
def test_a_broken_run_directory_is_named(run, tmp_path, name, text):
    broken = tmp_path / "broken"
    shutil.copytree(run.path, broken)
    (broken / name).unlink()
    if text is not None:
        (broken / name).write_text(text)
    with pytest.raises(RunError, match="broken"):
        open_run(broken)
