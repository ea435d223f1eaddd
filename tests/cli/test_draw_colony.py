"""`cellcolony draw --colony`, on a run and where there is none to draw."""

import shutil
import xml.etree.ElementTree as ET

import numpy as np
import pandas as pd
import pytest

from cellcolony.cli import main

QUICK = (
    "--method", "ants", "--cells", "simple", "--n-ants", "4", "--n-layers", "1",
    "--n-nodes-per-layer", "3", "--budget", "2networks", "--workers", "1",
)  # fmt: skip


@pytest.fixture(scope="module")
def searched(tmp_path_factory):
    """A run, and within it that of random search, its control."""
    folder = tmp_path_factory.mktemp("colony")
    time = np.arange(150)
    table = pd.DataFrame({"u": np.sin(time / 5), "v": np.cos(time / 5)})
    table.to_csv(folder / "waves.csv", index=False)
    out, file = folder / "run", str(folder / "waves.csv")
    options = ["--target", "u", *QUICK, "--control", "random"]
    assert main(["search", file, *options, "--rivals", "persistence", "--out", str(out)]) == 0
    return out


def test_the_colony_is_drawn_into_the_run_directory_or_where_it_is_asked_for(
    searched, tmp_path, capsys
):
    written = (searched / "colony.svg").read_text("utf-8")  # at the end of the search
    (searched / "colony.svg").unlink()
    capsys.readouterr()
    assert main(["draw", str(searched), "--method"]) == 0
    assert capsys.readouterr().out == f"{searched / 'colony.svg'}\n"
    assert (searched / "colony.svg").read_text("utf-8") == written
    assert (
        ET.fromstring(written)[0].text == "The colony after 2 networks: Forecast of u, 1 row ahead"
    )
    assert main(["draw", str(searched), "--colony", "--out", str(tmp_path / "c.svg")]) == 0
    assert (tmp_path / "c.svg").read_text("utf-8") == written


@pytest.mark.parametrize(
    ("options", "says"),
    [
        (["--out", "colony.dot"], "must end in .svg for a colony"),
        (["--network", "0"], "exclude each other"),
    ],
)
def test_what_a_colony_cannot_be_drawn_as_is_an_error(searched, options, says, capsys):
    assert main(["draw", str(searched), "--colony", *options]) == 2
    assert says in capsys.readouterr().err


def test_runs_without_a_colony_are_an_error(searched, tmp_path, capsys):
    shutil.copytree(searched, tmp_path / "run")
    (tmp_path / "run" / "colony.safetensors").write_bytes(b"{}")
    for run, says in (
        (searched / "control", "The method 'random' keeps nothing that can be drawn"),
        (tmp_path / "run", "the colony cannot be read"),
    ):
        assert main(["draw", str(run), "--colony"]) == 2
        error = capsys.readouterr().err
        assert error.startswith("Error: ")
        assert says in error
