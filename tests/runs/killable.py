"""A search for processes that are killed; a process that imports this has loaded what they need."""

import shutil
from pathlib import Path

from cellcolony.runs import saving
from cellcolony.runs.evolve import evolve
from cellcolony.runs.resume import resume
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import ANTS, TRAINING

STRICT = {"seed": 1, "protocol": TRAINING, "order": "strict"}


def search(data: Path, out: Path, n_networks: int, workers: int) -> None:
    """Begin a run, or go on with it; its checkpoints come as often as can be."""
    saving.CANDIDATES, saving.SECONDS = 5, 0.0
    budget = f"{n_networks} networks"
    if (out / "config.toml").exists():
        resume(out, budget, workers=workers)
        return
    shutil.rmtree(out, ignore_errors=True)  # it was killed before it was a run
    evolve(Forecast.from_csv(data, "wave"), ANTS, budget, workers=workers, out=out, **STRICT)
