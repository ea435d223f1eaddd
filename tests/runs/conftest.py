from multiprocessing import get_context

import numpy as np
import pandas as pd
import pytest

from cellcolony.runs import recorder
from cellcolony.tasks.forecast import Forecast
from tests.runs import settings
from tests.runs.fakes import faked


@pytest.fixture(scope="session")
def frame():
    rng = np.random.default_rng(0)
    time = np.arange(300)
    wave = np.sin(time / 7) + 0.05 * rng.normal(size=300)
    return pd.DataFrame({"wave": 50 + 20 * wave, "other": np.cos(time / 7)})


@pytest.fixture(scope="session")
def task(frame):
    return Forecast.from_frames(frame, ["wave"])


@pytest.fixture(scope="session")
def data(tmp_path_factory, frame):
    """The same series as a file."""
    path = tmp_path_factory.mktemp("data") / "wave.csv"
    frame.to_csv(path, index=False)
    return path


@pytest.fixture(scope="session")
def read(data):
    """The task of that file."""
    return Forecast.from_csv(data, "wave")


@pytest.fixture(scope="session")
def text(tmp_path_factory):
    """A small text as a task."""
    return settings.text_in(tmp_path_factory.mktemp("text"))


@pytest.fixture
def no_training():
    """No language model is trained: see `fakes.Losses`."""
    with faked():
        yield


@pytest.fixture
def often(monkeypatch):
    """Checkpoints are written often."""
    monkeypatch.setattr(recorder, "CANDIDATES", 5)
    monkeypatch.setattr(recorder, "SECONDS", 0.0)


@pytest.fixture(scope="session")
def processes():
    """Starts processes by forking one that has imported everything, and nothing else.

    There is one such process for all tests, and what it is to import counts before it has begun.
    """
    context = get_context("forkserver")
    context.set_forkserver_preload(["tests.runs.killable"])
    return context
