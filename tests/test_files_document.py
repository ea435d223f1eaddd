"""The examples of docs/how-to/files.md do what they say."""

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from cellcolony.cli import main

TEXT = (Path(__file__).parents[1] / "docs/how-to/files.md").read_text()
HEADERS = dict(re.findall(r"```(\w+)\n(.*?)```", TEXT, re.DOTALL))
COMMANDS = re.findall(r"^cellcolony check (\w+)\.csv (.*)$", TEXT, re.MULTILINE)
TIMES = pd.date_range("2024-03-29", periods=400, freq="10min", tz="Europe/Berlin")


def german(number: float) -> str:
    return f"{number:,.2f}".translate(str.maketrans({",": ".", ".": ","}))


def rows_of(kind: str) -> list[str]:
    rng = np.random.default_rng(0)
    a, b = rng.normal(5_000, 900, 400), rng.normal(20, 2, 400)
    local = list(enumerate(zip(TIMES, a, b, strict=True)))
    rows = [(i, t.tz_convert("UTC"), x, y) for i, (t, x, y) in local]
    if kind == "toa5":
        return [f'"{t:%Y-%m-%d %H:%M:%S}",{i},{x:.2f},{y:.2f}' for i, t, x, y in rows]
    if kind == "german":
        return [f"{t:%d.%m.%Y};{t:%H:%M};{german(x)};{german(y)}" for _, (t, x, y) in local]
    if kind == "pumps":
        one = [f"{t:%Y-%m-%d %H:%M},{x:.2f},{y:.2f}" for _, t, x, y in rows]
        return [f"pump{n},{row}" for n in range(3) for row in one]
    if kind == "units":
        valves = ["ON" if i % 3 else "OFF" for i in range(len(rows))]
        return [f"{t:%Y-%m-%d %H:%M},{y:.1f} °C,{valves[i]},{x:.1f} kW" for i, t, x, y in rows]
    if kind == "odd":
        late = pd.to_timedelta(rng.uniform(0, 300, 400), "s")
        found = [
            f"{t + late[i]:%Y-%m-%d %H:%M:%S},{x:.2f},{-9999 if i % 50 == 7 else round(y, 2)}"
            for i, t, x, y in rows
        ]
        return found[:100] + found[103:]
    return [f"{t:%Y-%m-%d %H:%M},{x:.2f},{y:.2f}" for _, t, x, y in rows]


@pytest.mark.parametrize(("kind", "options"), COMMANDS)
def test_an_example_is_read_without_a_finding(tmp_path, monkeypatch, capsys, kind, options):
    monkeypatch.chdir(tmp_path)
    header = HEADERS.get(kind, "time,temp,flow\n")
    Path(f"{kind}.csv").write_text(header + "\n".join(rows_of(kind)) + "\n")
    words = ["check", f"{kind}.csv", *shlex.split(options)]
    monkeypatch.setattr("sys.argv", ["cellcolony", *words])
    assert main(words) == 0, capsys.readouterr().err
    printed = capsys.readouterr().out
    assert "Nothing was found amiss" in printed
    assert ("'power' is read as numbers: every cell ends in 'kW'" in printed) == (kind == "units")
    assert f"cellcolony search {shlex.join(words[1:])}" in printed
    assert sorted(tmp_path.iterdir()) == [tmp_path / f"{kind}.csv"]


def test_what_is_found_ends_in_an_error_with_its_cure(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    Path("a.csv").write_text(HEADERS["toa5"] + "\n".join(rows_of("toa5")))
    assert main(["check", "a.csv", "--target", "Flow_Avg"]) == 2
    assert "Say `--skip 1 --skip 3 --skip 4`" in capsys.readouterr().err
