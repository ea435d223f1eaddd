"""GPUs are counted, and each process sees its own: processes are real, GPUs are names alone."""

import os
import pickle
import subprocess
import sys
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from functools import partial

import pytest

from cellcolony.errors import ConfigError
from cellcolony.runs.executors import EXECUTORS, gpus, working
from cellcolony.runs.executors.crew import Demand
from cellcolony.runs.executors.dask import Dask
from cellcolony.runs.executors.sharing import Sharing
from cellcolony.runs.executors.workbench import Parcel, Workbench
from tests.runs.executors import looks
from tests.runs.executors.clusters import ended, scheduler, worker
from tests.runs.executors.test_mpi import MPIEXEC

WHOLE = "GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-5c89852c-d268)"
OTHER = "GPU 1: NVIDIA A100-SXM4-40GB (UUID: GPU-77aa)"
PARTS = [
    "  MIG 3g.20gb     Device  0: (UUID: MIG-c6d4f1ef-42e4)",
    "  MIG 3g.20gb     Device  1: (UUID: MIG-cba663e8-9bed)",
]


@pytest.fixture
def visible(monkeypatch):
    """Return what lets this process, and those that it starts, have GPUs of these names."""
    for name in gpus.LOCAL_RANKS:
        monkeypatch.delenv(name, raising=False)
    return partial(monkeypatch.setenv, looks.VISIBLE)


@pytest.fixture
def driver(monkeypatch, tmp_path):
    """Return what makes a `nvidia-smi` that prints these lines and ends with this status."""
    monkeypatch.delenv(looks.VISIBLE, raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    def make(lines, status=0):
        path = tmp_path / "nvidia-smi"
        told = "".join(f"echo '{line}'\n" for line in lines)
        path.write_text(f'#!/bin/sh\n[ "$1" = -L ] || exit 2\n{told}exit {status}\n')
        path.chmod(0o755)

    return make


@pytest.fixture
def usable(monkeypatch):
    """Let torch say that it can use the GPUs."""
    torch = pytest.importorskip("torch")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("0,2", ("0", "2")),
        (" 1 , 0", ("1", "0")),
        ("GPU-5c,MIG-GPU-5c/1/2,MIG-c6", ("GPU-5c", "MIG-GPU-5c/1/2", "MIG-c6")),
        ("0,0,1", ("0", "1")),
        ("1,-1,0", ("1",)),
        ("", ()),
        ("-1", ()),
        ("NoDevFiles", ()),
    ],
)  # fmt: skip
def test_the_variable_of_cuda_says_which_gpus_there_are(visible, driver, told, found):
    driver([WHOLE])
    visible(told)
    assert gpus.gpus() == found


def test_else_the_driver_does_and_parts_of_a_gpu_are_gpus(driver):
    driver([WHOLE, OTHER])
    assert gpus.gpus() == ("GPU-5c89852c-d268", "GPU-77aa")
    driver([WHOLE, *PARTS, OTHER])
    assert gpus.gpus() == ("MIG-c6d4f1ef-42e4", "MIG-cba663e8-9bed", "GPU-77aa")


def test_without_a_driver_or_with_one_that_fails_there_is_none(driver):
    assert gpus.gpus() == ()
    driver([WHOLE], status=9)
    assert gpus.gpus() == ()
    driver(["No devices were found"])
    assert gpus.gpus() == ()


def seen_by(crew, n):
    """Return, of each process of `n` that work at once, its GPU, by its number."""
    futures = [crew.submit(n) for _ in range(n)]
    found = [future.result(60) for future in futures]
    assert all(at_import == now for _, at_import, now in found)
    return {pid: gpu for pid, gpu, _ in found}


@pytest.mark.parametrize(("per_gpu", "n"), [(1, 2), (2, 4)])
def test_each_process_sees_its_own_gpu_alone_before_anything_is_imported(
    visible, tmp_path, per_gpu, n
):
    visible("3,MIG-a")
    begin = partial(looks.begin, tmp_path)
    with working(begin, "processes", Demand(9, per_gpu=per_gpu)) as crew:
        assert crew.room() == n
        seen = seen_by(crew, n)
    assert Counter(seen.values()) == {"3": per_gpu, "MIG-a": per_gpu}
    assert os.environ[looks.VISIBLE] == "3,MIG-a"


def test_fewer_workers_than_gpus_leave_some_alone_and_others_need_none(visible, tmp_path):
    visible("0,1,2")
    begin = partial(looks.begin, tmp_path)
    with working(begin, "processes", Demand(1, per_gpu=2)) as crew:
        assert set(seen_by(crew, 1).values()) == {"0"}
    with working(begin, "processes", Demand(1)) as crew:
        assert set(seen_by(crew, 1).values()) == {"0,1,2"}


def test_a_process_that_takes_the_place_of_one_that_died_has_its_gpu(visible, tmp_path):
    visible("0,1,2")
    with working(partial(looks.begin, tmp_path), "processes", Demand(2, per_gpu=1)) as crew:
        before = seen_by(crew, 2)
        pid, gpu, _ = crew.submit("die").result(60)
    died = int((tmp_path / "died").read_text())
    assert pid not in before
    assert gpu == before[died]


