"""What travels to a worker, and how work is done there."""

import io
import os
import pickle
from functools import partial

import pytest

from cellcolony.contract import Candidate
from cellcolony.runs.budget import Budget
from cellcolony.runs.executors.workbench import MOST_KEPT, Benches, Parcel, Workbench
from cellcolony.runs.hands import Hands
from cellcolony.runs.session import Session
from cellcolony.runs.stages.search import begin_judging
from tests.runs import settings
from tests.runs.settings import TEXT

MOST_BYTES = 50_000
OURS = "builtins", "cellcolony", "collections", "functools", "numpy", "pathlib"
"""The packages of all classes and functions that are named in what is sent."""


class Reader(pickle.Unpickler):
    """Notes what a pickle names."""

    def __init__(self, content):
        super().__init__(io.BytesIO(content))
        self.named = set()

    def find_class(self, module, name):
        self.named.add((module, name))
        return super().find_class(module, name)


def named(content):
    """Return the classes and functions that a pickle names."""
    reader = Reader(content)
    reader.load()
    return reader.named


def begun(study, task):
    """Return a session before its first candidate."""
    return Session.begin(study.config, Hands("processes", 1), Budget(10), data=task)


@pytest.fixture(params=["forecast", "text"])
def session(request, task, tmp_path):
    if request.param == "forecast":
        return begun(settings.forecast(task, ()), task)
    pytest.importorskip("torch")
    from cellcolony.tasks.language import Language

    (tmp_path / "text.txt").write_text(TEXT)
    text = Language.from_files(tmp_path / "text.txt")
    return begun(settings.nodes(text, ()), text)


def test_a_candidate_is_small_and_brings_no_data_along(session):
    for _ in range(10):
        candidate = session.restored.ledger.ask()
        assert isinstance(candidate, Candidate)
        content = pickle.dumps(candidate, pickle.HIGHEST_PROTOCOL)
        assert len(content) < MOST_BYTES
        assert {module.partition(".")[0] for module, _ in named(content)} <= {*OURS}


def test_what_a_study_begins_with_is_told_by_its_content_and_can_be_read_elsewhere(session):
    begin = begin_judging(session)
    one, same = Parcel.of(begin), Parcel.of(begin)
    assert one == same
    assert {module.partition(".")[0] for module, _ in named(one.content)} <= {*OURS}
    assert callable(pickle.loads(one.content))


def begin(stop):
    return partial(work, stop)


def work(stop, task):
    if task == "pid":
        return os.getpid()
    if task == "die":
        os._exit(5)
    if task == "flag":
        return int(stop[0])
    raise ValueError(task)


def carried_out(bench, *tasks):
    return bench.carry_out([pickle.dumps(task) for task in tasks])


@pytest.fixture
def apart():
    bench = Workbench(Parcel.of(begin))
    yield bench
    bench.close()


def test_work_apart_is_done_in_another_process_whose_death_takes_along_one_task(apart):
    before, death, after, error = carried_out(apart, "pid", "die", "pid", "other")
    assert {before.ended, after.ended} == {"value"}
    assert os.getpid() not in (pickle.loads(before.content), pickle.loads(after.content))
    assert death[:2] == ("died", "its process died 3 times, the last time with status 5")
    assert error.ended == "raised"
    assert "ValueError: other" in error.content


def test_work_here_is_done_in_this_process():
    bench = Workbench(Parcel.of(begin, is_apart=False))
    (found,) = carried_out(bench, "pid")
    assert pickle.loads(found.content) == os.getpid()


def test_the_stop_flag_reaches_both(apart):
    for bench in (apart, Workbench(Parcel.of(begin, is_apart=False))):
        assert pickle.loads(carried_out(bench, "flag")[0].content) == 0
        bench.halt()
        assert pickle.loads(carried_out(bench, "flag")[0].content) == 1


def test_a_process_keeps_the_benches_of_the_last_studies():
    benches, parcel = Benches(), Parcel.of(begin, is_apart=False)
    assert benches.get("0", None) is None
    first = benches.get("0", parcel)
    for name in range(1, MOST_KEPT):
        benches.get(str(name), parcel)
    assert benches.get("0", None) is first
    benches.get("one more", parcel)
    assert benches.get("1", None) is None
    assert benches.get("0", None) is first
    on_gpu = Parcel.of(begin, is_apart=False, per_gpu=1)
    kept = benches.get("on a GPU", on_gpu)
    assert benches.get("0", None) is None, "its processes would hold memory of the GPU"
    assert benches.get("on a GPU", None) is kept
    benches.close()
    assert benches.get("on a GPU", None) is None
