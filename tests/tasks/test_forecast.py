import tomllib
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tomli_w
from numpy.testing import assert_allclose, assert_array_equal

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.forecast_facts import ForecastFacts
from tests.tasks.files import findings_of, frame, write


def ramp(n_rows: int, start: float = 0.0) -> pd.DataFrame:
    """Return x = 0, 1, 2, ... and y = its square."""
    x = np.arange(n_rows) + start
    return pd.DataFrame({"x": x, "y": x**2})


@pytest.fixture
def tiny() -> Forecast:
    """Return 40 rows: 28 train, 6 validate, 6 test."""
    return Forecast.from_frames(ramp(40), "y", inputs=["x", "y"], scale="minmax")


def test_rows_of_a_tiny_series_are_split_and_scored_as_by_hand(tiny):
    (train,), (valid,), (test,) = (tiny.series(s, False) for s in ("train", "valid", "test"))
    # targets 1..27 train; 28..33 validate, from rows 27..32; 34..39 test, from rows 33..38
    assert train.inputs.shape == (27, 2)
    assert train.counts.all()
    assert valid.inputs.shape == (33, 2)
    assert np.flatnonzero(valid.counts).tolist() == list(range(27, 33))
    assert test.inputs.shape == (39, 2)
    assert np.flatnonzero(test.counts).tolist() == list(range(33, 39))
    assert tiny.summary().n_scored == {"train": 27, "valid": 6, "test": 6}


def test_a_file_of_its_own_is_scored_from_its_thirteenth_row(tiny):
    task = Forecast.from_frames(ramp(40), "y", valid=ramp(15, 5), test=[ramp(20, 1), ramp(30, 2)])
    assert [s.counts.all() for s in task.series("train", True)] == [True]
    assert len(task.series("train", True)[0].counts) == 39
    scored = [np.flatnonzero(s.counts).tolist() for s in task.series("test", True)]
    assert scored == [list(range(12, 19)), list(range(12, 29))]
    assert [int(s.counts.sum()) for s in task.series("valid", True)] == [2]


def test_a_longer_horizon_takes_targets_from_further_ahead():
    task = Forecast.from_frames(ramp(40), "y", horizon=3)
    (train,), (test,) = task.series("train", False), task.series("test", False)
    assert len(train.counts) == 25
    assert np.flatnonzero(test.counts).tolist() == list(range(31, 37))
    (truth,) = task.truth("test")
    assert_array_equal(truth[:, 0], (np.arange(37) + 3.0) ** 2)


def test_scaling_is_fitted_on_training_rows_alone(tiny):
    low, high = 0.0, 27.0**2  # of rows 0..27
    assert tiny.transform.target_scaling.offset[0] == low
    assert tiny.transform.target_scaling.width[0] == high - low
    (train,) = tiny.series("train", False)
    assert train.inputs.min() == 0.0
    assert train.targets.max() == 1.0
    assert tiny.series("test", False)[0].inputs.max() > 1.0


def test_scaling_covers_the_training_rows_of_all_training_files():
    task = Forecast.from_frames(
        [ramp(40, 100), ramp(40, 200)], "y", inputs="x", test=ramp(20, 900), scale="minmax"
    )
    assert task.transform.input_scaling.offset[0] == 100.0
    assert task.transform.input_scaling.width[0] == 200.0 + 33.0 - 100.0  # 34 of 40 rows train


def test_zscore_gives_training_rows_mean_0_and_deviation_1():
    task = Forecast.from_frames([frame(50), frame(70, 1) * 3 + 5], "y", scale="zscore")
    rows = np.concatenate(
        [
            task.transform.input_scaling.scaled(np.stack([r.values["x"], r.values["y"]], 1))[
                : piece.stop
            ]
            for r, piece in zip(task.recordings, task.splits["train"], strict=True)
        ]
    )
    assert_allclose(rows.mean(0), 0.0, atol=1e-12)
    assert_allclose(rows.std(0), 1.0)


def test_without_scaling_values_stay_as_they_are():
    task = Forecast.from_frames(ramp(40), "y", inputs="x", scale="none")
    (train,) = task.series("train", False)
    assert_array_equal(train.inputs[:, 0], np.arange(27))
    assert_array_equal(train.targets[:, 0], (np.arange(27) + 1.0) ** 2)


@pytest.mark.parametrize("scale", ["minmax", "zscore", "none"])
@pytest.mark.parametrize("residual", [True, False])
def test_true_targets_as_outputs_score_no_error(scale, residual):
    task = Forecast.from_frames(frame(60) * 1000 + 7, ["y", "x"], scale=scale, horizon=2)
    for split in ("train", "valid", "test"):
        outputs = [series.targets for series in task.series(split, residual)]
        predictions = task.unscale(split, outputs, residual)
        for prediction, truth in zip(predictions, task.truth(split), strict=True):
            assert_allclose(prediction, truth, rtol=1e-5, atol=1e-2)
        assert max(task.score(split, predictions).mae) < 1e-3


