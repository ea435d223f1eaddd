"""A search for forecasts from its first candidate to the scores."""

import csv
import shutil

import numpy as np
import pandas as pd
import pytest

from cellcolony.contract import Evaluation
from cellcolony.errors import ConfigError, GenomeError, RunError
from cellcolony.judges.training import networks as network_training
from cellcolony.networks.genome import Network
from cellcolony.networks.train import Trainer
from cellcolony.report.sections.verdict import verdict
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Compiling, SearchEnded, SearchStarted, StageStarted
from cellcolony.runs.open import open_run
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.study import Study
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
from tests.runs.runs import journal, scores
from tests.runs.settings import ANTS

ARRIVAL = {"order": "arrival"}
RIVALS = RivalsStage(names=("persistence", "ridge", "GRU"))


@pytest.fixture(scope="module")
def run(tmp_path_factory, task):
    path = tmp_path_factory.mktemp("study") / "run"
    study = settings.forecast(task, (RIVALS, ScoresStage()), **ARRIVAL)
    return study.run("12 networks", out=path)


def test_a_run_gives_the_best_network_the_front_and_the_rivals(run):
    assert run.best is run.front[-1].network
    assert run.n_done == 12
    losses = [champion.loss for champion in run.front]
    sizes = [champion.network.n_weights for champion in run.front]
    assert losses == sorted(losses, reverse=True)
    assert sizes == sorted(sizes)
    models = [one.model for one in run.models]
    assert models[:2] == [f"network {run.chosen.number}", "persistence"]
    assert models[2].startswith("ridge (")
    assert sum(model.startswith("GRU, ") for model in models) == 2
    assert {one.epochs for one in run.rivals if one.model.startswith("GRU")} == {run.chosen.epochs}
    assert len({score.n_rows for score in run.scores if score.split == "test"}) == 1
    assert {score.split for score in run.scores} == {"valid", "test"}


def test_a_run_keeps_how_sure_its_margins_are_and_what_validation_said(run):
    assert run.outcome is not None
    margins = {one.model: one for one in run.outcome.margins}
    assert set(margins) == {one.model for one in run.models[1:]}
    ours = run.error("test")
    for model in run.models[1:]:
        margin = margins[model.model]
        assert margin.difference == pytest.approx(ours - model.value("test"), rel=1e-3, abs=1e-6)
        assert margin.low <= margin.difference <= margin.high
    assert "12 lags" in run.outcome.menus["ridge"]
    again = open_run(run.path)
    assert again.outcome == run.outcome


def test_a_study_without_a_test_ends_with_validation_scores_alone(frame, tmp_path):
    task = Forecast.from_frames(frame[:150], "wave", valid=frame[150:], holds_out_test=False)
    stages = (RivalsStage(names=("ridge",)), ScoresStage())
    found = settings.forecast(task, stages, **ARRIVAL).run("2 networks", out=tmp_path / "run")
    assert {one.split for one in found.scores} == {"valid"}
    assert found.outcome is not None
    assert (found.outcome.test_readings, found.outcome.margins) == (0, ())
    again = open_run(tmp_path / "run")
    assert again.error("valid") == found.error("valid")
    assert "There is no test" in verdict(again, "wave").text


def test_the_test_score_is_that_of_the_predictions_in_own_units(run, task, frame):
    forecasts = run.predict(frame)["wave[t+1]"].to_numpy()
    rows = np.arange(255, 300) - 1  # the last 15 % are the test split's targets
    mae = np.abs(forecasts[rows] - frame["wave"].to_numpy()[rows + 1]).mean()
    wanted = run.chosen.number, "test", "mae"
    (score,) = [s for s in run.scores if (s.candidate, s.split, s.measure) == wanted]
    assert score.n_rows == len(rows)
    assert score.value == pytest.approx(mae, rel=1e-5)
    assert run.error("test") == score.value


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
    assert repr(open_run(run.path)) == repr(run)
    assert len(repr(run)) < 300


def test_the_front_file_marks_one_network_and_holds_test_scores(run):
    with (run.path / "front.csv").open() as file:
        rows = list(csv.DictReader(file))
    assert [row["candidate"] for row in rows if row["chosen"] == "yes"] == [str(run.chosen.number)]
    assert all(float(row["test_mae"]) > 0 for row in rows)
    folders = {path.name for path in (run.path / "champions").iterdir()}
    assert folders == {row["candidate"] for row in rows}


