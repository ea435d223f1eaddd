"""What the demonstration searches: a small task and settings that show something in 15 seconds."""

from __future__ import annotations

from dataclasses import replace

from cellcolony.networks.protocol import Protocol, protocol
from cellcolony.search.ants import AntSwarm
from cellcolony.tasks.demo import demo_task
from cellcolony.tasks.forecast import Forecast

BUDGET = ("15s", "500 networks")


def demonstration(seed: int) -> tuple[Forecast, AntSwarm, Protocol]:
    """Return a task made on the spot, a small colony, and a training for so little data.

    Few cells keep compiling short; more epochs than usual give so short a series enough updates.
    """
    ants = AntSwarm(n_ants=10, n_layers=2, cells=("simple", "gru"))
    return demo_task(seed), ants, replace(protocol("modern"), epochs=30)
