"""Observers that fail, hang or are missing, and what becomes of the study."""

import json
import threading
import warnings
from contextlib import contextmanager
from typing import Any, cast

import pytest

from cellcolony.errors import ConfigError, ObserverWarning
from cellcolony.runs.events import Done, Scored, Warned
from cellcolony.runs.observers import OBSERVERS, ObserverKind, apart, wanted_observers
from cellcolony.runs.resume import resume
from tests.runs import settings
from tests.runs.runs import journal, scores


def study(task):
    return settings.forecast(task)


@pytest.fixture(scope="module")
def alone(task, tmp_path_factory):
    return study(task).run("8 networks", out=tmp_path_factory.mktemp("alone") / "run")


def same(result, alone):
    return journal(result.path) == journal(alone.path) and scores(result) == scores(alone)


def test_a_function_observes_what_happens_from_another_thread(task, alone, tmp_path):
    seen, threads = [], set()

    def observe(event):
        seen.append(event)
        threads.add(threading.current_thread())

    result = study(task).run("8 networks", out=tmp_path / "run", observers=[observe])
    assert same(result, alone)
    assert sum(isinstance(event, Done) for event in seen) == 8
    assert isinstance(seen[-1], Scored)
    assert seen[-1].scores == result.scores
    assert threads.isdisjoint({threading.current_thread()})


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), SystemExit(3)])
def test_an_observer_that_fails_is_warned_of_once_and_changes_nothing(task, alone, tmp_path, error):
    told, n_calls = [], []

    def full(event):
        n_calls.append(event)
        raise error

    with pytest.warns(
        ObserverWarning, match=f"full has failed .*: {type(error).__name__}"
    ) as warned:
        result = study(task).run(
            "8 networks", out=tmp_path / "run", observers=[full], on_event=told.append
        )
    assert len(warned) == 1
    assert len(n_calls) == 1
    assert sum(isinstance(event, Warned) for event in told) == 1
    assert same(result, alone)


def test_an_observer_fails_quietly_where_warnings_are_errors(task, alone, tmp_path):
    def full(event):
        raise OSError("full")

    with warnings.catch_warnings():
        warnings.simplefilter("error", ObserverWarning)
        result = study(task).run("8 networks", out=tmp_path / "run", observers=[full])
    assert same(result, alone)


def test_an_observer_that_never_returns_is_not_waited_for(task, alone, tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "PATIENCE_SECONDS", 0.05)
    never = threading.Event()
    with pytest.warns(ObserverWarning, match=r"did not end within 0\.05 seconds"):
        result = study(task).run(
            "8 networks", out=tmp_path / "run", observers=[lambda event: never.wait()]
        )
    never.set()
    assert same(result, alone)


def test_an_observer_that_does_not_keep_up_is_given_up(task, alone, tmp_path, monkeypatch):
    monkeypatch.setattr(apart, "MOST_WAITING", 2)
    never = threading.Event()
    with pytest.warns(ObserverWarning, match="2 events wait for it") as warned:
        result = study(task).run(
            "8 networks", out=tmp_path / "run", observers=[lambda event: never.wait()]
        )
    never.set()
    assert len(warned) == 1
    assert same(result, alone)


def test_an_observer_that_cannot_begin_is_warned_of(task, alone, tmp_path, monkeypatch):
    @contextmanager
    def begin(subject, where):
        raise ConnectionError(f"{where} does not answer")
        yield

    kind = ObserverKind(lambda where, folder: None, begin, "Never begins.")
    monkeypatch.setitem(OBSERVERS._members, "gone", kind)
    with pytest.warns(ObserverWarning, match="gone has failed .*http://gone does not answer"):
        result = study(task).run("8 networks", out=tmp_path / "run", observers=["gone=http://gone"])
    assert same(result, alone)


def test_searches_within_a_study_are_observed_too(task, tmp_path):
    titles = []
    stages = (*settings.all_of_a_forecast(),)
    settings.forecast(task, stages).run(
        "4 networks", observers=[lambda e: titles.append(getattr(e, "title", None))]
    )
    assert len(set(titles) - {None}) >= 2, titles


def test_a_run_names_no_observer_that_going_on_would_call(task, tmp_path):
    seen = []
    out = tmp_path / "run"
    study(task).run("4 networks", out=out, observers=[seen.append])
    kept = [out / name for name in ("config.toml", "checkpoint.json", "result.toml")]
    assert not any("observe" in one.read_text() for one in kept)
    n = len(seen)
    resume(out, "6 networks", task=task)
    assert len(seen) == n
    assert json.loads((out / "journal.jsonl").read_text().splitlines()[-1])


def test_an_unknown_observer_is_refused_before_anything_is_begun(task, tmp_path):
    with pytest.raises(ConfigError, match=r"no observer 'tensorbord'\. Did you mean 'tensorboard'"):
        study(task).run("4 networks", out=tmp_path / "run", observers=["tensorbord"])
    assert not (tmp_path / "run").exists()
    with pytest.raises(ConfigError, match="must be the name of one, or a function"):
        study(task).run("4 networks", out=tmp_path / "run", observers=cast("Any", [3]))


@pytest.mark.parametrize(
    ("name", "package"), [("tensorboard", "tensorboard"), ("mlflow", "mlflow-skinny")]
)
def test_a_missing_extra_is_told_with_the_cure(name, package, monkeypatch, tmp_path):
    kind = OBSERVERS[name]
    monkeypatch.setitem(kind.check.__globals__, "find_spec", lambda _: None)
    with pytest.raises(ConfigError, match=rf"{package}: pip install 'cellcolony\[{name}\]'"):
        wanted_observers([name], tmp_path)
