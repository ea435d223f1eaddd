"""Names that tell a terminal what to do: nothing that is printed lets them."""

import io
import shutil
import sys
import tomllib

import numpy as np
import pandas as pd
import pytest
import tomli_w
from rich.text import Text

from cellcolony.cli import main
from cellcolony.cli.printing import print_parts, print_text
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.scores import ScoresStage
from cellcolony.tasks.forecast import Forecast
from tests.runs.settings import forecast

ESCAPE = "\x1b]0;owned\x07\x9b31m\x1b[2J"


def escaped(text):
    """Return whatever in a text a terminal would obey."""
    return [letter for letter in text if not letter.isprintable() and letter != "\n"]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose columns and settings are full of escape sequences."""
    time, folder = np.arange(200), tmp_path_factory.mktemp("escapes")
    names = [f"a{ESCAPE}", f"b{ESCAPE}"]
    frame = pd.DataFrame({name: np.sin(time / (5 + i)) for i, name in enumerate(names)})
    frame.to_csv(folder / "data.csv", index=False)
    task = Forecast.from_csv(folder / "data.csv", names)
    stages = (RivalsStage(names=("persistence",)), ScoresStage())
    forecast(task, stages).run("3 networks", out=folder / "run")
    config, result = (folder / "run" / name for name in ("config.toml", "result.toml"))
    values = tomllib.loads(config.read_text())
    values["version"] = values["training"]["name"] = values["task"]["fingerprint"] = ESCAPE
    values["packages"][ESCAPE] = ESCAPE
    for key in ("scale", "step", "time", "left_out"):
        values["task"][key] = [ESCAPE] if key == "left_out" else ESCAPE
    values["task"]["files"][0]["name"] = ESCAPE
    config.write_text(tomli_w.dumps(values))
    values = tomllib.loads(result.read_text())
    told = {"budget": ESCAPE, "reason": ESCAPE, "seconds": {ESCAPE: 1.0}}
    result.write_text(tomli_w.dumps({**values, **told}))
    scores = folder / "run" / "scores.csv"
    scores.write_text(scores.read_text().replace("persistence", '"persistence\x1b[5m"'))
    return folder / "run"


@pytest.fixture
def copy(run, tmp_path):
    return shutil.copytree(run, tmp_path / "run")


def test_nothing_of_them_is_printed(copy, tmp_path, capsys):
    other = shutil.copytree(copy, tmp_path / "other")
    config = other / "config.toml"
    values = tomllib.loads(config.read_text())
    config.write_text(tomli_w.dumps({**values, "version": f"other{ESCAPE}"}))
    plot = str(tmp_path / "plot.svg")
    for command in (["show", copy], ["report", copy], ["compare", copy, other, "--plot", plot],
                    ["draw", copy], ["draw", copy, "--network", "99"]):  # fmt: skip
        assert main(list(map(str, command))) in (0, 2)
        printed = capsys.readouterr()
        assert "owned" in printed.out + printed.err or command[0] in ("report", "draw")
        assert not escaped(printed.out + printed.err)


@pytest.mark.parametrize("name", ["report.html", "plot.svg", "network.svg", "network.dot"])
def test_nothing_of_them_is_written_into_pages_and_pictures(copy, tmp_path, name):
    out = tmp_path / name
    command = {"report.html": "report", "plot.svg": "compare"}.get(name, "draw")
    option = "--plot" if command == "compare" else "--out"
    assert main([command, str(copy), option, str(out)]) == 0
    assert not escaped(out.read_text("utf-8"))


@pytest.mark.parametrize(
    ("file", "text"),
    [("config.toml", f'format = "{ESCAPE}"'), ("config.toml", f"'{ESCAPE}'"),
     ("journal.jsonl", f"{ESCAPE}\n"), ("scores.csv", f"model\n{ESCAPE}\n")],
)  # fmt: skip
def test_nothing_of_them_is_in_an_error(copy, capsys, file, text):
    (copy / file).write_text(text)
    assert main(["show", str(copy)]) == 2
    assert not escaped(capsys.readouterr().err)


def test_an_error_of_any_length_is_cut(capsys):
    assert main(["show", "x" * 100_000]) == 2
    assert len(capsys.readouterr().err) < 3000


def test_data_reach_a_file_as_they_are_and_a_terminal_without_escapes(run, capsys, monkeypatch):
    arguments = ["predict", str(run), str(run.parent / "data.csv")]
    assert main(arguments) == 0
    to_a_pipe = capsys.readouterr().out
    assert ESCAPE in to_a_pipe
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    assert main(arguments) == 0
    to_a_terminal = capsys.readouterr().out
    assert not escaped(to_a_terminal)
    assert len(to_a_terminal) == len(to_a_pipe)


def test_colours_of_a_report_stay(monkeypatch):
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    for name in ("NO_COLOR", "TERM"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    monkeypatch.setattr(sys, "stdout", terminal)
    print_parts(Text(f"a{ESCAPE}", style="bold"))
    print_text(f"b{ESCAPE}\n")
    printed = terminal.getvalue()
    assert "\x1b[1m" in printed
    assert "\x1b]" not in printed
    assert "\x9b" not in printed
    assert "b?]0;owned??31m?[2J\n" in printed
