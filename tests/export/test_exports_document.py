"""What the document of exports says works as it stands there."""

import re
import runpy
from pathlib import Path

import pandas as pd
import pytest

from cellcolony.cli import main

DOCUMENT = (Path(__file__).parents[2] / "docs/how-to/exports.md").read_text()
COMMANDS = re.findall(r"^cellcolony (.*?)\s*(?:#.*)?$", DOCUMENT, re.MULTILINE)
PROGRAMS = re.findall(r"^```python\n(.*?)^```", DOCUMENT, re.MULTILINE | re.DOTALL)


def test_the_document_has_commands_and_programs():
    assert len(COMMANDS) == 8
    assert len(PROGRAMS) == 2


@pytest.mark.parametrize("line", COMMANDS)
def test_its_commands_work(line, wave_run, monkeypatch, tmp_path):
    from cellcolony.export.c.compiled import compiler

    if "int16" in line and compiler() is None:
        pytest.skip("there is no C compiler")
    if "onnx" in line:
        pytest.importorskip("onnx")
    arguments = line.replace("runs/coal", str(wave_run)).split()
    monkeypatch.chdir(tmp_path)
    assert main(arguments) == 0
    assert Path(arguments[arguments.index("--out") + 1]).is_file()


@pytest.mark.parametrize("program", PROGRAMS, ids=["live", "onnx"])
def test_its_programs_work(program, wave_run, monkeypatch, tmp_path):
    if "onnxruntime" in program:
        pytest.importorskip("onnxruntime")
        arguments = ["export", str(wave_run), "--to", "onnx", "--out", str(tmp_path / "model.onnx")]
        assert main(arguments) == 0
    for name in ("runs", "new.csv"):
        (tmp_path / name).symlink_to(wave_run.parents[1] / name)
    (tmp_path / "program.py").write_text(program)
    monkeypatch.chdir(tmp_path)
    found = runpy.run_path("program.py")
    from cellcolony.runs.open import open_run

    rows = pd.read_csv("new.csv")
    expected = open_run(wave_run).predict(rows).to_numpy()
    wanted = expected[100] if "stepper" in program else expected[-1]
    assert found["forecast"] == pytest.approx(wanted, rel=1e-6)
