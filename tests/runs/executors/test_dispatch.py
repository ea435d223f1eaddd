"""Tasks on their way to workers elsewhere, by an engine that works in this process."""

import pickle
import threading
from concurrent.futures import BrokenExecutor, ThreadPoolExecutor
from dataclasses import replace

import pytest

from cellcolony.errors import RunError
from cellcolony.runs.executors.crew import Demand
from cellcolony.runs.executors.dispatch import Dispatcher, HowSent
from cellcolony.runs.executors.machine import Crowd, Machine, this_machine
from cellcolony.runs.executors.workbench import HERE, Parcel, carry_out
from cellcolony.runs.executors.worker import WorkerDiedError


def begin(stop):
    return double


def double(task):
    if task == "raise":
        raise ZeroDivisionError("our own mistake")
    return task * 2


class Here:
    """Works in threads of this process, and notes what was sent."""

    def __init__(self, n=2, answer=carry_out):
        self.n, self.answer, self.sent, self.halted = n, answer, [], 0
        self.threads = ThreadPoolExecutor(4)

    def send(self, message, arrived):
        self.sent.append(message)
        self.threads.submit(self.work, message, arrived)

    def work(self, message, arrived):
        try:
            found = self.answer(message)
        except Exception as error:
            found = error
        arrived(found)

    def n_workers(self):
        return self.n

    def halt(self):
        self.halted += 1


def sent(engine):
    """Return how many tasks each message had, and whether what is begun with came along."""
    messages = [pickle.loads(one) for one in engine.sent]
    return [(len(tasks), parcel is not None) for _, _, parcel, tasks in messages]


@pytest.fixture
def parcel():
    HERE.close()
    return Parcel.of(begin, is_apart=False)


def test_what_a_study_begins_with_is_sent_once_and_then_tasks_alone(parcel):
    engine = Here(1)
    with Dispatcher(engine, parcel, Demand(None), HowSent(1)) as crew:
        assert [crew.submit(i).result(9) for i in range(5)] == [0, 2, 4, 6, 8]
    assert sent(engine) == [(1, False), (1, True), (1, False), (1, False), (1, False), (1, False)]


def test_what_is_sent_together_comes_back_each_to_its_own(parcel):
    engine, gate = Here(1), threading.Event()

    def answer(message):
        gate.wait(9)
        return carry_out(message)

    engine.answer = answer
    with Dispatcher(engine, parcel, Demand(None), HowSent(4)) as crew:
        assert crew.room() == 4
        futures = [crew.submit(i) for i in range(9)]
        gate.set()
        assert [future.result(9) for future in futures] == [2 * i for i in range(9)]
    assert max(n for n, _ in sent(engine)) == 4


def test_tasks_of_a_millisecond_go_together_as_far_as_the_budget_lets_them(parcel):
    engine = Here(2)
    with Dispatcher(engine, parcel, Demand(None, most=60), HowSent()) as crew:
        assert crew.room() == 2
        crew.submit(1).result(9)
        assert crew.room() == 60
        assert [f.result(9) for f in [crew.submit(i) for i in range(60)]] == [*range(0, 120, 2)]
    assert max(n for n, _ in sent(engine)) == 30


def test_workers_are_followed_as_they_come_and_go_up_to_what_was_asked_for(parcel):
    engine = Here(0)
    with Dispatcher(engine, parcel, Demand(6), HowSent()) as crew:
        waiting = [crew.submit(i) for i in range(3)]
        assert crew.room() == 1
        assert not engine.sent
        engine.n = 64
        assert [future.result(9) for future in waiting] == [0, 2, 4]
        assert crew.room() == 6


def test_what_was_not_sent_can_be_taken_back_and_what_was_sent_cannot(parcel):
    engine, gate = Here(1), threading.Event()
    engine.answer = lambda message: gate.wait(9) and carry_out(message)
    with Dispatcher(engine, parcel, Demand(None), HowSent(1)) as crew:
        first, second = crew.submit(1), crew.submit(2)
        while not first.running():
            pass
        assert not first.cancel()
        assert second.cancel()
        gate.set()
        assert first.result(9) == 2


def test_a_batch_whose_worker_dies_is_carried_out_one_by_one(parcel):
    def answer(message):
        tasks = [pickle.loads(task) for task in pickle.loads(message)[3]]
        if "deadly" in tasks:
            raise WorkerDiedError("its worker died 4 times")
        return carry_out(message)

    engine = Here(1, answer)
    with Dispatcher(engine, parcel, Demand(None), HowSent(3)) as crew:
        good, deadly, other = (crew.submit(task) for task in (1, "deadly", 3))
        assert (good.result(9), other.result(9)) == (2, 6)
        with pytest.raises(WorkerDiedError, match="its worker died 4 times"):
            deadly.result(9)


