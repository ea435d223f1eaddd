"""Tasks in processes: their deaths, their errors, and the end."""

import os
import signal
import time
from functools import partial
from types import SimpleNamespace

import pytest

from cellcolony.errors import RunError
from cellcolony.runs.executors import worker
from cellcolony.runs.executors.pool import MOST_DEATHS, Processes
from cellcolony.runs.executors.worker import WorkerDiedError


def begin(folder):
    """What a process is begun with: it carries out the tasks below, and notes that it began."""
    (folder / f"began-{os.getpid()}").touch()
    return partial(carry_out, folder)


def carry_out(folder, task):
    kind, value = task
    if kind == "die":
        os.kill(os.getpid(), signal.SIGKILL)
    if kind == "die twice":
        deaths = folder / f"deaths-{value}"
        n = len(deaths.read_bytes()) if deaths.exists() else 0
        if n < 2:
            deaths.write_bytes(b"x" * (n + 1))
            os._exit(7)
    if kind == "raise":
        raise ZeroDivisionError("our own mistake")
    if kind == "hang":
        time.sleep(60)
    if kind == "pid":
        return os.getpid()
    return value * 2


def cannot_begin():
    raise ImportError("no such thing")


@pytest.fixture
def two(tmp_path):
    with Processes(partial(begin, tmp_path), 2) as processes:
        yield processes


def test_tasks_are_carried_out_in_as_many_processes_as_asked_for(two, tmp_path):
    futures = [two.submit(("double", i)) for i in range(20)]
    assert [future.result(60) for future in futures] == [2 * i for i in range(20)]
    own = {two.submit(("pid", 0)).result(60) for _ in range(6)}
    assert os.getpid() not in own
    assert len(list(tmp_path.glob("began-*"))) == 2


def test_a_task_that_kills_its_process_is_given_up_and_costs_no_other(two):
    before = [two.submit(("double", i)) for i in range(3)]
    deadly = two.submit(("die", 0))
    after = [two.submit(("double", i)) for i in range(3, 8)]
    assert [f.result(60) for f in (*before, *after)] == [2 * i for i in range(8)]
    with pytest.raises(WorkerDiedError, match=f"died {MOST_DEATHS} times, .* with status -9"):
        deadly.result(60)


def test_a_task_whose_process_died_by_chance_is_carried_out_again(two):
    assert two.submit(("die twice", 21)).result(60) == 42


def test_where_signals_cannot_be_held_back_as_on_windows_processes_work_and_die_alike(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(worker, "signal", SimpleNamespace())
    monkeypatch.setattr(worker, "resource_tracker", SimpleNamespace())  # there is none there
    with Processes(partial(begin, tmp_path), 1, seconds=30.0) as processes:
        assert processes.submit(("die twice", 21)).result(60) == 42
        assert processes.submit(("double", 4)).result(60) == 8


def test_a_task_that_raises_ends_nothing_and_its_traceback_comes_back(two):
    with pytest.raises(RuntimeError, match=r"(?s)carry_out.*ZeroDivisionError: our own mistake"):
        two.submit(("raise", 0)).result(60)
    assert two.submit(("double", 4)).result(60) == 8


def test_a_task_that_does_not_end_is_given_up_with_its_process(tmp_path):
    with Processes(partial(begin, tmp_path), 1, seconds=1.0) as processes:
        hanging, good = processes.submit(("hang", 0)), processes.submit(("double", 4))
        with pytest.raises(WorkerDiedError, match="it did not end within 1 s"):
            hanging.result(60)
        assert good.result(60) == 8


def test_where_no_process_can_begin_the_error_says_so():
    with Processes(cannot_begin, 1) as processes, pytest.raises(RunError, match="could not begin"):
        processes.submit(("double", 1)).result(60)


def test_the_end_waits_for_nothing_and_leaves_no_process(tmp_path):
    with Processes(partial(begin, tmp_path), 2) as processes:
        pids = {processes.submit(("pid", 0)).result(60) for _ in range(8)}
        futures = [processes.submit(("hang", 0)) for _ in range(5)]
        time.sleep(0.2)
    assert all(future.done() for future in futures)
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)


def begin_after_deaths(folder, n):
    """Die at the start so many times, as where a machine has no memory for a while."""
    deaths = folder / "deaths"
    before = len(deaths.read_bytes()) if deaths.exists() else 0
    if before < n:
        deaths.write_bytes(b"x" * (before + 1))
        os.kill(os.getpid(), signal.SIGKILL)
    return begin(folder)


def test_a_process_that_dies_while_it_begins_is_begun_again(tmp_path):
    with Processes(partial(begin_after_deaths, tmp_path, MOST_DEATHS - 1), 1) as processes:
        assert processes.submit(("double", 4)).result(60) == 8


def test_processes_that_always_die_while_they_begin_are_told_of_with_the_true_reason(tmp_path):
    with (
        Processes(partial(begin_after_deaths, tmp_path, 99), 1) as processes,
        pytest.raises(RunError, match=r"it died 3 times before .* with status -9") as raised,
    ):
        processes.submit(("double", 1)).result(60)
    assert "__main__" not in str(raised.value)


def test_what_a_process_cannot_begin_with_is_told():
    with (
        Processes(cannot_begin, 1) as processes,
        pytest.raises(RunError, match="ImportError: no such thing"),
    ):
        processes.submit(("double", 1)).result(60)
