"""The same search in threads, in processes and on executors of the user's own."""

import os
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import replace
from multiprocessing import get_context

import pytest

from cellcolony.contract import Evaluation
from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.training import networks as network_training
from cellcolony.judges.training.caps import Caps
from cellcolony.judges.training.networks import NetworkTraining
from cellcolony.networks.train import Trainer
from cellcolony.runs.events import Asked, NothingLeft, SearchEnded, Told, Warned
from cellcolony.runs.ledger import LEAST_TOLD, told_reasons, why_stop
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.stages.search import SearchStage
from tests.runs import settings
from tests.runs.runs import front, journal
from tests.runs.settings import TRAINING

N = 40
SPAWN = get_context("spawn")


def search(task, n=N, stages=(), study=None, **how):
    """Search without anything that follows."""
    return settings.forecast(task, stages, **(study or {})).run(f"{n} networks", **how)


@pytest.fixture(scope="module")
def alone(tmp_path_factory, task):
    """The run of one thread."""
    return search(task, out=tmp_path_factory.mktemp("alone") / "run")


@pytest.mark.parametrize(
    ("executor", "workers"),
    [("threads", 2), ("threads", 4), ("threads", 16), ("processes", 1), ("processes", 4)],
)
def test_strict_order_is_the_same_to_the_last_bit(task, alone, tmp_path, executor, workers):
    path = tmp_path / "run"
    result = search(task, out=path, workers=workers, executor=executor)
    assert journal(path) == journal(alone.path)
    assert front(result) == front(alone)


def test_a_run_goes_on_in_processes_that_was_begun_in_threads(task, alone, tmp_path):
    path = tmp_path / "run"
    search(task, 15, out=path)
    resume(path, f"{N} networks", task=task, workers=2, executor="processes")
    assert journal(path) == journal(alone.path)


@pytest.mark.parametrize("kind", ["threads", "processes"])
def test_an_executor_of_the_users_own_is_used_and_left_open(task, alone, tmp_path, kind):
    path = tmp_path / "run"
    own = ThreadPoolExecutor(2) if kind == "threads" else ProcessPoolExecutor(2, SPAWN)
    with own:
        search(task, out=path, workers=2, executor=own)
        assert own.submit(abs, -1).result(60) == 1
    assert journal(path) == journal(alone.path)


def test_an_executor_of_the_users_own_that_breaks_ends_the_run_with_a_cure(task, alone, tmp_path):
    path = tmp_path / "run"

    def break_it(event):
        if isinstance(event, Asked) and event.candidate.number == 20:
            own.submit(os._exit, 1)

    with (
        ProcessPoolExecutor(1, SPAWN) as own,
        pytest.raises(RunError, match=r"broken: .* What was done is safe"),
    ):
        search(task, out=path, executor=own, on_event=break_it)
    resume(path, task=task)
    assert journal(path) == journal(alone.path)


class Deadly(NetworkTraining):
    """Dies with the fourth candidate."""

    def __call__(self, candidate):
        if candidate.number == 3:
            os._exit(9)
        return super().__call__(candidate)


def begin_deadly(trainer, caps, cells, stop, **_):
    return Deadly(trainer, stop, caps)


def test_a_candidate_that_kills_its_process_has_failed_and_the_run_goes_on(
    task, tmp_path, monkeypatch
):
    monkeypatch.setattr(network_training, "begin_training", begin_deadly)
    result = search(task, 8, out=tmp_path / "run", workers=2, executor="processes")
    assert (result.n_done, result.n_failed) == (8, 1)
    failed = [line for line in journal(tmp_path / "run") if "failure" in line]
    assert [line["number"] for line in failed] == [3]
    reason = "its process died 3 times, the last time with status 9"
    assert {line["failure"] for line in failed} == {reason}


class Failing:
    """Fails two candidates of three."""

    def __init__(self, trainer, stop, caps, **_):
        self.good = NetworkTraining(trainer, stop, caps)

    def __call__(self, candidate):
        if candidate.number % 3:
            return Evaluation.failed("the training diverged")
        return self.good(candidate)


def test_a_search_that_mostly_fails_ends_with_advice_and_for_good(task, tmp_path, monkeypatch):
    monkeypatch.setattr(network_training, "NetworkTraining", Failing)
    runs = tmp_path / "1", tmp_path / "4"
    reason = (
        "13 of 20 candidates failed: the training diverged (13 times). What may help: lower "
        "`learning_rate` in the table [training] of a --preset of your own, or look for extreme "
        "values in the data"
    )
    for path, workers in zip(runs, (1, 4), strict=True):
        events = []
        result = search(
            task, 100, (ScoresStage(),), out=path, workers=workers, on_event=events.append
        )
        (ended,) = [event for event in events if isinstance(event, SearchEnded)]
        assert ended.reason == reason
        assert sum(isinstance(event, Told) for event in events) == LEAST_TOLD
        assert result.chosen.number % 3 == 0
    again = []
    resume(runs[0], "200 networks", task=task, on_event=again.append)
    assert again == [NothingLeft(reason, is_final=True)]


