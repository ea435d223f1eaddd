"""Searches on Dask: in this process, on a cluster of processes, and what can go wrong there."""

import signal
import time
from contextlib import ExitStack
from dataclasses import replace

import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.training import networks as network_training
from cellcolony.runs.events import Asked, Done, Draining
from cellcolony.runs.executors.dask import Dask
from cellcolony.runs.executors.machine import this_machine
from cellcolony.runs.executors.workbench import Parcel
from cellcolony.runs.resume import resume
from tests.runs import settings
from tests.runs.executors.clusters import ended, scheduler, with_its_children, worker
from tests.runs.executors.trainings import begin_deadly, begin_slow, begin_waiting
from tests.runs.runs import front, journal
from tests.runs.test_executors import search

distributed = pytest.importorskip("distributed")

N = 24


@pytest.fixture(scope="module")
def alone(tmp_path_factory, task):
    """The run of one thread."""
    return search(task, N, out=tmp_path_factory.mktemp("alone") / "run")


@pytest.fixture(scope="module")
def cluster():
    """Two worker processes that others could reach by loopback alone."""
    options = {"dashboard_address": None, "silence_logs": 50, "memory_limit": 0}
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", **options
    ) as made:
        yield made


@pytest.fixture
def client(cluster):
    with distributed.Client(cluster, set_as_default=False) as made:
        yield made


@pytest.mark.parametrize("together", [None, 1, 7])
def test_strict_order_is_the_same_to_the_last_bit_for_any_batch(task, alone, tmp_path, together):
    path = tmp_path / "run"
    result = search(task, N, out=path, workers=2, executor=Dask(tasks_per_batch=together))
    assert journal(path) == journal(alone.path)
    assert front(result) == front(alone)


def test_a_client_is_taken_with_the_workers_that_it_has_and_stays_open(
    task, alone, tmp_path, client
):
    path = tmp_path / "run"
    result = search(task, N, out=path, executor=client)
    assert journal(path) == journal(alone.path)
    assert result.outcome is not None
    assert result.outcome.workers == 2
    assert result.outcome.cpus == (this_machine().cpu,)
    assert client.status == "running"
    assert client.submit(abs, -1).result(60) == 1
    assert not [name for name in client.run(plugin_names) if "cellcolony" in name]


def plugin_names(dask_worker):
    return list(dask_worker.plugins)


def test_a_candidate_that_kills_its_process_has_failed_and_its_batch_mates_have_not(
    task, tmp_path, monkeypatch, client
):
    monkeypatch.setattr(network_training, "begin_training", begin_deadly)
    run = {"executor": Dask(client=client, tasks_per_batch=4), "out": tmp_path / "run"}
    result = search(task, 8, **run)
    assert (result.n_done, result.n_failed) == (8, 1)
    failed = {line["number"]: line["failure"] for line in journal(run["out"]) if "failure" in line}
    assert failed == {3: "its process died 3 times, the last time with status 9"}


def test_the_end_of_a_search_ends_what_trains_on_the_cluster(task, tmp_path, monkeypatch, client):
    monkeypatch.setattr(network_training, "begin_training", begin_waiting)
    path = tmp_path / "run"
    study = settings.forecast(task, (), order="arrival")
    first = study.run("2 networks", out=path, executor=client)
    assert first.outcome is not None
    began, budget = time.monotonic(), f"{first.outcome.search_seconds + 5:.0f}s"
    result = resume(path, budget, task=task, executor=client)
    assert result.n_done == 2  # the others wait for the end
    assert time.monotonic() - began < 60
    assert set(client.run(how_many_children).values()) == {0}


def how_many_children():
    import psutil

    return sum("spawn_main" in " ".join(one.cmdline()) for one in psutil.Process().children())


MOST_WAITING = 2 * 3
"""Tasks of 0.3 s for each of two workers, three in a message of about a second."""


def test_the_first_interrupt_lets_all_that_was_sent_be_done(task, tmp_path, monkeypatch, client):
    monkeypatch.setattr(network_training, "begin_training", begin_slow)
    path, seen = tmp_path / "run", []

    def interrupt(event):
        seen.append(event)
        if isinstance(event, Done) and event.candidate.number == 4:
            signal.raise_signal(signal.SIGINT)

    study = settings.forecast(task, (), order="arrival")
    study.run("500 networks", out=path, executor=client, on_event=interrupt)
    (place,) = (place for place, one in enumerate(seen) if isinstance(one, Draining))
    after = [one for one in seen[place:] if isinstance(one, Done)]
    assert len(after) == seen[place].n_training > 0
    asked, done = (sum(isinstance(one, kind) for one in seen) for kind in (Asked, Done))
    assert asked - done <= MOST_WAITING  # what waited for its message is trained later


def test_futures_that_somebody_else_cancels_end_the_run_with_a_cure(
    task, alone, tmp_path, client, cluster
):
    path = tmp_path / "run"

    def restart(event):
        if isinstance(event, Asked) and event.candidate.number == 10:
            with distributed.Client(cluster, set_as_default=False) as other:
                other.restart(wait_for_workers=False)

    with pytest.raises(RunError, match=r"told by somebody else .* `cellcolony resume` goes on"):
        search(task, N, out=path, executor=client, on_event=restart)
    resume(path, task=task)
    assert journal(path) == journal(alone.path)