def test_residual_targets_are_differences_in_scaled_units(tiny):
    (series,) = tiny.series("test", True)
    t = np.arange(39)
    assert_allclose(series.targets[:, 0], ((t + 1.0) ** 2 - t**2) / 27.0**2, rtol=1e-6)


def test_a_residual_output_of_zero_is_persistence_to_the_last_bit():
    task = Forecast.from_frames(frame(60) / 3, "y")
    zeros = [np.zeros_like(series.targets) for series in task.series("test", True)]
    (prediction,) = task.unscale("test", zeros, True)
    assert_array_equal(prediction, task.base("test")[0])


def test_a_target_that_is_no_input_is_still_known_for_residual_outputs():
    task = Forecast.from_frames(ramp(40), "y", inputs="x")
    assert task.columns.inputs == ("x",)
    (series,) = task.series("train", True)
    assert series.inputs.shape == (27, 1)
    assert_array_equal(task.base("train")[0][:, 0], np.arange(27.0) ** 2)


def test_a_score_counts_the_scored_rows_alone_and_each_the_same(tiny):
    predictions = [np.full_like(truth, np.nan) for truth in tiny.truth("valid")]
    predictions[0][27:33, 0] = tiny.truth("valid")[0][27:33, 0] + [1, -1, 1, -1, 1, -7]
    score = tiny.score("valid", predictions)
    assert score.n_rows == 6
    assert score.mae == (2.0,)
    assert score.mse == (9.0,)


def test_each_target_has_its_own_score():
    task = Forecast.from_frames(ramp(40), ["y", "x"])
    predictions = [truth + np.array([2.0, -3.0]) for truth in task.truth("test")]
    assert task.score("test", predictions).mae == (2.0, 3.0)
    assert task.score("test", predictions).mse == (4.0, 9.0)


def test_diverged_predictions_score_infinity_without_a_warning(tiny):
    predictions = [np.full_like(truth, 1e200) for truth in tiny.truth("valid")]
    assert tiny.score("valid", predictions).mse == (np.inf,)


def test_predictions_of_another_shape_are_refused(tiny):
    with pytest.raises(ConfigError, match=r"\[\(33, 1\)\]. Got \[\(33,\)\]"):
        tiny.score("valid", [np.zeros(33)])


def test_inputs_are_all_numeric_columns_in_file_order_and_text_is_reported_as_left_out(tmp_path):
    table = frame(40, columns=["b", "a", "y"])
    table.insert(1, "note", "running")
    table["on"] = table["a"] > 0
    table.to_csv(tmp_path / "a.csv", index=False)
    task = Forecast.from_csv(tmp_path / "a.csv", "y")
    assert task.columns.inputs == ("b", "a", "y", "on")
    assert task.summary().left_out == ("note",)


def test_named_inputs_stand_in_the_order_of_their_names():
    task = Forecast.from_frames(frame(40, columns=["a", "b", "y"]), "y", inputs=["y", "a"])
    assert task.columns.inputs == ("y", "a")
    assert task.summary().left_out == ("b",)


def test_ignored_columns_are_left_out():
    task = Forecast.from_frames(frame(40, columns=["a", "b", "y"]), "y", ignore="b")
    assert task.columns.inputs == ("a", "y")


def test_files_may_have_their_columns_in_another_order(tmp_path):
    one, two = write(tmp_path / "1.csv"), tmp_path / "2.csv"
    frame(40, 1)[["y", "x"]].to_csv(two, index=False)
    task = Forecast.from_csv([one, two], "y")
    assert_array_equal(task.recordings[1].values["x"], frame(40, 1)["x"])


def test_files_and_frames_of_the_same_numbers_have_the_same_fingerprint(tmp_path):
    task = Forecast.from_csv(write(tmp_path / "a.csv"), "y")
    assert task.fingerprint == Forecast.from_frames(frame(), "y").fingerprint
    assert len(task.fingerprint) == 64


@pytest.mark.parametrize(
    "other",
    [
        lambda: Forecast.from_frames(frame(seed=1), "y"),
        lambda: Forecast.from_frames(frame(), "x"),
        lambda: Forecast.from_frames(frame(), "y", inputs="x"),
        lambda: Forecast.from_frames(frame(), "y", horizon=2),
        lambda: Forecast.from_frames(frame(), "y", test=frame(seed=2)),
        lambda: Forecast.from_frames(frame().rename(columns={"x": "z"}), "y"),
    ],
)
def test_other_data_columns_or_splits_have_another_fingerprint(other):
    assert other().fingerprint != Forecast.from_frames(frame(), "y").fingerprint


