"""One small trained run that the tests of exports share."""

import numpy as np
import pandas as pd
import pytest

from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import forecast


@pytest.fixture(scope="session")
def wave_run(tmp_path_factory):
    """A run with an ensemble on `new.csv`, as `runs/coal` of a folder."""
    folder = tmp_path_factory.mktemp("exports")
    time = np.arange(600) / 7
    noise = np.random.default_rng(0).normal(0, 0.05, 600)
    wave = pd.DataFrame({"wave": 50 + 20 * (np.sin(time) + noise), "other": np.cos(time)})
    wave.to_csv(folder / "new.csv", index=False)
    task = Forecast.from_csv(folder / "new.csv", "wave")
    stages = EnsembleStage(), ScoresStage()
    forecast(task, stages).run("8 networks", out=folder / "runs" / "coal")
    return folder / "runs" / "coal"
