"""Leagues whose runs take a moment, and the standing of one that was never run."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from cellcolony.networks.protocol import protocol
from cellcolony.runs.events import Done
from cellcolony.runs.intervals import Margin
from cellcolony.runs.league import read_league
from cellcolony.runs.league.folder import LeagueFacts
from cellcolony.runs.league.standing import LeagueRun, Standing
from cellcolony.runs.model_kinds import OWN, OWN_ENSEMBLE
from cellcolony.runs.scores import CONTROL, EVOLVED, RIVAL, Contender, Score
from cellcolony.search.ants import AntSwarm
from cellcolony.tasks.forecast import Forecast

ANTS = AntSwarm(n_ants=2, n_layers=1, n_nodes_per_layer=2, cells=("simple",))
QUICK = replace(protocol("modern"), epochs=1, window=20, lanes=4)
TASKS = """
[wave]
files = "data/wave.csv"
target = "wave"
[other]
files = ["data/wave.csv"]
target = "other"
horizon = 2
"""
"""Two tasks on the file that `write_league` writes."""
ROLES = {OWN: EVOLVED, OWN_ENSEMBLE: EVOLVED, "random search": CONTROL}


def write_league(folder, tasks=TASKS):
    """Write league.toml, and data/wave.csv with 120 rows; return the path of the league."""
    (folder / "data").mkdir(parents=True, exist_ok=True)
    time = np.arange(120) / 5
    frame = pd.DataFrame({"wave": 30 + 5 * np.sin(time), "other": np.cos(time)})
    frame.to_csv(folder / "data" / "wave.csv", index=False)
    (folder / "league.toml").write_text(tasks)
    return folder / "league.toml"


def quick(path, **options):
    """Return a league of runs with two networks and one plain rival, in strict order."""
    given = {"seeds": 2, "budget": "2 networks", "rivals": ["persistence"], "order": "strict"}
    return read_league(path, ANTS, training=QUICK, **(given | options))


def forecast_of(league, task):
    """Return the data of a task of a league."""
    data = league.study(task).task
    assert isinstance(data, Forecast)
    return data


def is_done(event):
    """Say whether a candidate was judged."""
    return isinstance(event, Done)


def contender(key, valid, test, name=""):
    """Return a model with one score on each split."""
    role = ROLES.get(key, RIVAL)
    scores = tuple(
        Score(name or key, role, "search", split, "mae", 10, 50, 1.0, value, "y",
              candidate=3 if key == OWN else None)
        for split, value in (("valid", valid), ("test", test))
        if value is not None
    )  # fmt: skip
    return Contender(name or key, role, scores, Forecast.measure)


def margin(name, low, high):
    """Return how an evolved network differs from another model."""
    return Margin(name, "y", (low + high) / 2, low, high, 0.5, 0.5, 10)


def run(task: str, seed: int = 0, margins: Iterable[Margin] = (), **models: Any) -> LeagueRun:
    """Return a run that never ran: models by name, `_` for a blank, as pairs of errors."""
    named = {key.replace("_", " "): errors for key, errors in models.items()}
    found = {key: contender(key, *errors) for key, errors in named.items()}
    return LeagueRun(task, seed, "print", "MAE", found, tuple(margins))


def standing(*runs, missing=None):
    """Return the standing of a league of these runs."""
    tasks = {one.task: {} for one in runs}
    seeds = 1 + max(one.seed for one in runs)
    facts = LeagueFacts("0.1.0", "3 s", seeds, 0, {"name": "ants"}, tasks)
    return Standing(facts, tuple(runs), missing or {})
