"""Curves, a predictor, and a search that is judged by it: whole commands, trained for real."""

import csv
import json

import pytest

from cellcolony.cli import main
from tests.runs.settings import TEXT

SMALL = ("--preset", "lab", "--shares", "1.0", "--hidden", "4", "--batch", "4", "--steps", "10",
         "--parts", "2", "--scored", "0.5", "--no-control", "--n-seeds", "1", "--rates", "1.0",
         "--contenders", "2", "--rivals", "gru", "--final-epochs", "1", "--workers", "1",
         "--executor", "threads")  # fmt: skip


@pytest.fixture(autouse=True)
def few_epochs(monkeypatch):
    sequence = pytest.importorskip("cellcolony.judges.meta.sequence")
    monkeypatch.setattr(sequence, "MOST_EPOCHS", 2)


def evolve(text, out, n, *more):
    words = ["evolve-node", "--train", str(text), "--out", str(out), "--budget", f"{n}networks"]
    return main([*words, *SMALL, *more])


def test_curves_of_a_run_fit_a_predictor_that_judges_another(tmp_path, capsys):
    text, full, meta, out = (tmp_path / name for name in ("t.txt", "full", "meta", "run"))
    text.write_text(TEXT)
    assert evolve(text, full, 12, "--efforts", "8") == 0
    capsys.readouterr()
    words = ["train-meta", str(full), "--out", str(meta), "--marks", "8", "--first", "2"]
    assert main(words) == 2
    assert "1 search, and one each must train, choose and test" in capsys.readouterr().err
    assert not meta.exists()
    assert main([*words, "--split", "node"]) == 0
    said = capsys.readouterr().out
    for part in ("from 1 search:", "Meta-LSTM", "gradient boosting", "power law", "last value",
                 "ridge serves: the usual", "Its test, once", "--judge meta --meta"):  # fmt: skip
        assert part in said
    assert {one.name for one in meta.iterdir()} == {
        "predictor.json", "predictor.safetensors", "errors.csv", "curves.csv",
    }  # fmt: skip
    with (meta / "curves.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert {row["split"] for row in rows} == {"train", "valid", "test"}
    assert main([*words, "--split", "node"]) == 2
    assert "exists" in capsys.readouterr().err

    assert evolve(text, out, 5, "--efforts", "2", "--judge", "meta", "--meta", str(meta)) == 0
    said = capsys.readouterr()
    assert "No number here is a prediction" in " ".join(said.out.split())
    lines = [json.loads(one) for one in (out / "journal.jsonl").read_text().splitlines()]
    judged = [one for one in lines if one["event"] == "done" and "failure" not in one]
    assert all(len(one["curve"]) == 2 and "guide" in one for one in judged)
    assert main(["show", str(out)]) == 0
    assert main(["list", "predictors"]) == 0
    listed = capsys.readouterr().out
    assert "meta-lstm" in listed
    assert "Rawal & Miikkulainen 2018" in listed


def test_wrong_runs_and_settings_are_told(tmp_path, capsys):
    text = tmp_path / "t.txt"
    text.write_text(TEXT)
    assert main(["train-meta", str(tmp_path), "--out", str(tmp_path / "meta")]) == 2
    assert "is no run directory" in capsys.readouterr().err
    assert evolve(text, tmp_path / "run", 5, "--efforts", "2", "--judge", "meta") == 2
    assert "The judge 'meta' needs a predictor: --meta FOLDER" in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
