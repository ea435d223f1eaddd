"""Studies for processes that are killed; a process that imports this has loaded what they need."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from importlib import import_module
from pathlib import Path

from cellcolony.runs import recorder
from cellcolony.runs.resume import resume
from cellcolony.runs.study import Study
from cellcolony.search.nodes import NodeEvolution
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.language import Language
from tests.runs import settings
from tests.runs.fakes import fake_language

with suppress(ImportError):  # without Torch no language model is trained
    import_module("cellcolony.layers.long_training")

EPOCHS = 6


def forecast(data: Path) -> Study:
    """Return a search for forecasts that has rivals, and is compared with random search."""
    return settings.forecast(Forecast.from_csv(data, "wave"), settings.all_of_a_forecast())


def nodes(text: Path) -> Study:
    """Return a search for nodes whose trainings take no time."""
    evolution = NodeEvolution(population=12, generations=6)
    return settings.nodes(Language.from_files(text), method=evolution)


def model(text: Path) -> Study:
    """Return two trainings of a language model."""
    return settings.model(Language.from_files(text), epochs=EPOCHS, optimizer="adam", n_seeds=2)


STUDIES: dict[str, Callable[[Path], Study]] = {"forecast": forecast, "nodes": nodes, "model": model}


def run(kind: str, data: Path, out: Path, budget: str | None, workers: int) -> None:
    """Begin a study, or go on with it; its checkpoints come as often as can be.

    Args:
        kind: Which study.
        data: The file that it is begun with.
        out: Its directory.
        budget: When its search ends.
        workers: How many candidates are judged at once.
    """
    recorder.CANDIDATES, recorder.SECONDS = 5, 0.0
    if kind == "nodes":
        fake_language()
    how = {"workers": workers, "executor": "threads", "device": "cpu"}
    if (out / "config.toml").exists():
        resume(out, budget, **how)
        return
    shutil.rmtree(out, ignore_errors=True)  # it was killed before it was a run
    STUDIES[kind](data).run(budget, out=out, **how)
