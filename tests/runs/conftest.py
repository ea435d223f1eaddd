import numpy as np
import pandas as pd
import pytest

from cellcolony.tasks.forecast import Forecast


@pytest.fixture(scope="session")
def frame():
    rng = np.random.default_rng(0)
    time = np.arange(300)
    wave = np.sin(time / 7) + 0.05 * rng.normal(size=300)
    return pd.DataFrame({"wave": 50 + 20 * wave, "other": np.cos(time / 7)})


@pytest.fixture(scope="session")
def task(frame):
    return Forecast.from_frames(frame, ["wave"])
