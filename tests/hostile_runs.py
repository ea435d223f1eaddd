"""Finished runs of each kind, which are small: what hostile inputs are made from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from cellcolony.runs.battery import read_battery, run_battery
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
from tests.runs.fakes import faked

BATTERY = """
budget = "2 networks"
repeats = 1
data = "demo"
training = { epochs = 1 }
[method]
name = "ants"
n_ants = 3
n_layers = 1
cells = ["simple"]
[[axis]]
name = "pheromone"
levels = [{ label = "constant", pheromone = "constant" }]
"""


def make_runs(folder: Path) -> None:
    """Write `wave.csv`, and into `runs/` a search for forecasts, one for nodes and a battery."""
    steps = np.arange(200)
    frame = pd.DataFrame({"wave": 50 + 20 * np.sin(steps / 7), "other": np.cos(steps / 7)})
    frame.to_csv(folder / "wave.csv", index=False)
    task = Forecast.from_csv(folder / "wave.csv", "wave")
    (folder / "runs").mkdir()
    settings.forecast(task, settings.all_of_a_forecast()).run(
        "6 networks", out=folder / "runs" / "forecast"
    )
    with faked():
        text = settings.text_in(folder)
        settings.nodes(text).run(out=folder / "runs" / "nodes", executor="threads")
    (folder / "battery.toml").write_text(BATTERY)
    run_battery(read_battery(str(folder / "battery.toml")), folder / "runs" / "battery")
