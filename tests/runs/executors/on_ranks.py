"""A search on the ranks of MPI: python -m mpi4py.futures -m tests.runs.executors.on_ranks."""

import sys
from pathlib import Path

from cellcolony.tasks.forecast import Forecast
from tests.runs import settings


def study(data):
    """Return the study; whoever runs it elsewhere must get the same."""
    return settings.forecast(Forecast.from_csv(data, "wave"), ())


if __name__ == "__main__":
    study(sys.argv[1]).run("12 networks", out=Path(sys.argv[2]), executor="mpi")
