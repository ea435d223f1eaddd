"""Every predictor learns, predicts and is saved in the same way."""

import math

import numpy as np
import pytest

from cellcolony.judges.meta.accuracy import accuracy
from cellcolony.judges.meta.curve import Prefixes, cap_of
from cellcolony.judges.meta.predictors import PREDICTORS
from tests.judges.meta.curves import N_WORDS, curves

pytest.importorskip("torch")

N_FIRST = 10


@pytest.fixture(scope="module")
def of():
    made = curves(72, seed=1)
    return [Prefixes.of(made[i::3], N_FIRST) for i in range(3)]


@pytest.fixture(scope="module", params=PREDICTORS.names())
def fitted(request, of):
    """A predictor that has learned; never change it."""
    return PREDICTORS[request.param].fit(of[0], of[1], 0)


def test_all_that_learn_are_nearer_than_the_last_value(of, learned):
    whole = [np.isfinite(one.final) & (one.final < cap_of(N_WORDS)) for one in of]
    train, valid, test = (
        Prefixes(one.first[own], one.final[own]) for one, own in zip(of, whole, strict=True)
    )
    errors = {
        name: accuracy(PREDICTORS[name].fit(train, valid, 0).predict(test.first), test.final).mean
        for name in PREDICTORS.names()
    }
    last = errors.pop("last")
    assert max(errors.values()) < 0.5 * last


def test_a_prediction_is_a_finite_number_for_each_curve(fitted, of):
    found = fitted.predict(of[2].first)
    assert found.shape == of[2].final.shape
    assert np.isfinite(found).all()


def test_a_prediction_does_not_depend_on_who_is_predicted_beside_it(fitted, of):
    together = fitted.predict(of[2].first)
    alone = [fitted.predict(one[None])[0] for one in of[2].first]
    np.testing.assert_allclose(together, alone, rtol=1e-6)


def test_what_was_saved_predicts_the_same_to_the_bit(fitted, of):
    again = type(fitted).from_arrays(fitted.to_arrays(), N_FIRST)
    assert again.predict(of[2].first).tolist() == fitted.predict(of[2].first).tolist()


@pytest.mark.parametrize("name", PREDICTORS.names())
def test_the_same_seed_learns_the_same(name, of):
    one, other = (PREDICTORS[name].fit(of[0], of[1], 3).to_arrays() for _ in range(2))
    assert one.keys() == other.keys()
    for key, array in one.items():
        assert array.tobytes() == other[key].tobytes()


def test_an_array_that_is_missing_of_another_shape_or_not_finite_is_refused(fitted):
    arrays = fitted.to_arrays()
    for name, array in arrays.items():
        wrong = [np.stack([array, array]), array.astype(np.float32)]
        if array.dtype == np.float64:
            wrong.append(np.full_like(array, math.nan))
        for other in wrong:
            with pytest.raises(ValueError, match=r"must|child"):
                type(fitted).from_arrays({**arrays, name: other}, N_FIRST)
        with pytest.raises(KeyError):
            type(fitted).from_arrays({k: v for k, v in arrays.items() if k != name}, N_FIRST)


@pytest.mark.parametrize("name", ["left", "right"])
def test_a_tree_whose_path_is_a_circle_is_refused(name, of):
    arrays = PREDICTORS["boosting"].fit(of[0], of[1], 0).to_arrays()
    for child in (0, -2, 10**9):
        bad = arrays[name].copy()
        bad[:, 0] = child
        with pytest.raises(ValueError, match="child"):
            PREDICTORS["boosting"].from_arrays({**arrays, name: bad}, N_FIRST)


def test_the_trees_are_those_that_were_grown(of):
    from sklearn.ensemble import GradientBoostingRegressor

    from cellcolony.judges.meta.predictors.boosting import DEPTH, N_TREES, RATE, SUBSAMPLE

    ours = PREDICTORS["boosting"].fit(of[0], of[1], 5)
    model = GradientBoostingRegressor(
        n_estimators=N_TREES, learning_rate=RATE, max_depth=DEPTH, subsample=SUBSAMPLE,
        random_state=5,
    )  # fmt: skip
    model.fit(of[0].first, of[0].final - of[0].first[:, -1])
    n = len(ours.to_arrays()["mark"])
    theirs = list(model.staged_predict(of[2].first))[n - 1] + of[2].first[:, -1]
    np.testing.assert_allclose(ours.predict(of[2].first), theirs, rtol=1e-12)


def test_the_power_law_follows_a_curve_that_is_one():
    t = np.arange(1.0, 41.0)
    whole = np.array([3 + 2 * t**-0.5, 4 + 1.0 * t**-1.0], np.float64)
    of = Prefixes(whole[:, :N_FIRST], whole[:, -1])
    found = PREDICTORS["power-law"].fit(of, of, 0).predict(of.first)
    np.testing.assert_allclose(found, of.final, atol=1e-6)


def test_a_curve_that_diverges_counts_as_much_as_the_cap_and_no_more(of):
    caps = [one for part in of for one in part.final if one == cap_of(N_WORDS)]
    assert len(caps) == 6
    assert max(one.first.max() for one in of) <= cap_of(N_WORDS)
