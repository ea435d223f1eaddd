"""The commands and programs of the tutorials do what they say, one after the other."""

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony import open_run
from cellcolony.cli import main

FOLDER = Path(__file__).parents[1] / "docs/tutorial"
BLOCK = re.compile(r"^```(python)?\n(.*?)^```", re.MULTILINE | re.DOTALL)
QUICK = {
    "--budget 60s": "--budget 10networks --workers 1",
    "--budget 90s": "--budget 1networks --workers 1 --executor threads --seed 1",
}
"""What makes a command quick, and is no part of the tutorial."""


def followed(name, shorten):
    """Follow a tutorial in the current folder, and return what each command printed."""
    told = {}
    for language, text in BLOCK.findall((FOLDER / f"{name}.md").read_text()):
        if language:
            exec(text, {})
            shorten()
            continue
        for line in text.splitlines():
            if not line.startswith("cellcolony "):
                continue
            quick = line
            for long, short in QUICK.items():
                quick = quick.replace(long, short)
            out = Path("printed")
            with out.open("w") as file, pytest.MonkeyPatch.context() as printing:
                printing.setattr("sys.stdout", file)
                assert main(shlex.split(quick)[1:]) == 0, line
            told[line] = out.read_text()
    return told


@pytest.mark.filterwarnings("ignore::cellcolony.errors.TrainingRangeWarning")
def test_from_a_file_to_a_forecast(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def shorten():
        sensors = pd.read_csv("vessel.csv")
        sensors[:1200].to_csv("vessel.csv", index=False)

    told = followed("forecast", shorten)
    assert len(told) == 6
    shown = told["cellcolony show runs/vessel --why"]
    assert "flow" in shown
    assert Path("network.svg").read_text().startswith("<svg")
    forecasts = pd.read_csv("forecasts.csv")
    assert {"outlet[t+1]", "outlet_low", "outlet_high"} <= {*forecasts.columns}
    expected = open_run("runs/vessel").predict(pd.read_csv("vessel.csv"))
    np.testing.assert_allclose(forecasts["outlet[t+1]"], expected["outlet[t+1]"])


def test_from_a_text_to_a_node(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def shorten():
        text = Path("manual.txt").read_text("utf-8")
        Path("manual.txt").write_text(text[:24_000], encoding="utf-8")

    told = followed("node", shorten)
    assert len(told) == 8
    names = {model.model for model in open_run("runs/node").models}
    assert {"evolved node", "lstm", "gru", "nascell"} <= names
    assert told['cellcolony generate runs/node --prompt "The" --temperature 0.7'].startswith("The")
    assert "perplexity" in told["cellcolony score runs/node manual.txt"]
    assert "class" in Path("model.py").read_text()
    assert open_run("runs/longer").models[0].n_weights > 0
