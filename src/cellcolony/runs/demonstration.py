"""What the demonstration searches: a small task and settings that show something in 15 seconds."""

from __future__ import annotations

from cellcolony.networks.protocol import Protocol
from cellcolony.search.ants import AntSwarm
from cellcolony.seeds import rng_for
from cellcolony.tasks.demo import noisy_sensors
from cellcolony.tasks.forecast import Forecast

BUDGET = ("15s", "500 networks")


def demonstration(seed: int) -> tuple[Forecast, AntSwarm, Protocol]:
    """Return a task made on the spot, a small colony, and a training for so little data.

    Few cells keep compiling short; few lanes and many epochs give short series enough updates.
    """
    task = Forecast.from_frames(noisy_sensors(rng_for(seed, -1, "demo")), "count")
    ants = AntSwarm(n_ants=10, n_layers=2, cells=("simple", "gru"))
    training = Protocol(name="demo", lanes=4, window=50, epochs=60, learning_rate=0.01)
    return task, ants, training
