import pytest

from cellcolony.errors import ConfigError
from cellcolony.runs.budget import Budget


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("200networks", Budget(n_networks=200)),
        ("200 networks", Budget(n_networks=200)),
        (" 1 network ", Budget(n_networks=1)),
        ("90s", Budget(seconds=90)),
        ("10min", Budget(seconds=600)),
        ("1.5 h", Budget(seconds=5400)),
        ("2h", Budget(seconds=7200)),
        ("12 candidates", Budget(n_networks=12)),
        ("12nodes", Budget(n_networks=12)),
        ("10 generations", Budget(generations=10)),
        (["10generations", "3 generations", "1 h"], Budget(seconds=3600, generations=3)),
        ("loss<0.01", Budget(loss=0.01)),
        ("LOSS < 1e-3", Budget(loss=0.001)),
        (["10min", "200 networks", "loss<0.01"], Budget(200, 600, 0.01)),
        (["10min", "90s", "5networks", "9networks"], Budget(5, 90)),
        (["loss<0.01", "loss<0.02"], Budget(loss=0.02)),
    ],
)
def test_a_budget_is_read_as_people_write_it(text, expected):
    assert Budget.parse(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "ten minutes", "10", "10m", "0s", "0networks", "1.5networks", "-3s", "loss<0", "loss<x",
     "loss<nan", "0 generations", "1.5 generations", "loss>0.1", "5 epochs", "10min 200networks"],
)  # fmt: skip
def test_what_is_no_budget_is_refused_with_the_forms_that_are(text):
    with pytest.raises(ConfigError, match="budget"):
        Budget.parse(text)


def test_no_budget_at_all_is_refused():
    with pytest.raises(ConfigError, match="at least one limit"):
        Budget.parse([])


def test_a_budget_says_what_it_allows():
    assert str(Budget(200, 600, 0.01)) == "200 networks or 10 min or loss < 0.01"
    assert str(Budget(1)) == "1 network"
    assert str(Budget(generations=1)) == "1 generation"
    assert str(Budget(5, generations=3)) == "5 networks or 3 generations"
    assert str(Budget()) == ""
    assert str(Budget(seconds=90)) == "90 s"
    assert str(Budget(seconds=5400)) == "90 min"


def test_time_left_never_falls_below_zero():
    assert Budget(seconds=3).seconds_left(5) == 0
    assert Budget(seconds=3).seconds_left(1) == 2
    assert Budget(n_networks=3).seconds_left(1) is None