@pytest.fixture
def file(tmp_path):
    return tmp_path / "scheduler.json"


def test_a_scheduler_that_is_killed_ends_the_run_with_a_cure_and_another_one_goes_on(
    task, alone, tmp_path, file
):
    path = tmp_path / "run"

    def kill(event):
        if isinstance(event, Done) and event.candidate.number == 6:
            with_its_children(first, signal.SIGKILL)

    with ended(scheduler(file)) as first, ended(worker(file, "--threads", "2")):
        place = Dask(scheduler_file=file, tasks_per_batch=1)
        with pytest.raises(RunError, match=r"is gone. What was done is safe: .* resume` goes on"):
            search(task, N, out=path, executor=place, on_event=kill)
    n_done = sum(line["event"] == "done" for line in journal(path))
    assert 6 <= n_done < N  # of those asked before candidate 6, one may still be training
    file.unlink()
    with ended(scheduler(file)), ended(worker(file, "--threads", "2")):
        resume(path, task=task, executor=Dask(scheduler_file=file))
    assert journal(path) == journal(alone.path)


@pytest.mark.parametrize("is_gone", [True, False])
def test_a_connection_that_ends_while_a_result_is_fetched_is_told_by_who_has_ended_it(
    task, client, monkeypatch, is_gone
):
    n_threads = client.nthreads

    def reset(*_, **__):
        raise distributed.comm.CommClosedError("reset by peer")

    def counted(*_, asynchronous=None):
        return reset() if asynchronous and is_gone else n_threads(asynchronous=asynchronous)

    monkeypatch.setattr(client, "gather", reset)
    monkeypatch.setattr(client, "nthreads", counted)
    told = "The scheduler .* is gone" if is_gone else "to a worker has ended: .*by peer"
    with pytest.raises(RunError, match=f"{told}.* resume` goes on"):
        search(task, N, executor=client)


def test_a_scheduler_that_is_not_there_is_named_with_how_one_is_started(task, monkeypatch):
    monkeypatch.setattr("cellcolony.runs.executors.dask.session.CONNECT_SECONDS", 1)
    with pytest.raises(RunError, match=r"tcp://127.0.0.1:1 does not answer: .*cellcolony worker"):
        search(task, N, executor=Dask(scheduler="tcp://127.0.0.1:1"))


def test_workers_that_die_retire_and_come_late_change_nothing(task, alone, tmp_path, file):
    path, late = tmp_path / "run", []

    def disturb(event):
        if not isinstance(event, Done):
            return
        if event.candidate.number == 3:
            late.append(stack.enter_context(ended(worker(file, "--threads", "1"))))
        if event.candidate.number == 8:
            with_its_children(first, signal.SIGKILL)
        if event.candidate.number == 16:
            with distributed.Client(scheduler_file=str(file), set_as_default=False) as other:
                late.append(stack.enter_context(ended(worker(file, "--threads", "1"))))
                other.retire_workers([*other.nthreads()][:1])

    with (
        ended(scheduler(file)),
        ended(worker(file, "--threads", "2")) as first,
        ExitStack() as stack,
    ):
        result = search(task, N, out=path, executor=Dask(scheduler_file=file), on_event=disturb)
    assert len(late) == 2
    assert result.n_failed == 0
    assert journal(path) == journal(alone.path)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"scheduler": "127.0.0.1:8786"}, "must begin with tcp:// or tls://"),
        ({"scheduler": "tcp://a:1", "scheduler_file": "f"}, "not both"),
        ({"tasks_per_batch": 0}, "`tasks_per_batch` must be at least 1"),
    ],
)
def test_places_that_cannot_be_are_refused(options, message):
    with pytest.raises(ConfigError, match=message):
        Dask(**options)


def test_a_file_that_no_scheduler_writes_is_not_waited_for_without_end(tmp_path, monkeypatch):
    monkeypatch.setattr("cellcolony.runs.executors.dask.session.CONNECT_SECONDS", 0.2)
    with pytest.raises(RunError, match=r"none\.json: no scheduler has written this file"):
        Dask(scheduler_file=tmp_path / "none.json").own_workers()


def test_a_search_for_nodes_is_the_same_on_a_worker_elsewhere(tmp_path):
    pytest.importorskip("torch")
    text, training = settings.text_in(tmp_path), replace(settings.FINAL, schedule=settings.SCHEDULE)
    study = settings.nodes(text, (settings.SEARCH,), training=training)
    for name, executor in (("alone", "threads"), ("there", "dask")):
        study.run("3 networks", out=tmp_path / name, executor=executor, workers=1)
    assert journal(tmp_path / "there") == journal(tmp_path / "alone")


def test_what_a_master_leaves_behind_that_is_gone_is_cleared_away(client, cluster):
    from cellcolony.runs.executors.dask.session import _Engine

    master = distributed.Client(cluster, set_as_default=False)
    _Engine(master, Parcel.of(begin_any)).__enter__()
    assert sum("cellcolony" in name for name in every_plugin(client)) == 2
    master.close()
    deadline = time.monotonic() + 30
    while any("cellcolony" in name for name in every_plugin(client)):
        assert time.monotonic() < deadline
        time.sleep(0.05)


def begin_any(stop):
    return abs


def every_plugin(client):
    return [name for names in client.run(plugin_names).values() for name in names]
