"""What the demonstration searches: a small task and settings that show something in 15 seconds."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from cellcolony.networks.protocol import protocol
from cellcolony.runs.studies import study_of
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.tasks.forecast import Forecast

BUDGET = ("15s", "500 networks")


def demonstration(seed: int = 0, **options: Any) -> Study:
    """Return a study of a series made on the spot, by a small colony.

    Few cells keep compiling short; more epochs than usual give so short a series enough updates.

    Args:
        seed: Keys the series, and every random stream of the search.
        **options: Those of `study_of`.
    """
    ants = AntSwarm(n_ants=10, n_layers=2, cells=("simple", "gru"))
    training = replace(protocol("modern"), epochs=30)
    return study_of(Forecast.demo(seed), ants, training=training, seed=seed, **options)
