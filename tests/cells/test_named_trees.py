"""Evolved nodes as cells whose names are their trees."""

import pytest

from cellcolony import cells
from cellcolony.cells.lower.kernel_code import compile_cell, generate
from cellcolony.cells.named_trees import identifier, names_a_tree, tree_name, tree_of
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_text import parse
from cellcolony.drawing.labels import short_cell_name
from cellcolony.errors import ConfigError
from cellcolony.networks.genome import Network
from cellcolony.search.ants import AntSwarm
from tests.cells.trees import random_tree
from tests.export.cases import assert_close, case_of_cell
from tests.export.test_numpy import exported

TEXT = "mul(sigmoid(z3), tanh(add(c, z1)>c))"
NAME = f"node:{TEXT}"
HOSTILE = [
    "node:",
    "node_bias:",
    "node:c",
    "node:tanh(z0",
    "node:tanh(z0))",
    "node:tanh(z0)>c",
    "node:mul(z0, import_os)",
    'node:z0"""\nimport os',
    "node:z0\x00",
    "node:../../z0",
    "node:" + "tanh(" * 5_000,
    "node:" + "z" * 10**6,
    "node:\ud800",
]


@pytest.mark.parametrize("bias", [False, True])
def test_a_tree_comes_back_from_its_name_and_is_its_cell(bias):
    tree = Tree(parse(TEXT), bias)
    name = tree_name(tree)
    assert names_a_tree(name)
    assert tree_of(name) == tree
    assert cells.get(name) == tree.to_cell(name)


def test_trees_that_chance_draws_come_back_from_their_names():
    for seed in range(50):
        tree = random_tree(seed)
        assert tree_of(tree_name(tree)) == tree


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_is_no_tree_is_refused_wherever_it_stands(name):
    with pytest.raises(ConfigError) as told:
        cells.get(name)
    assert len(str(told.value)) < 1_000
    with pytest.raises(ConfigError):
        AntSwarm(cells=("gru", name))
    nodes = [
        {"id": 0, "kind": "input", "depth": 0.0, "cell": "", "name": "a"},
        {"id": 1, "kind": "output", "depth": 1.0, "cell": name, "name": "b"},
    ]
    data = {"nodes": nodes, "edges": [[0, 1]], "recurrent_edges": []}
    with pytest.raises(ConfigError):
        Network.from_dict(data, [0.5])


def test_people_see_a_short_name_that_differs_from_tree_to_tree():
    other = "node:tanh(z0)"
    assert cells.label("gru") == "gru"
    assert cells.label(NAME).startswith("node ")
    assert len(cells.label(NAME)) == 9
    assert cells.label(NAME) != cells.label(other)
    assert short_cell_name(NAME) == cells.label(NAME).replace("node", "n")


def test_code_and_file_names_hold_no_text_of_a_tree():
    assert identifier(NAME).isidentifier()
    assert identifier("lstm_peephole") == "lstm_peephole"
    assert len(identifier('x"""' * 1_000)) == 60
    written = generate(cells.get(NAME))
    assert TEXT not in written
    assert identifier(NAME) in written


def test_a_tree_with_as_many_ties_as_fit_compiles_to_no_more_than_an_answer():
    element = "tanh(c)>c"
    for _ in range(7):
        element = f"add({element}, {element})"
    cell = cells.get(f"node:add(z0, {element})")
    assert cell.weights()
    compiled = compile_cell(cell)
    assert compiled.n_states == 1
    assert compiled.forward
    assert compiled.backward


def test_a_network_with_an_evolved_node_is_exported_as_it_predicts(tmp_path):
    it = case_of_cell(NAME)
    module = exported(it, tmp_path)
    rows = it.rows(50)
    assert_close(module.predict(rows[module.COLUMNS].to_numpy()), it.expected(rows))
