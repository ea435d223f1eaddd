import csv
import io
import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from cellcolony.cells import Cell
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse
from cellcolony.contract import Measure
from cellcolony.errors import RunError
from cellcolony.networks.genome import Network
from cellcolony.runs import directory, front_files
from cellcolony.runs.events import Champion
from cellcolony.runs.resume import resume
from cellcolony.runs.scores import EVOLVED, Score
from cellcolony.store.lock import locked
from tests.runs.fakes import small_network


def test_whatever_exists_is_refused(tmp_path):
    (tmp_path / "folder").mkdir()
    for name in ("folder/notes.txt", "file"):
        (tmp_path / name).write_text("")
    for name in ("folder", "file"):
        with pytest.raises(RunError, match="exists"):
            directory.create(tmp_path / name)


def test_a_folder_that_cannot_be_made_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(RunError, match="cannot be made"):
        directory.create(tmp_path / "file" / "run")


def test_a_champion_is_read_as_it_was_written(tmp_path):
    network = small_network(0.3, n_hidden=2)
    directory.create(tmp_path / "deep" / "run")
    front_files.write_champions(tmp_path / "deep" / "run", [Champion(12, network, 0.5)])
    read = front_files.read_champion(tmp_path / "deep" / "run", 12, "network")
    assert isinstance(read, Network)
    assert read.to_dict() == network.to_dict()
    np.testing.assert_array_equal(read.weights, network.weights)


def test_a_champions_files_are_plain(tmp_path):
    network = small_network(0.3, n_hidden=1)
    directory.create(tmp_path / "run")
    front_files.write_champions(tmp_path / "run", [Champion(0, network, 0.5)])
    folder = tmp_path / "run" / "champions" / "0"
    assert json.loads((folder / "genome.json").read_text()) == network.to_dict()
    tensors = load_file(folder / "weights.safetensors")
    assert {name: len(tensor) for name, tensor in tensors.items()} == {
        "edges": 3, "recurrent_edges": 1, "cells": 2
    }  # fmt: skip


def test_the_folders_of_former_champions_go(tmp_path):
    first, second = (Champion(i, small_network(), 0.5) for i in range(2))
    directory.create(tmp_path / "run")
    front_files.write_champions(tmp_path / "run", [first])
    front_files.write_champions(tmp_path / "run", [second])
    front_files.remove_former_champions(tmp_path / "run", [second])
    assert [path.name for path in (tmp_path / "run" / "champions").iterdir()] == ["1"]


@pytest.mark.parametrize("broken", ["genome.json", "weights.safetensors"])
@pytest.mark.parametrize("text", [None, "", "{}", "[]", '{"nodes": [1]}'])
def test_a_broken_champion_is_named(tmp_path, broken, text):
    directory.create(tmp_path / "run")
    front_files.write_champions(tmp_path / "run", [Champion(0, small_network(), 0.5)])
    path = tmp_path / "run" / "champions" / "0" / broken
    path.unlink()
    if text is not None:
        path.write_text(text)
    with pytest.raises(RunError, match="the network cannot be read"):
        front_files.read_champion(tmp_path / "run", 0, "network")


TREE = Tree(parse("mul(sigmoid(z0), tanh(add(c, z1)>c))"))


def test_a_node_is_kept_as_tree_as_cell_and_as_equations(tmp_path):
    directory.create(tmp_path / "run")
    front_files.write_champions(tmp_path / "run", [Champion(3, TREE, 0.5)])
    folder = tmp_path / "run" / "champions" / "3"
    assert front_files.read_champion(tmp_path / "run", 3, "tree") == TREE
    cell = Cell.from_dict(json.loads((folder / "cell.json").read_text()))
    assert cell == TREE.to_cell("node 3")
    assert r"\begin{aligned}" in (folder / "equations.tex").read_text()


def test_what_a_kill_left_before_it_was_a_run_is_removed_and_nothing_else(tmp_path):
    run = tmp_path / "run"
    directory.remove_unbegun(run)  # where there is nothing
    directory.create(run)
    for name in ("lock", "config.toml.part"):
        (run / name).write_text("")
    directory.remove_unbegun(run)
    assert not run.exists()
    directory.create(run)
    (run / "notes.txt").write_text("mine")
    directory.remove_unbegun(run)
    assert (run / "notes.txt").read_text() == "mine"


def test_what_a_kill_left_makes_way_for_the_same_command_unless_another_process_begins_there(
    tmp_path,
):
    run = tmp_path / "run"
    directory.create(run)
    with locked(run), pytest.raises(RunError, match="being written by another process"):
        directory.create(run)
    with pytest.raises(RunError, match="Begin it again by the same command"):
        resume(run)
    directory.create(run)
    assert [path.name for path in run.iterdir()] == ["champions"]
    (run / "config.toml").write_text("")
    with pytest.raises(RunError, match=f"go on with it by `cellcolony resume {run}`"):
        directory.create(run)


def score(number, split, target, value):
    return Score(
        f"network {number}", EVOLVED, "search", split, "mae", 10 * number, 50, 0.1, value,
        target, number,
    )  # fmt: skip


SCORES = (
    score(4, "valid", 'a,"b"', 0.1), score(4, "valid", "c", 0.3), score(9, "valid", 'a,"b"', 0.1),
    score(9, "valid", "c", 0.2), score(9, "test", 'a,"b"', 0.5), score(9, "test", "c", 0.7),
)  # fmt: skip


def test_the_front_is_listed_from_small_to_large_with_the_chosen_one_marked(tmp_path):
    champions = [Champion(4, small_network(), 0.5), Champion(9, small_network(n_hidden=1), 0.4)]
    text = front_files.front_csv(champions, SCORES, Measure("mae", "MAE", "loss"))
    rows = list(csv.DictReader(io.StringIO(text)))
    assert list(rows[0]) == ["candidate", "size", "n_weights", "valid_mae", "test_mae", "chosen"]
    assert [
        (row["candidate"], row["valid_mae"], row["test_mae"], row["chosen"]) for row in rows
    ] == [
        ("4", "0.2", "", "no"),
        ("9", str((0.1 + 0.2) / 2), "0.6", "yes"),
    ]
    (tmp_path / "front.csv").write_text(text)
    read = front_files.read_front(tmp_path)
    assert [(row.candidate, row.size, row.chosen) for row in read] == [
        (4, 3, "no"),
        (9, 6, "yes"),
    ]


@pytest.mark.parametrize(
    ("row", "message"),
    [("../../secret,3,yes", "`candidate` must be"), ("1,0,yes", "`size`"),
     ("1,3,maybe", "`chosen`"), ("1,3", "`chosen`"), ("1" * 30 + ",3,no", "`candidate`")],
)  # fmt: skip
def test_a_line_of_the_front_that_cannot_be_is_named(tmp_path, row, message):
    (tmp_path / "front.csv").write_text(f"candidate,size,chosen\n{row}\n")
    with pytest.raises(RunError, match=rf"front.csv: .*line 2: .*{message}"):
        front_files.read_front(tmp_path)


def test_no_front_is_an_empty_one(tmp_path):
    assert front_files.read_front(tmp_path) == ()
