"""What the demonstration searches: a small task and settings that show something in 15 seconds."""

from __future__ import annotations

from dataclasses import replace

from cellcolony.networks.protocol import protocol
from cellcolony.runs.stage import STAGES
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.tasks.forecast import Forecast

BUDGET = ("15s", "500 networks")


def demonstration(seed: int = 0) -> Study:
    """Return a study of a series made on the spot, with a small colony and its rivals.

    Few cells keep compiling short; more epochs than usual give so short a series enough updates.
    """
    return Study.of(
        Forecast.demo(seed),
        AntSwarm(n_ants=10, n_layers=2, cells=("simple", "gru")),
        training=replace(protocol("modern"), epochs=30),
        stages=[STAGES[name]() for name in ("search", "rivals", "scores")],
        seed=seed,
    )
