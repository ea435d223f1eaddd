"""What a worker process sees of GPUs: imported there alone, it needs no torch and no GPU."""

import os
import sys
import time
from functools import partial
from pathlib import Path

from cellcolony.runs.executors.crew import Demand
from cellcolony.runs.executors.mpi import OfMPI

VISIBLE = "CUDA_VISIBLE_DEVICES"
AT_IMPORT = os.environ.get(VISIBLE)
"""Read while this module is imported, as torch would be: before anything begins."""
SECONDS = 60


def begin(folder, stop):
    """Return what tells the process, and its GPU as it was while this module was imported."""
    return partial(look, folder)


def look(folder, task):
    """Wait until as many processes as the task says have come here, then tell what is seen.

    "die" ends the process once: when it is carried out again, it tells what it sees.
    """
    if task == "die" and not (folder / "died").exists():
        (folder / "died").write_text(f"{os.getpid()}")
        os._exit(3)
    if task != "die":
        (folder / f"came-{os.getpid()}").touch()
        deadline = time.monotonic() + SECONDS
        while len(list(folder.glob("came-*"))) < task and time.monotonic() < deadline:
            time.sleep(0.01)
    return os.getpid(), AT_IMPORT, os.environ.get(VISIBLE)


if __name__ == "__main__":  # on ranks of MPI: python -m mpi4py.futures -m tests...looks FOLDER
    place, n = Path(sys.argv[1]), int(sys.argv[2])
    from tests.runs.executors import looks

    with OfMPI()(partial(looks.begin, place), Demand(None, per_gpu=1)) as crew:
        futures = [crew.submit(n) for _ in range(n)]
        for future in futures:
            print("saw", future.result(SECONDS)[1])
