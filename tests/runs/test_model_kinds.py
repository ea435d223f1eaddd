"""The one rule by which models of different runs are matched."""

import pytest

from cellcolony.runs.model_kinds import by_kind, kind_of
from cellcolony.runs.scores import EVOLVED, RIVAL, Contender, Score, contenders
from cellcolony.tasks.forecast import Forecast


def score(model, role=RIVAL, candidate=None, value=1.0, members=1):
    return Score(
        model, role, "search", "test", "mae", 3, 9, 0.1, value, "y", candidate=candidate,
        members=members,
    )  # fmt: skip


def model(name, role=RIVAL, **values):
    return Contender(name, role, (score(name, role, **values),), Forecast.measure)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("ridge (48 lags)", "ridge"),
        ("ridge (1 lag, 24 of the target)", "ridge"),
        ("boosting (24 lags, 31 leaves)", "boosting"),
        ("seasonal-persistence (24 rows)", "seasonal-persistence"),
        ("persistence", "persistence"),
        ("GRU, 12 nodes", "GRU, 12 nodes"),
        ("GRU, 7 nodes", "GRU, as large as evolved"),
        ("LSTM, 1 node", "LSTM, as large as evolved"),
        ("tuned fixed network", "tuned fixed network"),
        ("ensemble of 4 tuned fixed networks", "ensemble of tuned fixed networks"),
        ("ensemble of 3 rivals", "ensemble of rivals"),
        ("ensemble of 2 of EXAMM", "ensemble of EXAMM"),
        ("ensemble of 7 of random search", "ensemble of random search"),
        ("ensemble of 12 rivals (ridge, boosting)", "ensemble of rivals"),
    ],
)
def test_a_rival_is_called_by_its_kind_whatever_its_fit(name, kind):
    assert kind_of(model(name)) == kind


def test_what_was_evolved_is_one_network_or_several():
    assert kind_of(model("network 97", EVOLVED, candidate=97)) == "evolved network"
    assert kind_of(model("ensemble of 5 networks", EVOLVED, members=5)) == "evolved ensemble"
    assert kind_of(model("ensemble of 23 networks", EVOLVED, members=23)) == "evolved ensemble"


def read(*scores):
    return by_kind(contenders(scores, 4, Forecast.measure))


def test_of_the_front_the_chosen_network_alone_is_compared():
    found = read(
        score("network 1", EVOLVED, 1, 0.1), score("network 4", EVOLVED, 4, 0.2),
        score("ensemble of 2 networks", EVOLVED, None, 0.3, 2), score("ridge (2 lags)"),
    )  # fmt: skip
    assert {key: one.model for key, one in found.items()} == {
        "evolved network": "network 4",
        "evolved ensemble": "ensemble of 2 networks",
        "ridge": "ridge (2 lags)",
    }
    assert found["evolved network"].value("test") == 0.2


def test_a_network_of_the_common_width_stands_for_the_one_as_large_where_both_are_one():
    found = read(score("GRU, 12 nodes", value=0.5))
    assert [*found] == ["GRU, 12 nodes", "GRU, as large as evolved"]
    found = read(score("GRU, 12 nodes", value=0.5), score("GRU, 9 nodes", value=0.7))
    assert found["GRU, as large as evolved"].value("test") == 0.7


def test_two_models_of_one_kind_do_not_become_one():
    found = read(score("ridge (2 lags)", value=1.0), score("ridge (3 lags)", value=3.0))
    assert {key: one.value("test") for key, one in found.items()} == {
        "ridge": 1.0, "ridge (3 lags)": 3.0
    }  # fmt: skip