def test_the_test_split_is_touched_only_at_the_end(task, monkeypatch):
    touched, scoring, series = [], [], Forecast.series

    def watched(self, split, residual):
        touched.append((split, bool(scoring)))
        return series(self, split, residual)

    monkeypatch.setattr(Forecast, "series", watched)

    def note(event):
        if isinstance(event, StageStarted) and event.stage == "scores":
            scoring.append(event)

    settings.forecast(task).run("3 networks", on_event=note)
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
    assert list(forecasts) == ["wave[t+1]"]
    assert np.isfinite(forecasts.to_numpy()).all()


@pytest.mark.parametrize("order", ["arrival", "strict"])
def test_the_same_seed_gives_the_same_run(run, task, tmp_path, order):
    paths = [tmp_path / "a", tmp_path / "b"]
    for path in paths:
        settings.forecast(task, order=order).run(
            "12 networks", out=path, workers=1 if order == "arrival" else 2
        )
    assert journal(paths[0]) == journal(paths[1])
    if order == "arrival":
        assert journal(paths[0]) == journal(run.path)


def test_strict_order_is_the_same_run_for_1_and_2_workers(task, tmp_path):
    for workers in (1, 2):
        study = settings.forecast(task, seed=2)
        study.run("80 networks", workers=workers, out=tmp_path / str(workers))
    assert journal(tmp_path / "1") == journal(tmp_path / "2")
    assert (tmp_path / "1" / "config.toml").read_text() == (
        tmp_path / "2" / "config.toml"
    ).read_text()


def test_another_seed_gives_another_run(run, task, tmp_path):
    settings.forecast(task, seed=2, **ARRIVAL).run("12 networks", out=tmp_path / "run")
    assert journal(tmp_path / "run") != journal(run.path)


def test_several_targets_further_ahead_are_scored_each(frame, tmp_path):
    two = Forecast.from_frames(frame, ["other", "wave"], horizon=3, scale="zscore")
    result = settings.forecast(two).run("3 networks", out=tmp_path / "run")
    assert {score.target for score in result.scores} == {"wave", "other"}
    read = open_run(tmp_path / "run")
    pd.testing.assert_frame_equal(read.predict(frame), result.predict(frame))
    assert list(read.predict(frame)) == ["other[t+3]", "wave[t+3]"]


def test_events_come_in_order(task):
    events = []
    study = settings.forecast(task, (RIVALS, ScoresStage()), training="paper")
    study.run(Budget(2), on_event=events.append)
    kinds = [type(event) for event in events]
    watched = (Compiling, SearchStarted, SearchEnded, StageStarted)
    phases = [getattr(e, "stage", type(e)) for e in events if isinstance(e, watched)]
    assert phases == [Compiling, SearchStarted, SearchEnded, "rivals", "scores"]
    assert kinds[:2] == [Compiling, SearchStarted]


@pytest.mark.parametrize("wrong", [{"seed": -1}, {"seed": 1.5}, {"order": "random"},
                                   {"training": "modem"}])  # fmt: skip
def test_a_wrong_setting_is_refused(task, wrong):
    with pytest.raises(ConfigError, match=r"Got|There is no"):
        Study.of(task, ANTS, **wrong)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [({"workers": 0}, "`workers` must be a whole number of at least 1. Got 0"),
     ({"workers": 1.5}, "`workers`"), ({"threads": 0}, "`threads`"),
     ({"device": "tpu"}, "`device` must be 'cpu', 'cuda' or 'auto'. Got 'tpu'"),
     ({"budget": "soon"}, "A budget is one of .* Got 'soon'"),
     ({"budget": "3 generations"}, "'ants' has no generations"),
     ({"executor": "thread"}, "Did you mean 'threads'")],
)  # fmt: skip
def test_a_way_to_run_that_cannot_be_is_refused_before_anything_is_written(
    task, tmp_path, wrong, message
):
    with pytest.raises(ConfigError, match=message):
        settings.forecast(task).run(out=tmp_path / "run", **wrong)
    assert not (tmp_path / "run").exists()


def test_an_existing_directory_is_refused_before_anything_else(task, tmp_path):
    events = []
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(RunError, match="exists"):
        settings.forecast(task).run(out=tmp_path, on_event=events.append)
    assert events == []


