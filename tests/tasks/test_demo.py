import numpy as np
import pandas as pd
import pytest

from cellcolony.seeds import rng_for
from cellcolony.tasks import rivals
from cellcolony.tasks.demo_series import TARGET, mackey_glass, noisy_sensors
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.gram import lagged


def demo(seed: int = 1) -> pd.DataFrame:
    return noisy_sensors(rng_for(seed, -1, "demo"))


def test_the_demonstration_is_the_same_for_a_seed_and_another_for_another():
    assert demo().equals(demo())
    assert not demo().equals(demo(2))
    assert demo().shape == (4000, 3)


def test_the_process_stays_on_its_attractor():
    x = mackey_glass(2000, np.random.default_rng(0))
    assert 0.2 < x.min() < 0.6
    assert 1.2 < x.max() < 1.5
    assert 0.2 < x.std() < 0.26


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_nonlinear_model_beats_every_linear_rival_by_a_third():
    from sklearn.neural_network import MLPRegressor

    task = Forecast.demo(seed=1)
    assert task.columns.targets == (TARGET,)
    names = [name for name in rivals.names() if not name.startswith("boosting")]
    linear = [found.test.mae[0] for found in rivals.compare(task, names)]
    (train,), (test,) = task.series("train", False), task.series("test", False)
    rows, every = np.arange(11, len(train.inputs)), np.arange(len(test.inputs))
    model = MLPRegressor(
        hidden_layer_sizes=(12,), learning_rate_init=0.01, max_iter=80, tol=0.0, random_state=0
    )
    model.fit(lagged(train.inputs, rows, 12), train.targets[rows, 0])
    outputs = np.asarray(model.predict(lagged(test.inputs, every, 12)))[:, None]
    score = task.score("test", task.unscale("test", [outputs], False))
    assert score.mae[0] < min(linear) * 2 / 3
