"""Executors of the user's own: how many workers they have, and that all of them work."""

import threading
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from cellcolony.errors import ConfigError
from cellcolony.judges.training import networks as network_training
from cellcolony.judges.training.caps import Caps
from cellcolony.runs.executors import EXECUTORS, how_many, n_cores, place_of, with_options
from cellcolony.runs.executors.dask import Dask
from tests.runs import settings
from tests.runs.executors.trainings import begin_slow
from tests.runs.test_executors import search

SPAWN = get_context("spawn")


class Busy(Executor):
    """Threads that are taken for processes elsewhere, and count how many work at once."""

    def __init__(self, n):
        self.num_workers, self.threads = n, ThreadPoolExecutor(n)
        self.n, self.most, self.lock = 0, 0, threading.Lock()

    def submit(self, fn, /, *args, **kwargs):
        return self.threads.submit(self.work, fn, *args, **kwargs)

    def work(self, fn, *args, **kwargs):
        with self.lock:
            self.n += 1
            self.most = max(self.most, self.n)
        try:
            return fn(*args, **kwargs)
        finally:
            with self.lock:
                self.n -= 1


def test_without_a_number_all_workers_of_an_executor_work(task, monkeypatch):
    monkeypatch.setattr(network_training, "begin_training", begin_slow)
    busy = Busy(8)
    study = settings.forecast(task, (), order="arrival")
    result = study.run("16 networks", executor=busy)
    assert busy.most == 8
    assert result.outcome is not None
    assert result.outcome.workers == 8
    busy = Busy(8)
    study.run("6 networks", executor=busy, workers=2)
    assert busy.most == 2


@pytest.mark.parametrize(
    ("executor", "workers", "n"),
    [
        ("threads", "usual", 1),
        ("threads", None, n_cores()),
        ("threads", 3, 3),
        (ThreadPoolExecutor(5), "usual", 5),
        (ThreadPoolExecutor(5), None, 5),
        (ThreadPoolExecutor(5), 2, 2),
        (Busy(64), "usual", 64),
        (Executor(), None, n_cores()),
    ],
)
def test_how_many_work_is_what_was_said_or_what_the_executor_says(executor, workers, n):
    assert how_many(executor, workers) == n


@pytest.mark.parametrize("workers", [0, 1.5, "all", True])
def test_other_numbers_of_workers_are_refused(workers):
    with pytest.raises(ConfigError, match="`workers` must be a whole number"):
        how_many("threads", workers)


def test_what_compiles_on_a_worker_does_not_count_for_a_candidate(task, monkeypatch, tmp_path):
    monkeypatch.setenv("CELLCOLONY_CACHE_DIR", str(tmp_path / "empty"))  # of the workers' start
    study = settings.forecast(task, (), order="arrival", caps=Caps(seconds=1.0))
    with ProcessPoolExecutor(1, SPAWN) as own:
        result = study.run("4 networks", executor=own)
    assert (result.n_done, result.n_failed) == (4, 0)


def test_an_executor_that_was_broken_before_is_told_of(task, tmp_path):
    from cellcolony.errors import RunError

    with ProcessPoolExecutor(1, SPAWN) as own:
        own.shutdown()
        with pytest.raises(RunError, match=r"could not take a task: .* after shutdown"):
            search(task, 2, executor=own)


def test_options_make_an_executor_of_their_own_and_those_of_others_are_refused():
    assert with_options("dask", scheduler="tcp://a:1", mixed_cpus=False) == Dask("tcp://a:1")
    assert with_options("threads", scheduler=None) == "threads"
    with pytest.raises(ConfigError, match="--scheduler is for other executors: 'threads' has"):
        with_options("threads", scheduler="tcp://a:1")
    with pytest.raises(ConfigError, match="--scheduler-file is for other executors: 'mpi' has"):
        with_options("mpi", scheduler_file="f")


def test_dask_and_mpi_can_be_listed_without_being_installed():
    assert {"dask", "mpi", "processes", "threads"} <= {*EXECUTORS.names()}
    assert not place_of("dask").shares_memory
    assert not place_of("mpi").shares_memory
