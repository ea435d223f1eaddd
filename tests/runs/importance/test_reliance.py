"""What was measured, as a file and as a line of the journal."""

import json
import math

import pytest

from cellcolony.errors import RunError
from cellcolony.runs.importance.reliance import (
    LAG,
    SHUFFLED,
    UNPLUGGED,
    Reliance,
    importance_csv,
    kept_importance,
    read_importance,
    to_keep,
)
from cellcolony.store.reading import DAMAGE

FOUND = (
    Reliance(SHUFFLED, 'a "b",\n', None, 0.1 + 0.2, -1e-17),
    Reliance(SHUFFLED, "x", None, math.inf, math.inf),
    Reliance(SHUFFLED, "y"),
    Reliance(LAG, "x", 0, 1e300, 5.0),
    Reliance(UNPLUGGED, "y", None, 0.0, 0.0),
)
INPUTS = ('a "b",\n', "x", "y")


def test_a_file_holds_what_was_measured_to_the_last_bit():
    assert read_importance(importance_csv(FOUND).encode(), "here", INPUTS) == FOUND


def test_a_journal_holds_what_was_measured_to_the_last_bit():
    assert kept_importance(json.loads(json.dumps(to_keep(FOUND), allow_nan=False))) == FOUND


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("kind,column\nshuffled,q\n", "there is no input 'q'"),
        ("kind,column\nshufled,x\n", "line 2.*Did you mean 'shuffled'"),
        ("kind,column,rise\nshuffled,x,nan\n", "line 2.*`rise` must be at most"),
        ("kind,column,rise\nshuffled,x,-inf\n", "line 2.*`rise` must be at most"),
        ("kind,column,lag\nlag,x,-1\n", "line 2.*`lag` must be"),
        ("column\nx\n", "`kind` is missing"),
    ],
)
def test_a_line_that_cannot_be_is_refused(text, says):
    with pytest.raises(RunError, match=says):
        read_importance(text.encode(), "here", INPUTS)


def test_bytes_that_are_no_text_are_refused():
    with pytest.raises(RunError, match="here: which columns matter cannot be read"):
        read_importance(b"\xff\xfe", "here", INPUTS)


@pytest.mark.parametrize("kept", [{}, {"lines": 5}, {"lines": [[]]}, {"lines": [["x"] * 5]}])
def test_a_line_of_a_journal_that_cannot_be_is_refused(kept):
    with pytest.raises(DAMAGE):
        kept_importance(kept)