def test_a_task_does_not_change_with_the_frame_that_it_was_made_of():
    table = frame()
    task = Forecast.from_frames(table, "y")
    before = task.series("train", True)[0].inputs.copy()
    table.loc[:, "x"] = 9.0
    assert_array_equal(task.series("train", True)[0].inputs, before)
    with pytest.raises(ValueError, match="read-only"):
        task.series("train", True)[0].inputs[0, 0] = 1.0


def test_a_filled_target_is_neither_trained_on_nor_scored():
    table = ramp(40).astype(float)
    table.loc[[5, 30], "y"] = np.nan
    task = Forecast.from_frames(table, "y", inputs=["x", "y"], fill="previous")
    assert task.recordings[0].values["y"][[5, 30]].tolist() == [16.0, 29.0**2]
    (train,), (valid,) = task.series("train", True), task.series("valid", True)
    assert np.flatnonzero(~train.counts).tolist() == [4]
    assert np.flatnonzero(valid.counts).tolist() == [27, 28, 30, 31, 32]
    assert task.summary().missing == 2 / 80


def test_an_interpolated_row_knows_the_future_and_does_not_count():
    table = ramp(40).astype(float)
    table.loc[[10, 11], "x"] = np.nan
    task = Forecast.from_frames(table, "y", fill="interpolate")
    assert_allclose(task.recordings[0].values["x"], np.arange(40))
    assert np.flatnonzero(~task.series("train", True)[0].counts).tolist() == [10, 11]


def test_a_split_that_filling_leaves_empty_is_refused():
    table = ramp(40).astype(float)
    table.loc[28:33, "y"] = np.nan
    (found,) = findings_of(lambda: Forecast.from_frames(table, "y", fill="previous"))
    assert found.startswith("Every row of the valid split was filled")


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"horizon": 0}, "`horizon` must be a whole number of rows, 1 or more. Got 0"),
        ({"horizon": True}, "`horizon` must"),
        (
            {"scale": "min-max"},
            "`scale` must be 'minmax', 'zscore', 'unit' or 'none'. Got 'min-max'. Did you",
        ),
        ({"fill": "previos"}, "Got 'previos'. Did you mean 'previous'"),
        ({"inputs": []}, "`inputs` must name at least one column"),
        ({"inputs": ["x", "x"]}, "`inputs` must name each column once"),
        ({"target": ["y", "y"]}, "`target` must name each column once"),
        ({"train": []}, "`train` must hold at least one frame"),
        ({"train": [None]}, "must be a pandas DataFrame. Got NoneType"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_with_the_cure(setting, message):
    with pytest.raises(ConfigError) as caught:
        Forecast.from_frames(**{"train": frame(), "target": "y", **setting})
    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ({"sep": "::"}, "`sep` must be one character. Got '::'"),
        ({"decimal": ""}, "`decimal` must be one character"),
        ({"sep": ";", "decimal": ";"}, "`sep` and `decimal` must differ"),
        ({"encoding": "utf-88"}, "`encoding` must be one that Python knows"),
        ({"train": []}, "`train` must name at least one file"),
    ],
)
def test_a_notation_that_cannot_be_is_refused_with_the_cure(setting, message, tmp_path):
    with pytest.raises(ConfigError) as caught:
        Forecast.from_csv(**{"train": write(tmp_path / "a.csv"), "target": "y", **setting})
    assert message in str(caught.value)


def facts_of(task: Forecast) -> ForecastFacts:
    """Return the facts of a task as a run's settings keep them."""
    return Forecast.facts(tomllib.loads(tomli_w.dumps(described(task))), "[task]")


def described(task: Forecast) -> dict[str, Any]:
    """Return what a task says of itself, without what is None: TOML has no null."""
    return {key: value for key, value in task.describe().items() if value is not None}


@pytest.fixture
def from_files(tmp_path, monkeypatch) -> Forecast:
    """Return a task whose files lie in `before/`, where its names are relative."""
    (tmp_path / "before").mkdir()
    monkeypatch.chdir(tmp_path / "before")
    for name, seed in (("a-1.csv", 1), ("a-2.csv", 2), ("v.csv", 3), ("t.csv", 4)):
        write(tmp_path / "before" / name, 40, seed)
    return Forecast.from_csv(
        "a-*.csv", "y", valid="v.csv", test="t.csv", horizon=2, fill="previous"
    )


