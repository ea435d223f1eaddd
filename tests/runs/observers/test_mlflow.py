"""What MLflow's own client reads of a study, in a store of files; no server is asked."""

import json
import shutil
from importlib.util import find_spec

import pytest

from cellcolony.errors import ObserverWarning
from cellcolony.runs.resume import resume
from tests.runs import settings
from tests.runs.runs import journal

pytestmark = pytest.mark.skipif(find_spec("mlflow") is None, reason="the extra mlflow is missing")


@pytest.fixture(autouse=True)
def quiet(monkeypatch):
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    monkeypatch.setenv("MLFLOW_DISABLE_TELEMETRY", "true")
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)


@pytest.fixture
def store(tmp_path):
    return f"file:{tmp_path / 'store'}"


def client(store):
    from mlflow import MlflowClient

    return MlflowClient(tracking_uri=store)


def runs(store):
    found = client(store)
    experiment = found.get_experiment_by_name("cellcolony")
    assert experiment is not None
    return found.search_runs([experiment.experiment_id])


def steps(store, run, key="Search/loss"):
    history = client(store).get_metric_history(run.info.run_id, key)
    return [(one.step, one.value) for one in sorted(history, key=lambda one: one.step)]


def losses(run):
    lines = [line["loss"] for line in journal(run) if line["event"] == "done"]
    return list(enumerate(lines, 1))


def test_a_study_is_a_run_with_its_settings_and_one_that_goes_on_goes_on_there(
    task, tmp_path, store
):
    out = tmp_path / "run"
    result = settings.forecast(task).run("5 networks", out=out, observers=[f"mlflow={store}"])
    [run] = runs(store)
    assert run.data.params["method.name"] == "ants"
    assert run.data.params["method.n_ants"] == "4"
    assert run.info.status == "FINISHED"
    assert run.info.run_name == str(out)
    score = next(one for one in result.scores if (one.split, one.measure) == ("test", "mae"))
    assert run.data.metrics[f"scores/test mae of wave/{score.model}"] == score.value
    resume(out, "9 networks", task=task, observers=[f"mlflow={store}"])
    [run] = runs(store)
    assert steps(store, run) == losses(out)


def test_steps_that_are_there_are_not_written_twice(task, tmp_path, store):
    out, copy = tmp_path / "run", tmp_path / "copy"
    settings.forecast(task).run("4 networks", out=out)
    shutil.copytree(out, copy)
    resume(out, "8 networks", task=task, observers=[f"mlflow={store}"])
    shutil.copy(out / "mlflow.json", copy)  # as if a power cut had taken half of the journal
    resume(copy, "8 networks", task=task, observers=[f"mlflow={store}"])
    [run] = runs(store)
    assert [step for step, _ in steps(store, run)] == [5, 6, 7, 8]


@pytest.mark.parametrize("kept", ["{", '{"run": 3}', '{"run": "../../somewhere"}', "other"])
def test_a_run_that_is_not_the_study_s_own_is_not_written_to(task, tmp_path, store, kept):
    study = settings.forecast(task)
    other = study.with_seed(7).run("3 networks", out=tmp_path / "b", observers=[f"mlflow={store}"])
    out = tmp_path / "run"
    study.run("3 networks", out=out)
    assert other.path is not None
    id = json.loads((other.path / "mlflow.json").read_text())["run"]
    (out / "mlflow.json").write_text(json.dumps({"run": id}) if kept == "other" else kept)
    resume(out, "5 networks", task=task, observers=[f"mlflow={store}"])
    by_name = {run.info.run_name: run for run in runs(store)}
    assert len(by_name) == 2
    assert len(steps(store, by_name[str(other.path)])) == 3
    assert [step for step, _ in steps(store, by_name[str(out)])] == [4, 5]


def test_a_store_that_cannot_be_used_is_warned_of_with_what_mlflow_says(
    task, tmp_path, store, monkeypatch
):
    monkeypatch.delenv("MLFLOW_ALLOW_FILE_STORE")
    with pytest.warns(ObserverWarning, match="MLFLOW_ALLOW_FILE_STORE"):
        settings.forecast(task).run(
            "3 networks", out=tmp_path / "run", observers=[f"mlflow={store}"]
        )
