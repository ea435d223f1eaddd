"""Partial responses of networks whose law is known, as a file and as a line of the journal."""

import json

import numpy as np
import pytest

from cellcolony.errors import RunError
from cellcolony.runs.importance.reliance import SHUFFLED, Reliance
from cellcolony.runs.importance.responses import (
    Response,
    kept_responses,
    read_responses,
    responses,
    responses_csv,
    to_keep,
)
from tests.runs.importance.networks import frame, lawful, task

RANKED = (Reliance(SHUFFLED, "a", None, 1.0, 2.0), Reliance(SHUFFLED, "b", None, 0.5, 1.0))
FOUND = (
    Response('a "b",\n', "y", 0.1 + 0.2, -1e-17),
    Response("x", "y", -1e300, 2.0),
)


def slope(found, column, target):
    own = [one for one in found if (one.column, one.target) == (column, target)]
    assert [one.value for one in own] == sorted(one.value for one in own)
    x, y = (np.array([getattr(one, name) for one in own]) for name in ("value", "forecast"))
    return np.polyfit(x, y, 1)[0]


def test_a_linear_law_answers_with_its_slopes_whatever_the_lag():
    found = responses(task("y"), lawful(), False, RANKED)
    assert slope(found, "a", "y") == pytest.approx(2, rel=1e-3)
    assert slope(found, "b", "y") == pytest.approx(1, rel=1e-3)
    values = frame()["a"].to_numpy()[:419]
    held = [one.value for one in found if one.column == "a"]
    assert held[0] == pytest.approx(np.quantile(values, 0.05), abs=1e-5)
    assert held[-1] == pytest.approx(np.quantile(values, 0.95), abs=1e-5)


def test_each_target_answers_in_its_own_units():
    found = responses(task("y", "z"), lawful(2), False, RANKED)
    assert slope(found, "a", "z") == pytest.approx(-200, rel=1e-3)


def test_a_network_that_was_not_measured_answers_nothing():
    assert responses(task("y"), lawful(), False, ()) == ()


def test_a_file_and_a_journal_hold_the_points_to_the_last_bit():
    kept = json.loads(json.dumps(to_keep(FOUND), allow_nan=False))
    assert kept_responses(kept) == FOUND
    inputs = ('a "b",\n', "x")
    assert read_responses(responses_csv(FOUND).encode(), "here", inputs, ("y",)) == FOUND
    assert kept_responses({}) == ()


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("secret,y,1,2", "no column 'secret'"),
        ("x,secret,1,2", "no column 'secret'"),
        ("x,y,nan,2", "`value`"),
        ("x,y,1,1e999", "`forecast`"),
    ],
)
def test_points_that_cannot_be_are_refused(line, says):
    text = f"column,target,value,forecast\n{line}\n".encode()
    with pytest.raises(RunError, match=rf"here: the partial responses.*{says}"):
        read_responses(text, "here", ("x",), ("y",))