def test_a_task_that_raises_brings_its_traceback_and_ends_nothing(parcel):
    with Dispatcher(Here(), parcel, Demand(None), HowSent()) as crew:
        raised = crew.submit("raise")
        assert crew.submit(4).result(9) == 8
    with pytest.raises(RuntimeError, match=r"(?s)in double.*our own mistake"):
        raised.result(9)


def no_space(stop):
    raise OSError(28, "No space left on device", "/cache")


def test_a_full_disk_on_a_worker_is_named(parcel):
    parcel = Parcel.of(no_space, is_apart=False)
    with (
        Dispatcher(Here(), parcel, Demand(None), HowSent()) as crew,
        pytest.raises(RunError, match=r"cannot work: .*No space left on device: '/cache'.*resume"),
    ):
        crew.submit(1).result(9)


def test_an_executor_that_breaks_breaks_what_was_sent_as_it_says(parcel):
    def broken(message):
        raise BrokenExecutor("a process ended")

    with (
        Dispatcher(Here(1, broken), parcel, Demand(None), HowSent()) as crew,
        pytest.raises(BrokenExecutor, match="a process ended"),
    ):
        crew.submit(1).result(9)


def test_a_worker_that_cannot_import_what_is_needed_is_told_of_as_ours(parcel):
    def missing(message):
        raise ModuleNotFoundError("No module named 'cellcolony'")

    with (
        Dispatcher(Here(1, missing), parcel, Demand(None), HowSent()) as crew,
        pytest.raises(RunError, match="must be able to import cellcolony"),
    ):
        crew.submit(1).result(9)


def test_an_engine_that_is_lost_ends_all_that_waits(parcel):
    class Lost(Here):
        def n_workers(self):
            if self.n < 0:
                raise RunError("the scheduler is gone")
            return self.n

    engine = Lost(0)
    with Dispatcher(engine, parcel, Demand(None), HowSent()) as crew:
        waiting = crew.submit(1)
        engine.n = -1
        with pytest.raises(RunError, match="is gone"):
            waiting.result(9)
        with pytest.raises(RunError, match="is gone"):
            crew.submit(2).result(9)


def test_the_stop_flag_is_passed_on_once(parcel):
    engine = Here()
    with Dispatcher(engine, parcel, Demand(None), HowSent()) as crew:
        crew.stop[0] = 1
        while not engine.halted:
            crew.submit(1).result(9)
        crew.submit(1).result(9)
    assert engine.halted == 1


def of_another(**changes):
    """Return what a worker with other versions, or another processor, answers."""
    machine = replace(this_machine(), **changes).to_dict()
    return lambda message: {**carry_out(message), "machine": machine}


def test_versions_that_differ_are_refused_by_name(parcel):
    versions = {**this_machine().versions, "Numba": "0.0.1"}
    engine = Here(1, of_another(host="node7", versions=versions))
    own = this_machine().versions["Numba"]
    with (
        Dispatcher(engine, parcel, Demand(None), HowSent()) as crew,
        pytest.raises(RunError, match=rf"node7 .*: Numba 0\.0\.1 \(here {own}\).*resume"),
    ):
        crew.submit(1).result(9)


def test_a_worker_does_nothing_for_a_master_of_other_versions():
    from cellcolony.runs.executors.workbench import Message

    versions = {**this_machine().versions, "cellcolony": "9.9"}
    report = carry_out(Message(versions, "any", None, (b"not read",)).to_bytes())
    assert report["results"] is None
    assert report["machine"]["versions"]["cellcolony"] != "9.9"


@pytest.mark.parametrize("is_strict", [False, True])
@pytest.mark.parametrize("may_mix", [False, True])
def test_another_type_of_processor_is_told_of_and_refused_in_strict_order(is_strict, may_mix):
    crowd, machine = Crowd(is_strict, may_mix), this_machine()
    crowd.check(machine.to_dict())
    other = replace(machine, host="old", cpu="haswell").to_dict()
    if is_strict and not may_mix:
        with pytest.raises(RunError, match=r"old haswell.* In strict order .*--mixed-cpus"):
            crowd.check(other)
        return
    crowd.check(other)
    crowd.check(other)
    assert list(crowd.cpus) == [machine.cpu, "haswell"]
    assert len(crowd.news()) == (not may_mix)
    assert not crowd.news()


def test_torch_is_compared_only_where_both_have_it():
    mine = Machine("a", "c", {"Numba": "1", "torch": "2"})
    assert mine.others({"Numba": "1"}) == []
    assert mine.others({"Numba": "1", "torch": "3"}) == ["torch"]
    assert Machine("a", "c", {"Numba": "1"}).others({"torch": "3"}) == ["Numba"]
