import numpy as np
import pytest

from cellcolony.errors import RunError
from cellcolony.runs.open import open_run
from cellcolony.runs.predictions import ScoredSeries, predictions_csv, read_predictions
from tests.runs.settings import forecast

SERIES = (
    ScoredSeries("a,b.csv", np.array([12, 13]), np.array([[1.5, 2], [3, 4]]), np.ones((2, 2))),
    ScoredSeries('"two\nlines"', np.array([40]), np.array([[0.1, 1e300]]), np.array([[np.nan, 5]])),
)


def test_what_is_written_is_read_again(tmp_path):
    path = tmp_path / "p.csv"
    path.write_text(predictions_csv(SERIES, ["y", "z,\n"]), "utf-8")
    for one, other in zip(read_predictions(path), SERIES, strict=True):
        assert one.file == other.file
        np.testing.assert_array_equal(one.rows, other.rows)
        np.testing.assert_array_equal(one.truth, other.truth)
        np.testing.assert_array_equal(one.predicted, other.predicted)


def test_times_are_kept_beside_the_rows(tmp_path):
    one = ScoredSeries("a", np.array([3, 4]), np.ones((2, 1)), np.ones((2, 1)), ("0:10", "0:20"))
    text = predictions_csv([one], ["y"])
    assert text.splitlines()[:2] == ['file,row,time,y,"y, predicted"', "a,3,0:10,1,1"]
    (tmp_path / "p.csv").write_text(text)
    (read,) = read_predictions(tmp_path / "p.csv")
    assert read.times == ("0:10", "0:20")
    assert read.predicted.tolist() == [[1.0], [1.0]]


@pytest.mark.parametrize("text", ["", "file,row,y,p\na,1,x,2\n", "file,row,y,p\na\n"])
def test_what_is_no_prediction_is_an_error(tmp_path, text):
    path = tmp_path / "p.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(RunError, match="the predictions cannot be read"):
        read_predictions(path)


def test_a_run_keeps_what_its_best_network_forecast_on_the_test_split(task, tmp_path):
    result = forecast(task).run("2 networks", out=tmp_path / "run")
    (kept,) = open_run(tmp_path / "run").test_predictions()
    (tested,) = result.test_predictions()
    np.testing.assert_allclose(kept.predicted, tested.predicted, rtol=1e-8)
    score = next(
        one
        for one in result.scores
        if (one.candidate, one.split, one.measure) == (result.chosen.number, "test", "mae")
    )
    assert len(kept.rows) == score.n_rows
    assert np.abs(kept.truth - kept.predicted).mean() == pytest.approx(score.value, rel=1e-6)


def test_the_rows_are_those_that_are_forecast(task, frame, tmp_path):
    result = forecast(task).run("1 network")
    (tested,) = result.test_predictions()
    np.testing.assert_array_equal(tested.truth[:, 0], frame["wave"].to_numpy()[tested.rows])
    earlier = result.predict(frame)["wave[t+1]"].to_numpy()[tested.rows - 1]
    np.testing.assert_allclose(tested.predicted[:, 0], earlier, rtol=1e-5)
