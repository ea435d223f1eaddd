"""A search on the ranks of MPI, as a user starts it."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from cellcolony.errors import ConfigError
from tests.runs.executors import on_ranks
from tests.runs.runs import journal
from tests.runs.test_executors import search

MPIEXEC = shutil.which("mpiexec", path=str(Path(sys.executable).parent)) or shutil.which("mpiexec")
PROGRAM = "-m", "mpi4py.futures", "-m", "tests.runs.executors.on_ranks"


def test_without_mpiexec_the_error_tells_how_the_program_is_begun(task):
    pytest.importorskip("mpi4py")
    with pytest.raises(ConfigError, match=r"begun so: mpiexec -n 64 python -m mpi4py\.futures"):
        search(task, 2, executor="mpi")


@pytest.mark.skipif(MPIEXEC is None, reason="needs mpiexec")
def test_three_ranks_give_the_same_run_as_one_thread(data, tmp_path):
    pytest.importorskip("mpi4py")
    command = [MPIEXEC, "-n", "3", sys.executable, *PROGRAM, data, tmp_path / "mpi"]
    subprocess.run(command, check=True, capture_output=True, timeout=300)
    on_ranks.study(data).run("12 networks", out=tmp_path / "alone")
    assert journal(tmp_path / "mpi") == journal(tmp_path / "alone")
