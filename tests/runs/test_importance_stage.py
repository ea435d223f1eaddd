"""Which columns matter is measured once for each best network, and kept with the run."""

import shutil
import warnings

import pytest

from cellcolony.errors import RunError, TrainingRangeWarning
from cellcolony.runs.open import open_run
from cellcolony.runs.resume import resume
from cellcolony.runs.stages.importance import ImportanceStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.runs.studies import study_of
from tests.runs import settings
from tests.runs.runs import lines_of

STAGES = ScoresStage(), ImportanceStage(draws=2)


@pytest.fixture(scope="module")
def ended(read, tmp_path_factory):
    path = tmp_path_factory.mktemp("importance") / "run"
    return settings.forecast(read, STAGES).run("6 networks", out=path)


@pytest.fixture
def run(ended, tmp_path):
    """A copy that may be changed."""
    return shutil.copytree(ended.path, tmp_path / "run")


def measured(run):
    return [one["key"] for one in lines_of(run)
            if one["event"] == "item" and one["stage"] == "importance"]  # fmt: skip


def test_a_usual_forecast_measures_it_after_its_scores(read):
    study = study_of(read, settings.ANTS)
    assert [stage.name for stage in study.config.stages][-2:] == ["scores", "importance"]


def test_what_matters_is_kept_with_the_run_and_without_one(ended, read):
    assert ended.importance
    in_memory = settings.forecast(read, STAGES).run("6 networks")
    assert in_memory.importance == ended.importance
    assert len(measured(ended.path)) == 1


def test_a_lost_file_is_written_again_from_the_journal(ended, run):
    for name in ("importance.csv", "result.toml"):
        (run / name).unlink()
    assert resume(run).importance == ended.importance
    assert len(measured(run)) == 1


def test_another_best_network_is_measured_anew(run):
    before = open_run(run).chosen.number
    result = resume(run, "60 networks")
    assert result.chosen.number != before
    assert [key.split()[1] for key in measured(run)] == [str(before), str(result.chosen.number)]
    assert result.importance


def test_a_run_that_did_not_measure_says_nothing(read, tmp_path):
    result = settings.forecast(read).run("3 networks", out=tmp_path / "run")
    assert result.importance == ()


def test_a_file_that_names_other_columns_is_refused(run):
    (run / "importance.csv").write_text("kind,column\nshuffled,secret\n")
    with pytest.raises(RunError, match=r"importance.csv: which columns matter.*no input 'secret'"):
        _ = open_run(run).importance


def test_rows_beyond_the_training_range_are_warned_of_where_the_network_reads_them(ended, frame):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        ended.predict(frame)
    far = frame.assign(wave=frame["wave"] + 1000, other=frame["other"] + 50)
    with pytest.warns(TrainingRangeWarning) as caught:
        ended.predict(far)
    (warned,) = caught
    assert warned.filename == __file__
    read = {one.column for one in ended.importance if one.kind == "shuffled"}
    lines = str(warned.message).splitlines()
    assert len(lines) == len(read)
    assert all("in 300 of 300 rows; the farthest value is" in line for line in lines)
    assert all("changes the network's validation error by" in line for line in lines)


def test_a_network_of_the_front_that_was_not_measured_is_not_said_to_rely(read, frame, tmp_path):
    result = settings.forecast(read).run("20 networks", out=tmp_path / "run")
    with pytest.warns(TrainingRangeWarning) as caught:
        result.predict(frame + 1000)
    assert "validation error" not in str(caught[0].message)
