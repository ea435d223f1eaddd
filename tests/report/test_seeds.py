from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from cellcolony.networks.genome import Network, Node
from cellcolony.report.seeds import models_table, seeds_lines, seeds_report, significance_lines
from cellcolony.report.terminal import render
from cellcolony.runs.events import Champion
from cellcolony.runs.result import Result
from cellcolony.runs.scores import CONTROL, EVOLVED, RIVAL, SEARCH, Score
from cellcolony.runs.significance import paired_test
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.tasks.forecast import Forecast
from tests.report.rendered import rendered

NETWORK = Network(
    (Node(0, "input", 0.0), Node(1, "output", 1.0, "linear")),
    np.array([(0, 1)], np.int32),
    np.zeros((0, 3), np.int32),
    np.zeros(2, np.float32),
)


@pytest.fixture(scope="module")
def config():
    frame = pd.DataFrame({"y": np.sin(np.arange(200) / 5)})
    return Study.of(Forecast.from_frames(frame, "y"), AntSwarm()).config


def scored(model, role, value, **values):
    return [
        Score(model, role, SEARCH, split, "mae", 2, 36, 0.2, value, "y", **values)
        for split in ("valid", "test")
    ]


def seed(config, number, ours, random=None, **rivals):
    scores = scored("network 9", EVOLVED, ours, candidate=9)
    if random is not None:
        scores += scored("random search", CONTROL, random)
    for name, value in rivals.items():
        scores += scored(name, RIVAL, value)
    champion = Champion(9, NETWORK, 0.1)
    return Result(replace(config, seed=number), (champion,), tuple(scores), 12, 0, None, None)


def test_the_spread_over_seeds_is_mean_deviation_least_median_and_most(config):
    results = [seed(config, i, error, ridge=0.5) for i, error in enumerate((0.3, 0.1, 0.8))]
    head, _, ours, ridge = rendered(render([models_table(results)])).splitlines()
    assert head.split()[:8] == ["test", "MAE", "runs", "mean", "sd", "min", "median", "max"]
    assert ours.split()[:8] == ["evolved", "network", "3", "0.4000", "0.3606", "0.1000", "0.3000",
                                "0.8000"]  # fmt: skip
    assert ridge.split()[:7] == ["ridge", "3", "0.5000", "0.000", "0.5000", "0.5000", "0.5000"]


def test_a_rival_that_not_every_seed_has_is_left_out(config):
    results = [seed(config, 0, 0.1, gru_5=0.2), seed(config, 1, 0.1, gru_6=0.2)]
    assert "gru" not in rendered(render([models_table(results)]))


def test_a_model_is_one_line_whatever_its_fit_or_size_in_each_seed(config):
    results = [
        seed(config, i, 0.1, **{f"ridge ({lags} lags)": 0.2, f"GRU, {width} nodes": 0.3,
                                f"ensemble of {lags} rivals": 0.4})
        for i, (lags, width) in enumerate(((2, 9), (5, 7)))
    ]  # fmt: skip
    _, _, *lines = rendered(render([models_table(results)])).splitlines()
    found = [line.split("  ")[0].strip() for line in lines]
    wanted = ["evolved network", "ridge", "GRU, as large as evolved", "ensemble of rivals"]
    assert found[:4] == wanted


def test_the_report_has_a_line_for_each_seed(config):
    said = rendered(seeds_report([seed(config, i, 0.1 + i) for i in range(3)]))
    assert "The best network of each of 3 seeds" in said
    lines = [line.split()[:2] for line in said.splitlines()[4:7]]
    assert lines == [["0", "12"], ["1", "12"], ["2", "12"]]


def test_random_search_is_compared_seed_by_seed_with_a_warning_where_seeds_are_few(config):
    results = [seed(config, i, 0.1 + i / 100, 0.2 + i / 50) for i in range(5)]
    lines = seeds_lines(results)
    random = rendered(render([models_table(results)])).splitlines()[3]
    assert random.split()[:8] == ["random", "search", "5", "0.2400", "0.03162", "0.2000", "0.2400",
                                  "0.2800"]  # fmt: skip
    assert "p = 0.0625" in lines[0]
    assert "lower test MAE in 5 of 5" in lines[0]
    assert "Warning: 5 pairs cannot give a p below 0.0625" in lines[1]


def test_six_seeds_need_no_warning(config):
    lines = seeds_lines([seed(config, i, 0.1 + i / 100, 0.2 + i / 50) for i in range(6)])
    assert len(lines) == 1
    assert "p = 0.0312" in lines[0]
    test = paired_test([1.0] * 6, [2.0] * 6)
    assert len(significance_lines(test, "A", "B", "test MAE")) == 1
