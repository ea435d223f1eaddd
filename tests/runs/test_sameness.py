import math

import numpy as np
import pytest

from cellcolony.store.sameness import first_difference

TREE = {"a": [1, {"b": 2.5}], "c": None, "d": np.arange(6.0).reshape(2, 3), "e": math.nan}


def test_the_same_tree_has_no_difference():
    again = {"e": math.nan, "d": np.arange(6.0).reshape(2, 3), "c": None, "a": (1, {"b": 2.5})}
    assert first_difference(TREE, again) is None


@pytest.mark.parametrize(
    ("there", "now", "place", "both"),
    [
        ({"a": [1, 2]}, {"a": [1, 3]}, "a.1", ("2", "3")),
        ({"a": [1, 2]}, {"a": [1]}, "a.1", ("2", "nothing")),
        ({"a": 1}, {"a": 1, "b": None}, "b", ("nothing", "None")),
        ({"a": {"b": [[0], [1]]}}, {"a": {"b": [[0], [5]]}}, "a.b.1.0", ("1", "5")),
        (0.0, -0.0, "", ("0.0", "-0.0")),
        (1, 1.0, "", ("1", "1.0")),
        (1, True, "", ("1", "True")),
        ([1], {"a": 1}, "", ("[1]", "{'a': 1}")),
        ("x" * 99, "y", "", ("'" + "x" * 56 + "...", "'y'")),
    ],
)
def test_the_first_difference_has_its_place_and_both_values(there, now, place, both):
    found = first_difference(there, now)
    assert found is not None
    assert found == (place, *both)


def test_arrays_differ_in_their_first_other_bit_their_shape_or_their_type():
    there = np.array([[1.0, 2.0], [0.0, np.nan]], np.float32)
    now = there.copy()
    assert first_difference(there, now) is None
    now[1, 0] = -0.0
    assert first_difference(there, now, "w") == ("w.1.0", "0.0", "-0.0")
    assert first_difference(there, there.reshape(-1), "w") is not None
    found = first_difference(there, there.astype(np.float64), "w")
    assert str(found) == "`w` (there float32 of shape (2, 2), now float64 of shape (2, 2))"
    assert first_difference(np.zeros((0, 3)), np.zeros((0, 3))) is None
