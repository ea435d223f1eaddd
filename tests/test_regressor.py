import copy
import json
import warnings

import numpy as np
import pandas as pd
import pytest
from safetensors import safe_open
from safetensors.numpy import load_file, save_file
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit
from sklearn.utils.estimator_checks import parametrize_with_checks

from cellcolony import ConfigError, ForecastRegressor, RunError
from cellcolony.errors import TrainingRangeWarning
from cellcolony.regressor import CHECKS_THAT_DO_NOT_APPLY

QUICK = {"budget": "4 networks", "n_ants": 6, "n_layers": 1, "n_nodes_per_layer": 4, "epochs": 40}


def quick(**settings):
    return ForecastRegressor(**{**QUICK, "cells": ("simple",), **settings})


@pytest.fixture(scope="module")
def data():
    time = np.arange(400)
    X = np.stack([np.sin(time / 7), np.cos(time / 11)], 1)
    return X[:-1], 5 * X[1:, 0] + 30


@parametrize_with_checks(
    [quick()], expected_failed_checks=lambda estimator: CHECKS_THAT_DO_NOT_APPLY
)
def test_it_is_an_estimator(estimator, check):
    check(estimator)


def test_it_learns_a_series(data):
    X, y = data
    assert quick(epochs=60).fit(X[:300], y[:300]).score(X, y) > 0.9


def test_the_same_seed_gives_the_same_network(data):
    one, other, third = (quick(seed=seed).fit(*data) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.predict(data[0]), other.predict(data[0]))
    assert not np.array_equal(one.predict(data[0]), third.predict(data[0]))


def test_a_prediction_knows_nothing_of_later_rows(data):
    model = quick().fit(*data)
    np.testing.assert_allclose(model.predict(data[0])[:50], model.predict(data[0][:50]), rtol=1e-5)


def test_several_targets_are_predicted_together(data):
    X, y = data
    both = np.stack([y, -y], 1)
    predicted = quick().fit(X, both).predict(X)
    assert predicted.shape == both.shape


def test_what_is_saved_is_loaded(data, tmp_path):
    X = pd.DataFrame(data[0], columns=["a", "<script>"])
    model = quick(seed=3).fit(X, data[1])
    model.save(tmp_path / "model")
    loaded = ForecastRegressor.load(tmp_path / "model")
    np.testing.assert_array_equal(loaded.predict(X), model.predict(X))
    assert loaded.get_params() == model.get_params()
    assert loaded.n_features_in_ == 2
    assert list(loaded.feature_names_in_) == ["a", "<script>"]


def test_it_is_tuned_as_others_are(data):
    search = GridSearchCV(quick(), {"seed": [0, 1]}, cv=TimeSeriesSplit(2)).fit(*data)
    assert search.best_params_["seed"] in (0, 1)


@pytest.mark.parametrize("content", [b"", b"nonsense", b"\x08" + b"\0" * 7 + b'{"a": 1}'])
def test_what_was_not_saved_is_an_error(tmp_path, content):
    (tmp_path / "model").write_bytes(content)
    with pytest.raises(RunError, match="cannot be read"):
        ForecastRegressor.load(tmp_path / "model")
    with pytest.raises(RunError, match="cannot be read"):
        ForecastRegressor.load(tmp_path / "nothing")


CHANGES = {
    "a list of `nodes`": lambda about, tensors: about["network"].pop("nodes"),
    "time skip must be": lambda about, tensors: about["network"].update(
        recurrent_edges=[[0, 4, 10**9]]
    ),
    "'weights'": lambda about, tensors: tensors.pop("weights"),
    r"`weights` must have shape": lambda about, tensors: tensors.update(weights=np.zeros(3)),
    r"float64 \(2, 2\)": lambda about, tensors: tensors.update(input_scaling=np.ones((2, 3))),
    "finite": lambda about, tensors: tensors["target_scaling"].fill(np.nan),
    "above 0": lambda about, tensors: tensors["input_scaling"].fill(0.0),
    "unexpected keyword": lambda about, tensors: about["parameters"].update(queen=1),
    "`cells` must be": lambda about, tensors: about["parameters"].update(cells=5),
    "`loss` must be a number": lambda about, tensors: about.update(loss="0"),
    "names for 2 inputs": lambda about, tensors: about.update(feature_names=["a"]),
    "`format` must be a text": lambda about, tensors: about.update(format=[]),
}


