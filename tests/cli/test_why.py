"""`cellcolony show --why`, and the warning of `cellcolony predict`."""

import shutil

import pandas as pd
import pytest

from cellcolony.cli import main
from tests.test_cli import QUICK, write_csv


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a file and a study of it."""
    folder = tmp_path_factory.mktemp("why")
    options = ["--target", "heat", "--budget", "4networks", "--workers", "1"]
    options += ["--rivals", "persistence", *QUICK]
    file = write_csv(folder / "burner.csv")
    assert main(["search", str(file), *options, "--out", str(folder / "run")]) == 0
    return folder


def test_it_shows_what_the_network_relies_on(folder, capsys):
    assert main(["show", str(folder / "run"), "--why"]) == 0
    shown = capsys.readouterr().out
    assert "Shuffled over time" in shown
    assert "can be unplugged" in shown
    assert "Which columns matter" in (folder / "run" / "report.html").read_text()


def test_it_says_where_that_is_not_known(folder, tmp_path, capsys):
    run = shutil.copytree(folder / "run", tmp_path / "run")
    (run / "importance.csv").unlink()
    assert main(["show", str(run), "--why"]) == 2
    assert "which columns matter is not known" in capsys.readouterr().err


def test_predict_warns_on_standard_error_alone(folder, tmp_path, capsys):
    table = pd.read_csv(folder / "burner.csv")
    usual, far = tmp_path / "usual.csv", tmp_path / "far.csv"
    table.to_csv(usual, index=False)
    numbers = table.select_dtypes("number").columns
    table.loc[5, numbers] += 1e6
    table.to_csv(far, index=False)
    assert main(["predict", str(folder / "run"), str(usual)]) == 0
    assert capsys.readouterr().err == ""
    assert main(["predict", str(folder / "run"), str(far)]) == 0
    shown = capsys.readouterr()
    assert shown.err.startswith("Warning: '")
    assert "leaves its training range" in shown.err
    assert "in 1 of" in shown.err
    assert "training range" not in shown.out
