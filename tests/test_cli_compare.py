"""Whole commands that hold searches against each other."""

from cellcolony.cli import main
from tests.test_cli import QUICK, folder, run

__all__ = ["folder", "run"]


def test_a_search_held_against_chance_lists_random_search_among_the_rivals(
    folder, tmp_path, capsys
):
    out = tmp_path / "run"
    file = str(folder / "burner_1.csv")
    assert main(["search", file, "--target", "heat", "--budget", "3networks",
                 "--against", "random", "--out", str(out), *QUICK]) == 0  # fmt: skip
    shown = capsys.readouterr()
    for part in ("random search", "GRU, 12 nodes", "LSTM, 12 nodes", "feed-forward, 12 nodes",
                 "boosting-12", "drew 3 networks"):  # fmt: skip
        assert part in shown.out
    assert "Rivals: random search, 3 networks." in shown.err
    assert main(["show", str(out / "random")]) == 0


def test_several_seeds_are_reported_together_and_compared(folder, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    out = tmp_path / "seeds"
    file = str(folder / "burner_1.csv")
    assert main(["search", file, "--target", "heat", "--budget", "2networks",
                 "--seeds", "2", "--seed", "3", "--against", "random", "--out", str(out),
                 *QUICK]) == 0  # fmt: skip
    shown = capsys.readouterr().out
    for part in ("each of 2 seeds", "Evolved networks, 2 seeds: test MAE median",
                 "Random search, 2 seeds", "Wilcoxon test over 2 seeds",
                 "Warning: 2 pairs"):  # fmt: skip
        assert part in shown
    randoms = [str(out / name / "random") for name in ("seed-3", "seed-4")]
    assert main(["compare", str(out), *randoms]) == 0
    shown = capsys.readouterr().out
    for part in ("A: method AntSwarm", "B: method RandomSearch", "Wilcoxon test over 2 seeds"):
        assert part in shown
    assert (tmp_path / "accuracy-against-size.png").read_bytes().startswith(b"\x89PNG")
    assert main(["compare", str(out), "--plot", "plot.svg"]) == 0
    assert "they differ in their seeds alone" in capsys.readouterr().out
    assert (tmp_path / "plot.svg").is_file()


def test_compare_refuses_runs_on_different_data_and_plots_in_unknown_forms(
    run, folder, tmp_path, capsys
):
    other = str(tmp_path / "other")
    file = str(folder / "burner_1.csv")
    assert main(["search", file, "--target", "heat", "--budget", "1network",
                 "--out", other, *QUICK]) == 0  # fmt: skip
    assert main(["compare", str(run[0]), other, "--plot", str(tmp_path / "p.png")]) == 2
    assert "different data or splits" in capsys.readouterr().err
    assert main(["compare", other, "--plot", str(tmp_path / "p.jpeg")]) == 2
    assert "must end in .png" in capsys.readouterr().err
    assert not list(tmp_path.glob("p.*"))
