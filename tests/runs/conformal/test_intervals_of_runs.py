"""A run keeps its errors on validation, tests its intervals, and gives them for new rows."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from safetensors.numpy import save

from cellcolony.errors import RunError
from cellcolony.report.blocks import Picture, TableBlock
from cellcolony.report.sections.forecasts import forecasts
from cellcolony.report.sections.intervals import intervals
from cellcolony.runs.conformal.coverage import LEVELS
from cellcolony.runs.open import open_run
from cellcolony.runs.stages.ensemble import EnsembleStage
from cellcolony.runs.stages.scores import ScoresStage
from tests.runs import settings


@pytest.fixture(scope="module")
def ended(read, tmp_path_factory):
    path = tmp_path_factory.mktemp("conformal") / "run"
    return settings.forecast(read, (EnsembleStage(), ScoresStage())).run("6 networks", out=path)


@pytest.fixture
def run(ended, tmp_path):
    """A copy that may be changed."""
    return shutil.copytree(ended.path, tmp_path / "run")


def test_coverage_and_width_are_tested_at_the_end_and_kept(ended):
    found = ended.outcome.coverage
    assert [one.level for one in found if not one.model] == list(LEVELS)
    assert {one.n_rows for one in found} == {45}
    widths = [one.width for one in found if not one.model]
    assert widths == sorted(widths)
    assert all(0 <= one.covered <= 1 for one in found)
    read = open_run(ended.path).outcome
    assert read is not None
    assert read.coverage == found
    table, _ = intervals(ended)
    assert isinstance(table, TableBlock)
    assert [row[-3] for row in table.rows[:4]] == ["50 %", "80 %", "90 %", "95 %"]


def test_the_chart_of_forecasts_has_a_band(ended):
    pictures = [one.svg for one in forecasts(ended) if isinstance(one, Picture)]
    assert pictures
    assert all('class="band"' in one for one in pictures)


def test_new_rows_have_an_interval_around_each_forecast(ended, frame):
    plain = ended.predict(frame)
    found = ended.predict(frame, interval=0.9)
    assert list(found.columns) == ["wave[t+1]", "wave_low", "wave_high"]
    np.testing.assert_array_equal(found["wave[t+1]"], plain["wave[t+1]"])
    middle = (found["wave_low"] + found["wave_high"]) / 2
    np.testing.assert_allclose(middle, plain["wave[t+1]"])
    within = frame["wave"].to_numpy()[1:] <= found["wave_high"].to_numpy()[:-1]
    assert within.mean() > 0.8
    wider = ended.predict(frame, interval=0.95)["wave_high"]
    assert (wider >= found["wave_high"]).mean() > 0.95


@pytest.mark.filterwarnings("ignore::cellcolony.errors.TrainingRangeWarning")
def test_an_error_in_the_file_widens_later_intervals_alone(ended, frame):
    other = frame.copy()
    other.loc[250, "wave"] += 500.0
    before, after = (
        ended.predict(one, interval=0.9).eval("wave_high - wave_low").to_numpy()
        for one in (frame, other)
    )
    np.testing.assert_allclose(before[:250], after[:250])
    assert after[250] > 2 * before[250]


def test_every_network_of_the_front_and_the_ensemble_have_intervals(ended, frame):
    for which in (*(one.number for one in ended.front), "ensemble"):
        assert ended.predict(frame, which, interval=0.5).shape == (300, 3)


def test_the_file_and_the_study_in_memory_say_the_same(ended, frame):
    written = open_run(ended.path)
    np.testing.assert_array_equal(
        written.predict(frame, interval=0.8), ended.predict(frame, interval=0.8)
    )


def test_a_share_that_needs_more_rows_than_validate_is_refused_with_the_cure(ended, frame):
    with pytest.raises(RunError, match=r"needs 999 scored rows.* has 45. Ask for at most 0.978"):
        ended.predict(frame, interval=0.999)


def test_a_run_of_before_says_what_is_missing(run, frame):
    (run / "residuals.safetensors").unlink()
    with pytest.raises(RunError, match=r"errors on validation.* are not kept.*search again"):
        open_run(run).predict(frame, interval=0.9)


@pytest.mark.parametrize(
    "tensors",
    [
        {"1": np.zeros((4, 2), np.float32)},
        {"1": np.zeros((4, 1), np.float64)},
        {"1": np.full((4, 1), np.nan, np.float32)},
        {"1": np.zeros((0, 1), np.float32)},
        {"1": np.zeros((2_001, 1), np.float32)},
        {"1 steps": np.zeros((4, 3, 1), np.float32)},
    ],
)
def test_errors_that_cannot_be_are_refused(run, tensors):
    (run / "residuals.safetensors").write_bytes(save(tensors))
    with pytest.raises(RunError, match=r"residuals.safetensors: the errors on validation cannot"):
        _ = open_run(run).calibrations


def test_a_study_without_an_end_shows_no_intervals(ended):
    assert not intervals(replace(ended, outcome=None))
