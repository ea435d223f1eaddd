"""The commands of docs/how-to/forecasts.md do what they say, one after the other."""

import re
import shlex
from io import StringIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony.cli import main

TEXT = (Path(__file__).parents[1] / "docs/how-to/forecasts.md").read_text()
COMMANDS = [
    shlex.split(line)[1:]
    for block in re.findall(r"```\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
]
N, N_KNOWN = 400, 24


def plant(folder: Path) -> None:
    """Write the files that the document speaks of."""
    rng = np.random.default_rng(0)
    price, hours = rng.normal(50, 10, N + N_KNOWN), np.arange(N + N_KNOWN)
    temp = 15 + np.cumsum(rng.normal(0, 0.3, N + N_KNOWN))
    load = 200 + 20 * np.sin(hours / 24 * 2 * np.pi) - np.roll(price, 1) + 0.5 * np.roll(temp, 2)
    load += rng.normal(0, 2, N + N_KNOWN)
    when = pd.date_range("2024-01-01", periods=N + N_KNOWN, freq="h").strftime("%Y-%m-%d %H:%M")
    table = pd.DataFrame({"when": when, "price": price, "temp": temp, "load": load}).round(3)
    table[:N].to_csv(folder / "plant.csv", index=False)
    table.assign(load=table["load"].where(hours < N)).to_csv(folder / "plan.csv", index=False)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the commands run."""
    folder = tmp_path_factory.mktemp("plant")
    plant(folder)
    return folder


@pytest.fixture(scope="module")
def told(folder):
    """What each command printed."""
    found = {}
    with pytest.MonkeyPatch.context() as patched:
        patched.chdir(folder)
        for words in COMMANDS:
            out = folder / "printed"
            with out.open("w") as file, pytest.MonkeyPatch.context() as printing:
                printing.setattr("sys.stdout", file)
                assert main([*words, *["--workers", "1"] * (words[0] == "search")]) == 0, words
            found[shlex.join(words)] = out.read_text()
            if "--out" in words and words[0] == "predict":
                found[shlex.join(words)] = (folder / "forecasts.csv").read_text()
    return found


def of(told, *parts):
    """Return what the one command printed that has these parts."""
    (text,) = [text for command, text in told.items() if all(part in command for part in parts)]
    return text


def test_the_end_of_a_search_has_the_measures_and_the_coverage(told):
    shown = of(told, "search", "runs/load")
    for part in ("test RMSE", "test MASE", "test R2", "Prediction intervals on 60 rows", "95 %"):
        assert part in shown


def test_intervals_are_columns_around_the_forecast(told):
    lines = of(told, "predict runs/load", "ensemble").splitlines()
    assert lines[0] == "row,when,load[t+1],load_low,load_high"
    assert len(lines) == N + 1
    _, _, forecast, low, high = lines[-1].split(",")
    assert float(low) < float(forecast) < float(high)


def test_why_names_columns_sensors_and_edges(told):
    shown = of(told, "show", "--why")
    for part in ("Shuffled over time", "Unplugged: frozen at its mean", "edges that read columns"):
        assert part in shown


def test_each_step_has_a_column_and_is_scored(told):
    header = of(told, "predict runs/six", "--interval").splitlines()[0]
    assert header.count("load[t+") == 18
    assert "Test MAE of load by step" in of(told, "search", "runs/six")
    assert len(of(told, "predict runs/six", "--steps").splitlines()) == 7


def test_steps_beyond_the_last_row_use_what_is_known(told):
    plain, wide = (
        pd.read_csv(StringIO(text))
        for command, text in told.items()
        if command.startswith("predict runs/known")
    )
    assert plain["row"].tolist() == list(range(N, N + 12))
    np.testing.assert_allclose(plain["load"], wide["load"])
    assert (wide["load_low"].to_numpy() < wide["load_high"].to_numpy()).all()


def test_a_lineage_ends_with_the_candidate(told):
    shown = of(told, "lineage runs/load 3")
    assert "How network 3 came to be" in shown
    assert "scaled validation loss" in shown


def test_what_to_cite_is_bibtex_with_the_reason_before_each_entry(told):
    shown = of(told, "cite")
    for part in ("@software{cellcolony,", "% method taps", "gibbs2021aci", "hyndman2006mase",
                 "hoerl1970ridge"):  # fmt: skip
        assert part in shown
    assert shown.count("{") == shown.count("}")


def test_runs_on_two_data_sets_are_compared_on_each(told):
    shown = of(told, "compare")
    assert "Data set 1: Forecast of load, 1 row ahead" in shown
    assert "Plot: comparison-2.png" in shown


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("runs/load --interval 1", "above 0 and below 1, such as 0.9. Got 1.0."),
        ("runs/load --interval 0", "above 0 and below 1, such as 0.9. Got 0.0."),
        ("runs/load --interval 0.999", "needs 999 scored rows of validation, and the run has 60"),
        ("runs/load --steps 3", "'price', 'temp' are none"),
        ("runs/known --steps 9 --known price", "'price' is known in 0 rows behind row 399"),
        ("runs/known --steps 2 --known temp", "`known` names 'temp', which is no input"),
    ],
)
def test_what_cannot_be_ends_in_an_error_with_its_cure(
    told, folder, words, message, monkeypatch, capsys
):
    monkeypatch.chdir(folder)
    run, *options = words.split()
    assert main(["predict", run, "plant.csv", *options]) == 2
    assert message in capsys.readouterr().err
