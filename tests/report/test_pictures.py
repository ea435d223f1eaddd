"""Drawings of what a study of any kind found."""

import xml.etree.ElementTree as ET
from dataclasses import replace
from pathlib import Path

import pytest

from cellcolony.drawing import cell
from cellcolony.errors import ConfigError, RunError
from cellcolony.report.blocks import Paragraph
from cellcolony.report.files import write_files
from cellcolony.report.pictures import drawing_of, keepsake_file, method_drawing
from cellcolony.report.sections.drawing import drawing
from cellcolony.runs.open import open_run
from tests.report.results import final, forecast_result, model_result, node_result
from tests.runs.fakes import faked
from tests.runs.settings import model, nodes, text_in

NODE = node_result(final("evolved node", 90.0))
MODEL = model_result(final("own", 90.0))
NETWORK = forecast_result(0.3, 0.4)


def title_of(svg):
    return str(ET.fromstring(svg)[0].text)


def test_each_kind_of_study_is_drawn_with_its_title():
    assert title_of(drawing_of(NODE)) == "Node 7: Language model, 12 words"
    assert title_of(drawing_of(MODEL)) == "Language model, 12 words"
    assert title_of(drawing_of(NETWORK, 4)) == "Network 4: Forecast of y, 2 rows ahead"
    for suffix in (".dot", ".gv"):
        assert drawing_of(NETWORK, suffix=suffix).startswith("digraph")


@pytest.mark.parametrize(
    ("result", "suffix", "says"),
    [
        (NODE, ".dot", "must end in .svg for a node. Got .dot"),
        (MODEL, ".gv", "must end in .svg for a model. Got .gv"),
        (NETWORK, ".png", "must end in .svg, .dot or .gv for a network. Got .png"),
    ],
)
def test_a_name_for_which_nothing_is_drawn_is_an_error(result, suffix, says):
    with pytest.raises(ConfigError, match=says):
        drawing_of(result, suffix=suffix)


def test_a_candidate_that_is_not_on_the_front_is_an_error():
    with pytest.raises(RunError, match="no node 3 on the front"):
        drawing_of(NODE, 3)
    with pytest.raises(RunError, match="trained one model: leave out the number 3"):
        drawing_of(MODEL, 3)


def test_a_method_that_keeps_nothing_names_those_that_do():
    for result in (NODE, MODEL):
        with pytest.raises(ConfigError, match=r"Methods that do: .*ants"):
            keepsake_file(result)
    assert keepsake_file(NETWORK) == "colony.svg"
    with pytest.raises(RunError, match="has no colony: it is kept when a search ends"):
        method_drawing(replace(NETWORK, path=None), Path("colony.svg"))


def test_a_directory_gets_the_drawings_of_its_kind(tmp_path):
    with faked():
        nodes(text_in(tmp_path)).run(out=tmp_path / "nodes", executor="threads")
        model(text_in(tmp_path)).run(out=tmp_path / "model", executor="threads")
    for name in ("nodes", "model"):
        result = open_run(tmp_path / name)
        assert write_files(result) == tmp_path / name / "report.html"
    for champion in open_run(tmp_path / "nodes").front:
        path = tmp_path / "nodes" / "champions" / str(champion.number) / "drawing.svg"
        assert title_of(path.read_text("utf-8")).startswith(f"Node {champion.number}: ")
    drawn = (tmp_path / "model" / "drawing.svg").read_text("utf-8")
    assert title_of(drawn).startswith("Language model, ")


def test_cells_that_are_too_large_to_be_drawn_are_left_out_and_told(tmp_path, monkeypatch):
    result = replace(MODEL, path=tmp_path)
    with monkeypatch.context() as patched:
        patched.setattr(cell, "MOST_MARKS", 1)
        (block,) = drawing(result)
        assert isinstance(block, Paragraph)
        assert "too large to be drawn" in block.text
        write_files(result)
    assert [file.name for file in tmp_path.iterdir()] == ["report.html"]
    write_files(result)
    assert (tmp_path / "drawing.svg").exists()
