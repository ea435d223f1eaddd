"""Fitting all predictors, choosing one, and keeping it."""

import json
import math

import numpy as np
import pytest

from cellcolony.errors import ConfigError, RunError
from cellcolony.judges.kept import digest_of
from cellcolony.judges.meta.accuracy import accuracy
from cellcolony.judges.meta.compare import ENOUGH, compare
from cellcolony.judges.meta.curve import cap_of
from cellcolony.judges.meta.predictors import PREDICTORS
from cellcolony.judges.meta.saved import ARRAYS, FACTS, SavedPredictor, read_files
from tests.judges.meta.curves import N_WORDS, clone_of, curves

pytest.importorskip("torch")


@pytest.fixture(scope="module")
def few():
    """What comes of few curves; never change it."""
    return compare(curves(48), 10)


def test_ridge_serves_while_curves_are_few(few):
    assert few.saved.name == "ridge"
    assert few.valid.keys() == set(PREDICTORS.names())
    assert few.saved.valid == few.valid["ridge"]
    assert few.saved.test.n == few.n("test") > 0


def test_with_many_curves_the_lowest_mean_error_on_validation_serves():
    found = compare(curves(ENOUGH), 10)
    best = min(found.valid, key=lambda name: found.valid[name].mean)
    assert found.saved.name == best != "last"


def test_another_predictor_serves_if_it_is_asked_for():
    assert compare(curves(48), 10, wanted="power-law").saved.name == "power-law"
    with pytest.raises(ConfigError, match="Did you mean 'ridge'"):
        compare(curves(48), 10, wanted="rige")


def test_curves_of_clones_alone_are_refused():
    one = curves(1)[0]
    many = [clone_of(one, f"run/{i}") for i in range(30)]
    with pytest.raises(RunError, match=r"30 curves of 1 node .* clones aside"):
        compare(many, 10)


def test_fewer_than_three_searches_cannot_be_split_by_search():
    with pytest.raises(RunError, match=r"2 searches.*--split node"):
        compare(curves(24, n_searches=2), 10, where="runs/a")
    assert compare(curves(24, n_searches=2), 10, by="node").saved.name == "ridge"


def test_errors_are_shares_of_log_perplexity():
    found = accuracy(np.array([4.4, 3.6, 4.0]), np.array([4.0, 4.0, 4.0]))
    assert (found.mean, found.median) == pytest.approx((20 / 3, 10))
    assert found.rank is None
    assert accuracy(np.array([1.0, 2, 3]), np.array([1.0, 4, 9])).rank == pytest.approx(1)


def test_a_prediction_lies_between_zero_and_the_cap(few):
    wild = np.array([[1e9] * 10, [0.0] * 10, [1e100] * 10])
    found = few.saved.predict(wild)
    assert ((found >= 0) & (found <= cap_of(N_WORDS))).all()


@pytest.mark.parametrize("name", PREDICTORS.names())
def test_a_saved_predictor_predicts_the_same(name, tmp_path):
    made = curves(48)
    saved = compare(made, 10, wanted=name).saved
    for file, content in saved.files().items():
        (tmp_path / file).write_bytes(content)
    again = SavedPredictor.of_files(read_files(tmp_path), "here")
    first = np.array([one.marks[:10] for one in made])
    assert again.predict(first).tolist() == saved.predict(first).tolist()
    assert again.files() == saved.files()
    assert digest_of(again.files()) == digest_of(saved.files())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("format", 2), ("predictor", "none"), ("n_first", 40), ("n_first", 1), ("n_marks", 41),
        ("n_words", "many"), ("task", 3), ("training", []), ("n_train", -1), ("valid", {"n": -1}),
    ],
)  # fmt: skip
def test_facts_that_cannot_be_are_refused(few, key, value):
    files = few.saved.files()
    facts = json.loads(files[FACTS]) | {key: value}
    with pytest.raises(RunError, match="here: the predictor cannot be read"):
        SavedPredictor.of_files({**files, FACTS: json.dumps(facts).encode()}, "here")


@pytest.mark.parametrize("content", [b"", b"{}", b"\x80\x04K\x01.", b"\xff" * 100])
@pytest.mark.parametrize("name", [FACTS, ARRAYS])
def test_files_that_are_none_are_refused(few, name, content):
    with pytest.raises(RunError, match="here: the predictor cannot be read"):
        SavedPredictor.of_files({**few.saved.files(), name: content}, "here")


def test_a_folder_without_a_predictor_says_how_to_make_one(tmp_path):
    with pytest.raises(RunError, match="train-meta"):
        read_files(tmp_path)


def test_a_link_out_of_the_folder_is_not_followed(tmp_path, few):
    (tmp_path / "in").mkdir()
    for file, content in few.saved.files().items():
        (tmp_path / file).write_bytes(content)
        (tmp_path / "in" / file).symlink_to(tmp_path / file)
    with pytest.raises(RunError, match="leads out"):
        read_files(tmp_path / "in")


def test_a_curve_that_ends_at_infinity_is_no_error_of_infinity(few):
    assert all(math.isfinite(one.mean) for one in few.valid.values())
