"""Whole commands that compare studies."""

import pytest

from cellcolony.cli import main
from cellcolony.runs.repeat import repeat
from cellcolony.runs.stage import STAGES
from cellcolony.runs.study import Study
from cellcolony.tasks.forecast import Forecast
from tests.runs.conftest import data, frame
from tests.runs.settings import ANTS, TRAINING
from tests.test_cli import SMALL, folder

__all__ = ["data", "folder", "frame"]


@pytest.fixture(scope="module")
def seeds(tmp_path_factory, data):
    """Two seeds of a search, each compared with random search."""
    stages = [STAGES[name]() for name in ("search", "control", "scores")]
    task = Forecast.from_csv(data, "wave")
    study = Study.of(task, ANTS, training=TRAINING, stages=stages, seed=3)
    out = tmp_path_factory.mktemp("compare") / "seeds"
    repeat(study, 2, out, budget="2 networks")
    return out


def test_a_search_with_a_control_lists_random_search_among_the_rivals(folder, tmp_path, capsys):
    out = tmp_path / "run"
    file = str(folder / "burner_1.csv")
    assert main(["search", file, "--target", "heat", "--budget", "3networks",
                 "--control", "random", "--out", str(out), *SMALL]) == 0  # fmt: skip
    shown = capsys.readouterr()
    for part in ("random search", "GRU, 12 nodes", "LSTM, 12 nodes", "feed-forward, 12 nodes",
                 "boosting"):  # fmt: skip
        assert part in shown.out
    assert main(["show", str(out / "control")]) == 0


def test_several_seeds_are_reported_together(folder, tmp_path, capsys):
    out = tmp_path / "seeds"
    file = str(folder / "burner_1.csv")
    assert main(["search", file, "--target", "heat", "--budget", "2networks",
                 "--seeds", "2", "--seed", "3", "--control", "random", "--out", str(out),
                 *SMALL]) == 0  # fmt: skip
    shown = capsys.readouterr().out
    for part in ("each of 2 seeds", "evolved network", "random search", "sd", "over 2 seeds",
                 "Warning: 2 pairs"):  # fmt: skip
        assert part in shown


def test_seeds_are_compared_with_their_controls(seeds, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    randoms = [str(seeds / name / "control") for name in ("seed-3", "seed-4")]
    assert main(["compare", str(seeds), *randoms]) == 0
    shown = capsys.readouterr().out
    for part in ("A (2 runs): method ants", "B (2 runs): method random",
                 "Paired Wilcoxon test of A and B over 2 seeds", "Warning: 2 pairs",
                 "mean", "sd", "min", "median", "max"):  # fmt: skip
        assert part in shown
    assert (tmp_path / "comparison.png").read_bytes().startswith(b"\x89PNG")
    assert main(["compare", str(seeds), "--plot", "plot.svg"]) == 0
    shown = capsys.readouterr().out
    assert "they differ in their seeds alone" in shown
    for measure in ("test RMSE", "test MASE", "test R2"):
        assert measure in shown
    assert (tmp_path / "plot.svg").is_file()


def test_compare_has_a_plot_for_each_data_set_and_refuses_plots_in_unknown_forms(
    seeds, frame, tmp_path, capsys
):
    other = str(tmp_path / "other")
    task = Forecast.from_frames(frame[:290], "wave")
    Study.of(task, ANTS, training=TRAINING).run("1 network", out=other)
    assert main(["compare", str(seeds), other, "--plot", str(tmp_path / "p.png")]) == 0
    assert "Data set 2: Forecast of wave" in capsys.readouterr().out
    assert sorted(path.name for path in tmp_path.glob("p*.png")) == ["p-1.png", "p-2.png"]
    assert main(["compare", other, "--plot", str(tmp_path / "p.jpeg")]) == 2
    assert "must end in .png" in capsys.readouterr().err
