import numpy as np
import pandas as pd
import pytest

from cellcolony.seeds import rng_for
from cellcolony.tasks import rivals
from cellcolony.tasks.demo_series import FLOW_DELAY, HEAT_DELAY, TARGET, vessel
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.rivals.gram import lagged


def demo(seed: int = 1) -> pd.DataFrame:
    return vessel(rng_for(seed, -1, "demo"))


def test_the_demonstration_is_the_same_for_a_seed_and_another_for_another():
    assert demo().equals(demo())
    assert not demo().equals(demo(2))
    assert demo().shape == (4000, 4)


def test_the_outlet_follows_flow_and_heating_at_their_delays():
    table = demo().to_numpy()  # outlet, flow, heat, valve
    change = table[1:, 0] - 0.4 * table[:-1, 0]  # at row t + 1

    def correlation(values, delay):
        before = values[HEAT_DELAY - delay : len(values) - delay]
        return abs(np.corrcoef(before, change[HEAT_DELAY - 1 :])[0, 1])

    flow = [correlation(table[:, 1], delay) for delay in range(HEAT_DELAY)]
    assert int(np.argmax(flow)) == FLOW_DELAY
    fed = np.roll(table[:, 1], FLOW_DELAY)
    product = [correlation(fed * np.roll(table[:, 2], d), 0) for d in range(20)]
    assert int(np.argmax(product)) == HEAT_DELAY


def test_what_the_valve_was_decides_how_much_arrives():
    table = demo().to_numpy()
    closed = np.convolve(1 - table[:, 3], np.full(30, 1 / 30))[: len(table)]
    strength = np.abs(table[:, 0])
    lately = np.arange(len(table)) >= 30
    shut, opened = strength[lately & (closed > 0.95)], strength[lately & (closed < 0.05)]
    assert shut.mean() < 0.8 * opened.mean()


@pytest.mark.filterwarnings("ignore:Stochastic Optimizer")
def test_a_nonlinear_model_beats_every_linear_rival():
    from sklearn.neural_network import MLPRegressor

    task = Forecast.demo(seed=1)
    assert task.columns.targets == (TARGET,)
    names = [name for name in rivals.names(task) if not name.startswith("boosting")]
    linear = [found.test.mae[0] for found in rivals.compare(task, names)]
    (train,), (test,) = task.series("train", False), task.series("test", False)
    rows, every = np.arange(15, len(train.inputs)), np.arange(len(test.inputs))
    model = MLPRegressor(
        hidden_layer_sizes=(12,), learning_rate_init=0.01, max_iter=80, tol=0.0, random_state=0
    )
    model.fit(lagged(train.inputs, rows, 16), train.targets[rows, 0])
    outputs = np.asarray(model.predict(lagged(test.inputs, every, 16)))[:, None]
    score = task.score("test", task.unscale("test", [outputs], False))
    assert score.mae[0] < min(linear) * 0.9
