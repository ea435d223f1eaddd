"""From names, files and groups to layers."""

import json

import pytest

from cellcolony import cells
from cellcolony.errors import ConfigError, RunError
from cellcolony.runs.layer_named import layer_named


def groups(text, n_units):
    return [(group.cell.name, group.n_units) for group in layer_named(text, n_units).layer.groups]


def test_a_name_fills_the_layer():
    assert groups("lstm", 7) == [("lstm", 7)]


def test_groups_have_their_units_or_share_them():
    assert groups("lstm:4, gru:3", 7) == [("lstm", 4), ("gru", 3)]
    assert groups("lstm,gru,nascell", 9) == [("lstm", 3), ("gru", 3), ("nascell", 3)]


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("lstm:4,gru:4", "The groups have 8 units in all, and `hidden` is 7"),
        ("lstm:4,gru", "Give each group its units, or none"),
        ("lstm,gru", "7 units cannot be shared by 2 groups"),
        ("lstn", "There is no cell 'lstn'. Did you mean 'lstm'?"),
        ("lstm:x", "There is no cell 'lstm:x'"),
        ("lstm:0,gru:7", "at least 1 unit"),
        ("", "There is no cell ''"),
        ("lstm:7,", "Give each group its units, or none"),
    ],
)
def test_what_does_not_fit_is_refused(text, what):
    with pytest.raises((ConfigError, ValueError), match=what.replace("?", r"\?")):
        layer_named(text, 7)


def test_a_file_of_a_cell_is_read(tmp_path):
    path = tmp_path / "cell.json"
    path.write_text(json.dumps(cells.get("gru").to_dict()))
    assert layer_named(str(path), 3).layer.groups[0].cell == cells.get("gru")
    assert groups(f"{path}:3,lstm:4", 7) == [("gru", 3), ("lstm", 4)]


@pytest.mark.parametrize("content", ["", "{}", "[]", "[" * 10_000, '{"name": 1}', "null", "\0"])
def test_a_file_that_holds_no_cell_is_refused_by_name(tmp_path, content):
    path = tmp_path / "cell.json"
    path.write_text(content)
    with pytest.raises(RunError, match=r"cell\.json"):
        layer_named(str(path), 3)


def test_a_missing_file_and_a_folder_that_is_no_run_are_refused_by_name(tmp_path):
    with pytest.raises(RunError, match=r"none\.json: the cell cannot be read"):
        layer_named(str(tmp_path / "none.json"), 3)
    with pytest.raises(RunError, match="is no run directory"):
        layer_named(str(tmp_path), 3)


def test_the_text_is_the_title_and_a_library_needs_no_program():
    made = layer_named("lstm,gru", 4)
    assert (made.title, made.cells, made.units) == ("lstm,gru", ("lstm", "gru"), (2, 2))
    assert made.programs == {}


def test_a_cell_of_a_file_is_that_of_the_file_whatever_it_is_called(tmp_path):
    path = tmp_path / "cell.json"
    path.write_text(json.dumps({**cells.get("gru").to_dict(), "name": "lstm"}))
    of_file, of_library = layer_named(f"{path}, lstm", 4).layer.groups
    assert of_library.cell == cells.get("lstm")
    assert of_file.cell.y == cells.get("gru").y


def test_an_evolved_node_may_be_given_by_its_name():
    name = "node:mul(sigmoid(z3), tanh(add(c, z1)>c))"
    made = layer_named(f"{name}:3,lstm:1", 4)
    assert made.cells == (name, "lstm")
    with pytest.raises(ConfigError, match="node:mul"):
        layer_named("node:mul(z0", 4)