@pytest.mark.parametrize(("kind", "why", "advice"), [
    ("tree", "it took more than 0.001 s, its cap",
     "raise --candidate-seconds, or lower --hidden, --layers, --epochs or --most-height"),
    ("network", "it took more than 0.001 s, its cap",
     "raise --candidate-seconds, or let candidates be smaller, or train for fewer epochs"),
    ("tree", "its loss was nan in epoch 1",
     "lower --learning-rate, or let first weights come from a smaller range (--bound)"),
])  # fmt: skip
def test_what_may_help_is_what_the_search_has_options_for(kind, why, advice):
    told = told_reasons(Counter({why: 6}), kind)
    assert told == f"{why} (6 times). What may help: {advice}"


@pytest.mark.parametrize(
    ("n_told", "n_failed", "stops"),
    [(19, 19, False), (20, 10, False), (20, 11, True), (101, 50, False), (101, 51, True)],
)
def test_more_than_half_of_at_least_twenty_is_too_many(n_told, n_failed, stops):
    assert bool(why_stop(n_told, Counter({"for no known reason": n_failed}))) is stops


def test_a_cap_holds_and_is_kept_for_when_the_run_goes_on(task, tmp_path):
    path, training = tmp_path / "run", replace(TRAINING, epochs=20)
    train, valid = (task.series(split, training.residual) for split in ("train", "valid"))
    n_updates = 20 * Trainer(train, valid, training).n_updates_an_epoch
    capped = {"training": training, "caps": Caps(steps=n_updates), "order": "arrival"}
    search(task, 20, study=capped, out=path)
    resume(path, "60 networks", task=task)
    failed = {line["failure"] for line in journal(path) if "failure" in line}
    assert failed == {f"it needs more than {n_updates} updates, its cap"}
    again = {line["number"] for line in journal(path) if "trained_again" in line.get("how", {})}
    assert {line["number"] for line in journal(path) if "failure" in line} == again
    assert max(again) >= 20


def test_a_warning_says_where_strict_order_makes_workers_wait(task):
    for workers, order, n_warned in ((16, "strict", 0), (17, "strict", 1), (17, "arrival", 0)):
        events = []
        search(task, 2, study={"order": order}, workers=workers, on_event=events.append)
        warned = [event.text for event in events if isinstance(event, Warned)]
        warned = [text for text in warned if "may have to wait" in text]
        assert len(warned) == n_warned
        assert all("17 workers" in text for text in warned)


def test_a_warning_says_that_workers_are_many_and_what_else_they_are_good_for(task, tmp_path):
    def warned(go, *arguments, **options):
        events = []
        go(*arguments, on_event=events.append, **options)
        texts = [event.text for event in events if isinstance(event, Warned)]
        return [text for text in texts if "workers are many" in text]

    path, arrival = tmp_path / "run", {"order": "arrival"}
    (text,) = warned(search, task, 20, study=arrival, workers=17)
    assert text.startswith("17 workers are many for 20 networks: with more than 16 candidates")
    assert all(one in text for one in ("--workers", "--seeds", "battery --part"))
    assert not warned(search, task, 20, study=arrival, workers=16, out=path)
    (resumed,) = warned(resume, path, "40 networks", task=task, workers=17)
    assert "battery --part" in resumed
    assert "--seeds" not in resumed  # `resume` has no such option


@pytest.mark.parametrize(
    ("study", "how", "message"),
    [
        ({"caps": Caps(seconds=2.0)}, {}, "In strict order .* Got `candidate_seconds` 2"),
        ({"caps": Caps(steps=1)}, {}, r"`candidate_steps` must be at least \d+, .* Got 1"),
        ({}, {"executor": "process"}, "`executor` must be .* Did you mean 'processes'?"),
        ({}, {"executor": ThreadPoolExecutor}, "`executor` must be .* Got <class"),
    ],
)
def test_what_cannot_be_is_refused(task, study, how, message):
    with pytest.raises(ConfigError, match=message):
        search(task, 2, study=study, **how)


def test_a_window_of_strict_order_may_be_another(task, tmp_path):
    runs = []
    for workers in (1, 3):
        study = settings.forecast(task, ())
        config = study.config.with_stage(SearchStage(window=5))
        run = replace(study, config=config).run(
            "20 networks", out=tmp_path / str(workers), workers=workers
        )
        assert run.path is not None
        runs.append(journal(run.path))
    assert runs[0] == runs[1]
    told = {line["number"]: line["told"] for line in runs[0] if line["event"] == "asked"}
    assert [told[number] for number in range(20)] == [max(0, number - 4) for number in range(20)]