def test_a_run_without_a_trained_network_says_why(task, tmp_path, monkeypatch):
    class Hopeless:
        def __init__(self, trainer, stop, caps, **_):
            pass

        def __call__(self, network):
            return Evaluation.failed("the training diverged")

    monkeypatch.setattr(network_training, "NetworkTraining", Hopeless)
    with pytest.raises(RunError, match=r"the training diverged \(3 times\)"):
        settings.forecast(task).run("3 networks", out=tmp_path / "run")
    with pytest.raises(RunError, match="3 candidates are done, and none was trained"):
        open_run(tmp_path / "run")


def test_a_candidate_that_cannot_be_trained_fails_alone(task, monkeypatch):
    train, count = Trainer.train, iter(range(100))

    def fail_once(self, network, **settings):
        if "stop" in settings and next(count) == 1:  # compiling trains a network as well
            raise GenomeError("no input reaches the output")
        return train(self, network, **settings)

    monkeypatch.setattr(Trainer, "train", fail_once)
    result = settings.forecast(task).run("4 networks")
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
    [("config.toml", "format = 3"), ("config.toml", "\x00"), ("journal.jsonl", "[]\n"),
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


@pytest.fixture(scope="module")
def everything(tmp_path_factory, task):
    """A run of every stage."""
    study = settings.forecast(task, settings.all_of_a_forecast())
    return study.run("10 networks", out=tmp_path_factory.mktemp("everything") / "run")


def test_without_a_directory_the_study_is_the_same_and_nothing_is_written(
    task, everything, frame, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    result = settings.forecast(task, settings.all_of_a_forecast()).run("10 networks")
    assert (result.path, list(tmp_path.iterdir())) == (None, [])
    assert scores(result) == scores(everything)
    assert [one.number for one in result.front] == [one.number for one in everything.front]
    pd.testing.assert_frame_equal(result.predict(frame), everything.predict(frame))
    for ours, read in zip(result.test_predictions(), everything.test_predictions(), strict=True):
        np.testing.assert_array_equal(ours.rows, read.rows)
        np.testing.assert_allclose(ours.truth, read.truth, rtol=1e-7)  # a file has 9 digits
        np.testing.assert_allclose(ours.predicted, read.predicted, rtol=1e-7)
    assert result.kept("colony.safetensors") == everything.kept("colony.safetensors")
    with pytest.raises(RunError, match="wrote no journal"):
        _ = result.history


def test_the_control_has_as_many_candidates_and_its_best_is_compared(everything):
    (control, *_) = [one for one in everything.models if one.role == "control"]
    other = open_run(everything.path / "control")
    assert other.n_done == 10 == everything.outcome.control_candidates
    assert control.model == "random search"
    assert control.n_weights == other.chosen.size
    assert {one.candidate for one in everything.scores if one.role == "control"} == {None}


def test_a_search_alone_is_opened_with_scores_on_validation_and_none_on_test(task, tmp_path):
    result = settings.forecast(task, ()).run("5 networks", out=tmp_path / "run")
    assert {one.split for one in result.scores} == {"valid"}
    assert result.error("test") is None
    assert result.outcome is not None
    assert result.outcome.test_readings == 0
    assert result.test_predictions() == ()
    in_memory = settings.forecast(task, ()).run("5 networks")
    assert scores(in_memory) == scores(result)


def test_without_a_budget_a_search_that_never_ends_has_one(task, monkeypatch):
    from cellcolony.runs import study

    monkeypatch.setattr(study, "BUDGET", "6 networks")
    result = settings.forecast(task, ()).run()
    assert result.outcome is not None
    assert (result.n_done, result.outcome.budget) == (6, "6 networks")


def test_every_candidate_can_be_looked_up_with_how_it_was_made(task, tmp_path):
    result = settings.forecast(task, ()).run("90 networks", out=tmp_path / "run")
    history = result.history
    again = [one for one in history.candidates if one.count("trained_again") is not None]
    assert again
    for one in again:
        first = history.candidate(one.how["trained_again"])
        ours, before = result.genome(one.number), result.genome(first.number)
        assert isinstance(ours, Network)
        assert isinstance(before, Network)
        assert ours.to_dict() == before.to_dict()
    assert [one.number for one in history.by_arrival] == list(range(90))
    with pytest.raises(RunError, match="has no candidate 99"):
        history.candidate(99)
