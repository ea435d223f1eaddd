"""Whole commands that are observed."""

import pytest

from cellcolony.cli import main
from tests.runs.batteries import QUICK, write_series

accumulator = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")


def steps(folder):
    read = accumulator.EventAccumulator(str(folder)).Reload()
    return [one.step for one in read.Scalars("best loss")]


@pytest.fixture
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write_series(tmp_path)
    return tmp_path


def test_a_search_is_observed_goes_on_and_is_observed_where_it_was(folder, capsys):
    words = ["search", "series.csv", "--target", "wave", "--rivals", "persistence"]
    words += ["--budget", "3networks", "--workers", "1", "--out", "run", "--method", "ants"]
    assert main([*words, "--observe", "tensorboard"]) == 0
    assert main(["resume", "run", "--budget", "5networks", "--observe", "tensorboard"]) == 0
    assert steps(folder / "run/tensorboard/Search") == [1, 2, 3, 4, 5]


def test_each_run_of_a_battery_is_observed(folder, capsys):
    (folder / "quick.toml").write_text(QUICK)
    words = ["battery", "quick.toml", "--workers", "1", "--repeats", "1", "--out", "out"]
    assert main([*words, "--observe", "tensorboard"]) == 0
    places = sorted((folder / "out/observed").glob("*/tensorboard/Search"))
    assert [steps(place) for place in places] == [[1, 2, 3]] * 3
    assert main(["battery", "out"]) == 0


def test_an_observer_that_fails_is_told_beside_the_progress(folder, capsys, recwarn):
    (folder / "file").write_text("")
    words = ["search", "series.csv", "--target", "wave", "--rivals", "persistence"]
    words += ["--budget", "2networks", "--workers", "1", "--out", "run", "--method", "ants"]
    assert main([*words, "--observe", "tensorboard=file"]) == 0
    assert "The observer tensorboard has failed" in capsys.readouterr().err


def test_an_unknown_observer_is_an_error(folder, capsys):
    words = ["search", "series.csv", "--target", "wave", "--budget", "2networks", "--out", "run"]
    assert main([*words, "--observe", "mlflw"]) == 2
    assert "There is no observer 'mlflw'. Did you mean 'mlflow'?" in capsys.readouterr().err