def test_a_task_is_read_again_from_its_facts_in_any_folder(from_files, tmp_path, monkeypatch):
    facts = facts_of(from_files)
    assert facts.fingerprint == from_files.fingerprint
    assert facts.summary == from_files.summary()
    assert facts.transform.to_dict() == from_files.transform.to_dict()
    assert facts.source == from_files.source
    assert list(facts.prints) == ["a-1.csv", "a-2.csv", "v.csv", "t.csv"]
    assert len(set(facts.prints.values())) == 4
    assert (facts.title, facts.targets) == ("Forecast of y, 2 rows ahead", ("y",))
    assert facts.problem("simple") == Problem(("x", "y"), ("y",), "simple")
    steps = facts_of(Forecast.from_frames(frame(60), "y", horizon="1..2")).problem("simple")
    assert steps == Problem(("x", "y"), ("y[t+1]", "y[t+2]"), "simple", forecast=("y",))
    monkeypatch.chdir(tmp_path)
    again = Forecast.again(facts, {})
    assert again.fingerprint == from_files.fingerprint
    assert described(again) == described(from_files)


def test_files_that_have_moved_are_read_from_where_they_are_now(from_files, tmp_path, monkeypatch):
    facts = facts_of(from_files)
    (tmp_path / "now").mkdir()
    for name, moved in (("a-1.csv", "b-1.csv"), ("a-2.csv", "b-2.csv")):
        (tmp_path / "before" / name).rename(tmp_path / "now" / moved)
    monkeypatch.chdir(tmp_path / "now")
    again = Forecast.again(facts, {"train": ["b-*.csv"]})
    assert again.fingerprint == from_files.fingerprint
    assert again.transform.to_dict() == from_files.transform.to_dict()
    monkeypatch.chdir(tmp_path)
    assert Forecast.again(facts_of(again), {}).fingerprint == from_files.fingerprint
    found = findings_of(lambda: Forecast.again(facts, {}))
    assert [str(tmp_path / "before" / name) in one for name, one in zip(
        ("a-1.csv", "a-2.csv"), found, strict=True)] == [True, True]  # fmt: skip
    (found,) = findings_of(lambda: Forecast.again(facts, {"train": ["now/c-*.csv"]}))
    assert "now/c-*.csv: matches no file" in found


def test_files_of_other_content_have_another_fingerprint(from_files, tmp_path):
    write(tmp_path / "other.csv", 40, 9)
    again = Forecast.again(facts_of(from_files), {"test": [str(tmp_path / "other.csv")]})
    assert again.fingerprint != from_files.fingerprint


def test_a_demonstration_is_made_again_from_its_seed():
    task = Forecast.demo(seed=3)
    assert Forecast.again(facts_of(task), {}).fingerprint == task.fingerprint
    assert Forecast.demo(seed=4).fingerprint != task.fingerprint


def test_data_frames_cannot_be_read_again(tiny):
    with pytest.raises(ConfigError, match=r"came from no file\. Give them as `task`"):
        Forecast.again(facts_of(tiny), {})


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"fingerprint": 3}, r"\[task\]: `fingerprint` must be a text. Got 3"),
        ({"fingerprint": None}, r"\[task\]: `fingerprint` is missing"),
        ({"transform": 3}, r"\[task\]: `transform` must be a table. Got 3"),
        ({"horizon": 3}, r"\[task\] and \[task.transform\] have another `horizon` each"),
        ({"files": [{"name": "a"}]}, r"\[task\], files 1: `fingerprint` is missing"),
        ({"files": 3}, r"\[task\]: `files` must be a list of tables. Got 3"),
        ({"source": 3}, r"\[task\]: `source` must be a table. Got 3"),
        ({"source": {}}, r"\[task.source\]: `folder` is missing"),
        ({"source": {"demo": -1}}, r"\[task.source\]: `demo` must be a whole number of at least 0"),
    ],
)
def test_damaged_facts_are_refused_by_place(from_files, change, message):
    table = {**described(from_files), **change}
    table = {key: value for key, value in table.items() if value is not None}
    with pytest.raises(ConfigError, match=message):
        Forecast.facts(table, "[task]")


def test_the_unit_scale_leaves_what_lies_in_0_to_1_and_is_minmax_for_all_else():
    table = frame(60)
    table -= table.min()
    table /= 2 * table.max()
    task = Forecast.from_frames(table, "y", scale="unit")
    assert task.transform.input_scaling.offset.tolist() == [0.0, 0.0]
    assert task.transform.input_scaling.width.tolist() == [1.0, 1.0]
    table.loc[0, "x"] = 1.5
    found, minmax = (
        Forecast.from_frames(table, "y", scale=scale).transform.to_dict()
        for scale in ("unit", "minmax")
    )
    assert found == minmax


def test_the_published_split_trains_on_one_half_and_scores_on_the_other_alone():
    task = Forecast.from_frames(frame(60), "y", valid=frame(50, seed=1), holds_out_test=False)
    assert task.summary().n_scored == {"train": 59, "valid": 37, "test": 0}
    assert not task.has_test
    assert task.series("test", residual=True) == []
