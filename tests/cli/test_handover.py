"""What comes after a search: show, report, draw, predict and export, with names that do harm."""

import ast
import csv
import re
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ET
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest

from cellcolony import open_run
from cellcolony.cli import main

QUICK = (
    "--method", "ants", "--cells", "simple", "--cells", "gru", "--n-ants", "4", "--n-layers", "1",
    "--n-nodes-per-layer", "3", "--budget", "3networks", "--workers", "1",
)  # fmt: skip
HOSTILE = ["<script>alert(1)</script>", "a\"b'c", "two\nlines", "x" * 10_000, "=1+1", "</pre>&amp;"]


def frame(columns, n_rows=150):
    time = np.arange(n_rows)
    rng = np.random.default_rng(0)
    waves = [np.sin(time / (5 + i)) + 0.05 * rng.normal(size=n_rows) for i in range(len(columns))]
    return pd.DataFrame(dict(zip(columns, waves, strict=True)))


def searched(folder, name, columns, targets):
    file = folder / f"{name}.csv"
    frame(columns).to_csv(file, index=False)
    chosen = [word for target in targets for word in ("--target", target)]
    out = folder / "run"
    assert main(["search", str(file), *chosen, *QUICK, "--out", str(out)]) == 0
    return out, file


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run whose inputs are all targets."""
    return searched(tmp_path_factory.mktemp("plain"), "plain", ["u", "v"], ["u", "v"])


@pytest.fixture(scope="module")
def hostile(tmp_path_factory):
    folder = tmp_path_factory.mktemp("hostile")
    return searched(folder, "<img src=x onerror=alert(1)>", HOSTILE, HOSTILE[:4])


def test_a_search_leaves_a_report_and_drawings_in_its_directory(run):
    path, _ = run
    assert (path / "report.html").read_text("utf-8").startswith("<!DOCTYPE html>")
    for champion in open_run(path).front:
        ET.parse(path / "champions" / str(champion.number) / "drawing.svg")


def test_show_prints_the_equations_of_the_cells_that_are_used(run, capsys):
    assert main(["show", str(run[0])]) == 0
    shown = capsys.readouterr().out
    used = {node.cell for node in open_run(run[0]).best.nodes if node.cell}
    assert "linear, 2 nodes" in shown
    assert "yₜ = xₜ + b" in shown
    assert all(f"{cell}, " in shown for cell in used)


def test_draw_writes_svg_to_standard_output_or_to_a_file(run, tmp_path, capsys):
    path, out = str(run[0]), tmp_path / "network.svg"
    assert main(["draw", path]) == 0
    printed = capsys.readouterr().out
    assert main(["draw", path, "--out", str(out)]) == 0
    assert out.read_text("utf-8") == printed
    assert ET.fromstring(printed).tag.endswith("svg")


def test_draw_writes_dot_where_the_name_asks_for_it(run, tmp_path):
    for name in ("network.dot", "network.GV"):
        assert main(["draw", str(run[0]), "--out", str(tmp_path / name)]) == 0
        assert (tmp_path / name).read_text("utf-8").startswith("digraph")


def test_draw_takes_another_network_of_the_front(run, capsys):
    for champion in open_run(run[0]).front:
        assert main(["draw", str(run[0]), "--network", str(champion.number)]) == 0
        assert f"Network {champion.number}: " in capsys.readouterr().out


def test_report_can_be_written_again_and_elsewhere(run, tmp_path, capsys):
    path, out = run[0], tmp_path / "other.html"
    before = (path / "report.html").read_text("utf-8")
    assert main(["report", str(path)]) == 0
    assert capsys.readouterr().out == f"{path / 'report.html'}\n"
    assert main(["report", str(path), "--out", str(out)]) == 0
    assert out.read_text("utf-8") == (path / "report.html").read_text("utf-8") == before


def test_exported_numpy_forecasts_as_predict_does(run, tmp_path, capsys):
    path, file = run
    assert main(["export", str(path), "--to", "numpy", "--out", str(tmp_path / "m.py")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'm.py'}\n"
    assert main(["predict", str(path), str(file), "--out", str(tmp_path / "p.csv")]) == 0
    command = [sys.executable, str(tmp_path / "m.py"), str(file)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    (tmp_path / "q.csv").write_text(done.stdout)
    ours, theirs = pd.read_csv(tmp_path / "p.csv"), pd.read_csv(tmp_path / "q.csv")
    pd.testing.assert_frame_equal(ours, theirs, atol=1e-4)


def test_exported_torch_names_its_files(run, tmp_path, capsys):
    assert main(["export", str(run[0]), "--to", "torch", "--out", str(tmp_path / "model")]) == 0
    written = capsys.readouterr().out.splitlines()
    assert len(written) == 2
    assert all(str(tmp_path / "model") in line for line in written)


def test_steps_count_on_from_the_file(run, tmp_path):
    path, file = run
    out = tmp_path / "future.csv"
    assert main(["predict", str(path), str(file), "--steps", "7", "--out", str(out)]) == 0
    future = pd.read_csv(out)
    assert list(future) == ["row", "u", "v"]
    assert future["row"].tolist() == list(range(150, 157))


ERRORS = {
    "report {here}": "config.toml",
    "report {run} --out {here}/no/such.html": "no",
    "draw {here}": "config.toml",
    "draw {run} --out picture.png": ".svg, .dot or .gv",
    "draw {run} --network 999": "no network 999",
    "draw {run} --out {here}/no/such.svg": "no",
    "export {run} --to numpy": "--out",
    "export {run} --out model.py": "--to",
    "export {run} --to nunpy --out model.py": "numpy",
    "export {run} --to numpy --out model.py --network 999": "no network 999",
    "export {here} --to numpy --out model.py": "config.toml",
    "predict {run} {file} --steps 0": "`steps`",
    "predict {run} {file} --steps some": "some",
    "predict {hostile} {hostile_file} --steps 3": "=1+1",
}


@pytest.mark.parametrize("line", ERRORS)
def test_an_error_is_one_clear_message_and_exits_with_2(
    line, run, hostile, tmp_path, capsys, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    places = {"run": run[0], "file": run[1], "here": tmp_path}
    places |= {"hostile": hostile[0], "hostile_file": hostile[1]}
    assert main([word.format(**places) for word in line.split()]) == 2
    error = capsys.readouterr().err
    assert error.startswith("Error: ")
    assert ERRORS[line] in error
    assert "Traceback" not in error
    assert list(tmp_path.iterdir()) == []


class Elements(HTMLParser):
    """Collects the names of elements and of attributes."""

    def __init__(self):
        super().__init__()
        self.tags, self.attributes = set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


def test_hostile_names_are_text_in_the_report(hostile):
    page = (hostile[0] / "report.html").read_text("utf-8")
    found = Elements()
    found.feed(page)
    assert not found.tags & {"script", "img"}
    assert not any(name.startswith("on") for name in found.attributes)
    assert "&lt;script&gt;alert(1)" in page
    assert "x" * 1000 not in re.sub("<title>.*?</title>", "", page)  # a pointer shows it in full


def test_hostile_names_are_text_in_every_drawing(hostile, tmp_path):
    for drawing in (hostile[0] / "champions").glob("*/drawing.svg"):
        tags = {element.tag.rpartition("}")[2] for element in ET.parse(drawing).iter()}
        assert "script" not in tags
    assert main(["draw", str(hostile[0]), "--out", str(tmp_path / "n.dot")]) == 0
    lines = (tmp_path / "n.dot").read_text("utf-8").splitlines()
    assert lines[-1] == "}"
    assert max(map(len, lines)) < 3000


def test_hostile_names_are_shown_on_lines_of_their_own(hostile, capsys):
    assert main(["show", str(hostile[0])]) == 0
    shown = capsys.readouterr().out
    assert "<script>" in shown
    assert max(map(len, shown.splitlines())) <= 110


def test_hostile_names_come_back_in_the_header_of_predictions(hostile, tmp_path):
    out = tmp_path / "p.csv"
    assert main(["predict", str(hostile[0]), str(hostile[1]), "--out", str(out)]) == 0
    with out.open(encoding="utf-8", newline="") as file:
        header = next(csv.reader(file))
    assert header == ["row", *(f"{name}[t+1]" for name in HOSTILE[:4])]


@pytest.mark.parametrize("form", ["numpy", "torch"])
def test_hostile_names_do_not_break_exported_source(hostile, tmp_path, form):
    out = tmp_path / "model.py"
    assert main(["export", str(hostile[0]), "--to", form, "--out", str(out)]) == 0
    tree = ast.parse(out.read_text("utf-8"))
    texts = {node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)}
    assert set(HOSTILE) <= texts


def test_a_killed_run_has_a_report_without_test_scores(run, tmp_path):
    shutil.copytree(run[0], tmp_path / "killed")
    for name in ("result.toml", "test_predictions.csv", "report.html"):
        (tmp_path / "killed" / name).unlink()
    scores = tmp_path / "killed" / "scores.csv"
    lines = scores.read_text().splitlines(keepends=True)
    kept = [line for line in lines[1:] if "test" not in line and "network" in line]
    scores.write_text("".join([lines[0], *kept]))
    assert main(["report", str(tmp_path / "killed")]) == 0
    page = (tmp_path / "killed" / "report.html").read_text("utf-8")
    assert "The study has not ended" in page
    assert "Forecast and truth" not in page


@pytest.mark.parametrize("text", ["", "file,row,u,v,p,q\na,1,2\n", "file,row,u,p\na,one,2,3\n"])
def test_broken_predictions_are_an_error(run, tmp_path, capsys, text):
    shutil.copytree(run[0], tmp_path / "run")
    (tmp_path / "run" / "test_predictions.csv").write_text(text)
    assert main(["report", str(tmp_path / "run")]) == 2
    assert "test_predictions.csv" in capsys.readouterr().err
