import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.contract import Evaluation, Problem
from cellcolony.errors import ConfigError, RunError
from cellcolony.search.ants import AntSearch, AntSwarm
from cellcolony.seeds import rng_for
from cellcolony.store.encoding import decode, encode

ARRAYS = st.sampled_from(
    [
        np.arange(6).reshape(2, 3),
        np.array([1.5, np.nan, -np.inf]),
        np.array([True, False]),
        np.zeros((0, 3), np.float32),
        np.full((), 3.5, np.float32),
    ]
)
PROBLEM = Problem(("a", "b"), ("b",))
KEYS = st.text(st.characters(exclude_characters="/$", exclude_categories=("Cs",)), max_size=4)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | ARRAYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)


def through_files(values):
    tree, file = encode(values)
    return decode(json.loads(json.dumps(tree, allow_nan=False)), file)


def assert_same(one, other):
    if isinstance(other, np.ndarray):
        assert (one.dtype, one.shape) == (other.dtype, other.shape)
        np.testing.assert_array_equal(one, other)
    elif isinstance(other, dict):
        assert list(one) == list(other)
        for key in other:
            assert_same(one[key], other[key])
    elif isinstance(other, (list, tuple)):
        assert len(one) == len(other)
        for a, b in zip(one, other, strict=True):
            assert_same(a, b)
    else:
        assert type(one) is type(other)
        assert one == other or math.isnan(one)


@settings(max_examples=60, deadline=None)
@given(VALUES)
def test_values_come_back_as_they_were(values):
    assert_same(through_files(values), values)


@pytest.mark.parametrize("value", [{1: 2}, {"a/b": 1}, {"$array": 1}, {1, 2}, np.array(["a"]), 1j])
def test_what_cannot_come_back_is_refused(value):
    with pytest.raises(TypeError, match="cannot be kept"):
        encode({"here": value})


def ant_search(n_told):
    """Return a search with second trainings waiting and under way, and candidates out."""
    ants = AntSwarm(n_ants=4, n_layers=1, n_nodes_per_layer=3, cells=("simple", "gru"))
    search = AntSearch.start(ants, PROBLEM, rng_for(1, -1, "start"))
    rng = np.random.default_rng(0)
    for number in range(n_told + 8):
        candidate = search.ask(number, rng_for(1, number, "ask"))
        weights = candidate.genome.weights
        assert weights is not None
        if number < n_told:
            loss = float(rng.random())
            verdict = Evaluation.succeeded(loss, weights * 0.9, (1.0, loss))
            search.tell(number, Evaluation.failed("no") if number % 7 == 3 else verdict)
    return ants, search, n_told + 8


def test_a_colony_with_second_trainings_pending_goes_on_as_it_would_have():
    ants, search, number = ant_search(60)
    state = search.state()
    assert state["seconds"]["waiting"]
    assert any(pending["again"] for pending in state["pending"])
    again = AntSearch.from_state(ants, PROBLEM, through_files(state))
    assert_same(again.state(), state)
    for later in range(number, number + 20):
        one, other = (s.ask(later, rng_for(1, later, "ask")) for s in (search, again))
        assert one.how == other.how
        assert one.genome.to_dict() == other.genome.to_dict()
        np.testing.assert_array_equal(one.genome.weights, other.genome.weights)


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_damaged_bytes_end_in_our_own_error_or_in_values(data):
    tree, file = encode({"a": np.arange(5.0), "b": [np.ones(2, np.int64), 3]})
    damaged = bytearray(file)
    at = data.draw(st.integers(0, len(file) - 1))
    damaged[at] = data.draw(st.integers(0, 255))
    end = data.draw(st.sampled_from([len(file), at]))
    try:
        decode(tree, bytes(damaged[:end]))
    except RunError as error:
        assert "the values cannot be read" in str(error)  # noqa: PT017


@pytest.mark.parametrize(
    "tree",
    [
        {"$array": "/b", "shape": [3], "dtype": "int64"},
        {"$array": "/a", "shape": [4], "dtype": "int64"},
        {"$array": "/a", "shape": [3], "dtype": "float64"},
        {"$array": "/a"},
        {"$array": ["/a"], "shape": [3], "dtype": "int64"},
        {"$float": "1"},
        [],
    ],
)
def test_arrays_and_tree_must_agree(tree):
    _, file = encode({"a": np.arange(3)})
    with pytest.raises(RunError, match=r"the values cannot be read|belong to nothing"):
        decode(tree, file)


def changed(state, path, value):
    place = state
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = value
    return state


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("colony", "weights"), np.ones(3)),
        (("colony", "pheromones", "edges", 0), -1.0),
        (("colony", "pheromones", "start", 0), np.nan),
        (("colony", "epochs", 0), -2.0),
        (("population", "losses", 0), math.inf),
        (("population", "newest"), math.nan),
        (("seconds", "waiting", 0, "edges"), np.array([10_000])),
        (("seconds", "waiting", 0, "weights"), np.ones(2)),
        (("seconds", "n_first"), -1),
        (("pending", 0, "cells"), np.array([7])),
        (("pending", 0, "start"), np.array([1, 0])),
        (("pending", 0, "epochs_before"), -1),
    ],
)
def test_a_state_that_cannot_be_is_refused(path, value):
    ants, search, _ = ant_search(30)
    state = through_files(search.state())
    with pytest.raises((ConfigError, ValueError)):
        AntSearch.from_state(ants, PROBLEM, changed(state, path, value))