def test_programs_that_share_a_machine_begin_with_gpus_of_their_own(visible, monkeypatch):
    visible("0,1,2")
    monkeypatch.setenv("MPI_LOCALRANKID", "1")
    assert gpus.seats(1, 9) == ("1", "2", "0")
    monkeypatch.setenv("MPI_LOCALRANKID", "5")
    assert gpus.seats(2, 2) == ("2", "0")
    assert gpus.seats(None, 2) == ()


def test_a_bench_elsewhere_lets_no_more_share_a_gpu_however_many_tasks_come(visible, tmp_path):
    visible("a1,0,1")  # which names none
    assert gpus.seats(1, 4) == ()
    visible("0,1")
    bench = Workbench(Parcel.of(partial(looks.begin, tmp_path), per_gpu=1), at_once=6)
    try:
        with ThreadPoolExecutor(6) as threads:
            tasks = [[pickle.dumps(2)]] * 6
            results = [one for (one,) in threads.map(bench.carry_out, tasks)]
    finally:
        bench.close()
    found = [pickle.loads(one.content) for one in results]
    assert {gpu for _, gpu, _ in found} == {"0", "1"}
    assert len({pid for pid, _, _ in found}) == 2


def test_a_dask_worker_on_gpus_takes_as_many_tasks_as_they_do(visible, tmp_path):
    pytest.importorskip("distributed")
    file = tmp_path / "scheduler.json"
    visible("0,GPU-b")
    place = Dask(scheduler_file=file, tasks_per_batch=1)
    with ended(scheduler(file)), ended(worker(file, "--gpu", "--per-gpu", "2")):
        visible("")  # the master needs no GPU
        begin = partial(looks.begin, tmp_path)
        with working(begin, place, Demand(None, per_gpu=2)) as crew:
            seen = seen_by(crew, 4)
            assert crew.room() == 4
    assert Counter(seen.values()) == {"0": 2, "GPU-b": 2}


@pytest.mark.skipif(MPIEXEC is None, reason="needs mpiexec")
def test_ranks_of_mpi_have_gpus_by_their_number_on_the_machine(visible, tmp_path):
    pytest.importorskip("mpi4py")
    visible("0,1,2")
    assert MPIEXEC is not None
    program = "-m", "mpi4py.futures", "-m", "tests.runs.executors.looks", tmp_path, "2"
    command = [MPIEXEC, "-n", "3", sys.executable, *program]
    done = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    assert sorted(done.stdout.splitlines()) == ["saw 1", "saw 2"]


def test_by_cuda_as_many_train_at_once_as_the_gpus_take(visible, usable):
    visible("0,1")
    shared = Sharing.of(True, "processes", "cuda", 3)
    assert shared == Sharing(3, 2, 6)
    assert (shared.n_of(None, 64), shared.n_of("usual", 1), shared.n_of(4, 4)) == (6, 1, 4)
    with pytest.raises(ConfigError, match="`workers` is 7, and 2 GPUs with 3 at once on each take"):
        shared.n_of(7, 7)
    local = Sharing.of(True, "dask", "cuda", 3)
    assert local.n_of("usual", 64) == 6
    assert Sharing.of(True, "threads", "cuda") == Sharing(1, 1, 1)


def test_elsewhere_others_decide_how_many_train(visible):
    visible("")
    for place in (Dask("tcp://a:1"), EXECUTORS["mpi"]):
        assert Sharing.of(True, place, "cuda", 2) == Sharing(2, 0, None)


def test_by_auto_gpus_are_used_where_torch_can(visible, monkeypatch):
    torch = pytest.importorskip("torch")
    visible("0,1")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert Sharing.of(True, "processes", "auto") == Sharing()
    with pytest.raises(ConfigError, match="torch sees no GPU here"):
        Sharing.of(True, "processes", "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert Sharing.of(True, "processes", "auto") == Sharing(1, 2, 2)
    assert Sharing.of(True, "processes", "cpu") == Sharing()
    assert Sharing.of(False, "processes", "auto") == Sharing()


@pytest.mark.parametrize(
    ("names", "asked", "message"),
    [
        ("", (True, "processes", "cuda"), "no GPU here: CUDA_VISIBLE_DEVICES is ''.*--device cpu"),
        ("0", (True, "threads", "cuda", 2), "`per_gpu` must be 1 in threads.*executor processes"),
        ("0", (True, "processes", "cuda", 0), "`per_gpu` must be a whole number of at least 1"),
        ("0", (True, "processes", "cpu", 2), "`per_gpu` is for trainings on GPUs"),
        ("0", (False, "threads", "cuda"), "`device` is for language models"),
    ],
)
def test_what_cannot_be_is_refused(visible, usable, names, asked, message):
    visible(names)
    with pytest.raises(ConfigError, match=message):
        Sharing.of(*asked)