@pytest.mark.parametrize("says", CHANGES)
def test_what_was_changed_and_cannot_be_is_an_error(data, tmp_path, says):
    path = tmp_path / "model"
    quick().fit(*data).save(path)
    content, tensors = path.read_bytes(), load_file(path)
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    about = json.loads(header["__metadata__"]["about"])
    CHANGES[says](about, tensors)
    save_file(tensors, path, {"about": json.dumps(about)})
    with pytest.raises(RunError, match=f"cannot be read: .*{says}"):
        ForecastRegressor.load(path)


@pytest.mark.parametrize(
    "wrong",
    [{"seed": -1}, {"workers": 0}, {"valid_share": 1.0}, {"budget": "soon"}, {"protocol": "modem"},
     {"cells": ("gur",)}, {"n_ants": 0}],
)  # fmt: skip
def test_a_wrong_parameter_is_a_config_error_when_it_is_fitted(data, wrong):
    model = quick(**wrong)
    copy.deepcopy(model)
    with pytest.raises(ConfigError):
        model.fit(*data)


def test_rows_beyond_the_training_range_are_warned_of(data, tmp_path):
    X, y = data
    model = quick(seed=3).fit(pd.DataFrame(X, columns=["a", "b"]), y)
    far = pd.DataFrame(X * [100, 1], columns=["a", "b"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        expected = model.predict(pd.DataFrame(X, columns=["a", "b"]))
    with pytest.warns(TrainingRangeWarning, match="'a' leaves its training range") as caught:
        model.predict(far)
    assert caught[0].filename == __file__
    model.save(tmp_path / "model.safetensors")
    again = ForecastRegressor.load(tmp_path / "model.safetensors")
    with pytest.warns(TrainingRangeWarning, match="'a' leaves its training range"):
        again.predict(far)
    tensors, about = load_file(tmp_path / "model.safetensors"), about_of(tmp_path)
    del tensors["input_range"]  # as an earlier version of the program saved it
    save_file(tensors, tmp_path / "older.safetensors", about)
    older = ForecastRegressor.load(tmp_path / "older.safetensors")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        older.predict(far)
        np.testing.assert_array_equal(older.predict(pd.DataFrame(X, columns=["a", "b"])), expected)


@pytest.mark.parametrize(
    "damaged", [np.zeros((2, 3)), np.zeros((2, 2), np.float32), np.array([[1.0, 0], [0, 0]]),
                np.full((2, 2), np.nan)]
)  # fmt: skip
def test_a_saved_range_that_cannot_be_is_refused(data, tmp_path, damaged):
    quick().fit(*data).save(tmp_path / "model.safetensors")
    tensors = {**load_file(tmp_path / "model.safetensors"), "input_range": damaged}
    save_file(tensors, tmp_path / "other.safetensors", about_of(tmp_path))
    with pytest.raises(RunError, match="a range must be"):
        ForecastRegressor.load(tmp_path / "other.safetensors")


def about_of(folder):
    with safe_open(folder / "model.safetensors", "np") as file:
        return file.metadata()


@pytest.mark.parametrize(
    ("name", "value"),
    [("seed", "a"), ("workers", 1.5), ("budget", 5), ("budget", None), ("protocol", 3),
     ("epochs", "x"), ("n_ants", None), ("n_layers", 1.5), ("cells", 5), ("cells", "grue"),
     ("valid_share", "a"), ("valid_share", None)],
)  # fmt: skip
def test_a_parameter_of_another_kind_is_named(data, name, value):
    with pytest.raises(ConfigError, match=f"{name.removesuffix('s')}|{value}"):
        quick(**{name: value}).fit(*data)


def test_one_cell_may_be_given_without_a_list(data):
    hidden = {node.cell for node in quick(cells="gru").fit(*data).network_.nodes[3:]}
    assert hidden <= {"gru", "linear", "simple"}
