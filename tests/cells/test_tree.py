"""Trees: what is legal, what they are called, and that nothing foreign does harm."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.cells.lower.numpy import step
from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_constants import is_constant
from cellcolony.cells.tree_element import MOST_ELEMENTS, MOST_HEIGHT, Element
from cellcolony.cells.tree_text import LONGEST_TEXT, parse
from cellcolony.errors import GenomeError
from tests.cells.trees import LSTM, TWO_MEMORIES, mirror_image, random_tree, renamed, tree, trees


@given(trees())
def test_a_tree_survives_the_round_trip_through_its_text_and_through_json(one):
    assert Tree(parse(one.text), one.bias) == one
    assert Tree.from_dict(json.loads(json.dumps(one.to_dict()))) == one
    assert hash(Tree.from_dict(one.to_dict())) == hash(one)


@given(trees())
def test_counts_are_those_of_the_elements(one):
    elements = list(one.root.walk())
    assert one.n_elements == len(elements) == len(one.root.shape)
    assert one.root.n_inputs == sum(element.op.startswith("z") for element in elements)
    assert one.height == max(depths(one.root))
    assert one.root.reads_memory == any(element.op in ("c", "d") for element in elements)


def depths(element: Element) -> list[int]:
    return [0, *(1 + depth for arg in element.args for depth in depths(arg))]


@given(trees(), st.integers(0, 1000))
def test_mirror_images_share_their_key_and_their_shape(one, seed):
    other = mirror_image(one, seed)
    assert other.key == one.key
    assert other.root.shape == one.root.shape
    assert other.root.ordered == one.root.ordered


@given(trees())
def test_the_key_is_itself_a_tree_of_the_same_structure(one):
    assert parse(one.key).shape == one.root.shape


@pytest.mark.parametrize("swap", [False, True])
@pytest.mark.parametrize("seed", range(20))
def test_base_inputs_and_memories_of_other_numbers_share_the_key(seed, swap):
    rng = np.random.default_rng(seed)
    for one in (tree(LSTM), tree(TWO_MEMORIES), random_tree(seed, height=9)):
        other = mirror_image(renamed(one, rng.permutation(8).tolist(), swap), seed)
        assert other.key == one.key


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("add(z0, z0)", "add(z0, z1)"),
        ("mul(z0, z1)", "add(z0, z1)"),
        ("add(z0, c)", "add(z0, z1)"),
        ("tanh(add(mul(z0, c)>c, c))", "tanh(add(mul(z0, c)>d, c))"),
        ("tanh(add(mul(z0, c)>c, c))", "tanh(add(mul(z0, c), c))"),
        ("tanh(add(c, mul(d, z0)>d))", "tanh(add(d, mul(d, z0)>d))"),
    ],
)
def test_trees_that_compute_something_else_have_another_key(one, other):
    assert tree(one).key != tree(other).key


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("tanh(relu(z0))", "Two unary elements must not follow each other. Got tanh of relu"),
        ("add(z0)", "'add' takes 2 arguments. Got 1"),
        ("z0(z1)", "'z0' takes 0 arguments. Got 1"),
        ("add(tanh(z0)>c, z1)", "Only an inner element with a path from c or d can be tied"),
        ("add(c>d, z1)", "Only an inner element"),
        ("add(c, z1)>d", "The root of a tree is the output h and is tied to no memory"),
        ("tanh(c)", "A tree must read an input"),
        ("add(z0, z8)", "character 10: 'z8' is no element of a tree"),
        ("add(z0, tnah(z1))", "character 12: 'tnah' is no element of a tree. Did you mean 'tanh'"),
        ("add(tanh(c)>e, z1)", "character 13: `>` must be followed by c or d, not 'e'"),
        ("add(z0, z1", r"character 10: a `\)` is missing. Got ''"),
        ("add(z0, z1))", r"character 11: a tree ends here. Got '\)'"),
        ("add(z0,, z1)", "character 7: the name of an element must stand here"),
        ("", "character 0: the name of an element must stand here. Got ''"),
        ("add(z0, z1, z2)", "takes 2 arguments. Got 3"),
        ("add(z0, z1) \0", "a tree ends here"),
    ],
)
def test_what_is_no_tree_is_refused_at_its_place(text, fault):
    with pytest.raises(GenomeError, match=fault):
        tree(text)


HOSTILE: list[Any] = [
    None,
    [],
    "add(z0, z1)",
    {},
    {"tree": None},
    {"tree": ["add", "z0", "z1"]},
    {"tree": "z0", "bias": 1},
    {"tree": "z0", "bias": None},
    {"tree": "tanh(" * 1_000_000},
    {"tree": "tanh(add(z0," * 1_000},
    {"tree": "(" * (LONGEST_TEXT - 1)},
    {"tree": "add(z0, z1)" * 10_000},
    {"tree": " " * (LONGEST_TEXT + 1)},
    {"tree": "add(z0, " + "z" * 10_000 + ")"},
    {"tree": "add(" + "z0," * 4_000 + "z0)"},
    {"tree": "\ud800\u202e"},
]


@pytest.mark.parametrize("data", HOSTILE, ids=lambda data: repr(data)[:40])
def test_foreign_values_are_refused_with_a_short_message(data):
    with pytest.raises(GenomeError) as error:
        Tree.from_dict(data)
    assert len(str(error.value)) < 500


def test_a_tree_that_is_too_high_or_too_large_is_refused():
    element = Element("z0")
    for _ in range(MOST_HEIGHT):
        element = Element("add", (element, Element("z1")))
    assert Tree(element).height == MOST_HEIGHT
    with pytest.raises(GenomeError, match="height must be at most 15"):
        Element("add", (element, Element("z1")))
    with pytest.raises(GenomeError, match="height must be at most 15"):
        tree("add(z0, " * 16 + "z0" + ")" * 16)
    full = Element("z0")
    for _ in range(8):
        full = Element("mul", (full, full))
    assert full.n_elements == 511
    with pytest.raises(GenomeError, match=f"at most {MOST_ELEMENTS:,} elements. Got 1,023"):
        Element("mul", (full, full))


def test_a_tree_is_told_from_another_by_its_bias():
    assert tree(LSTM) != tree(LSTM, bias=True)
    assert Tree.from_dict({"tree": LSTM}) == tree(LSTM)


def test_a_tie_goes_with_the_last_memory_under_it():
    tied = parse("mul(tanh(c), z0)>d")
    assert tied.with_args(Element("z1"), Element("z2")).output == ""
    assert tied.with_args(Element("d"), Element("z2")).output == "d"


def test_a_tree_says_what_kind_of_genome_it_is():
    assert Tree.kind == tree(LSTM).kind == "tree"


@pytest.mark.parametrize(
    "text",
    [
        "mul(z0, c)",
        "tanh(mul(mul(z0, c)>c, c))",
        "mul(tanh(mul(c, z1)>d), add(mul(d, z0)>c, c))",
        "add(mul(c, z0), sigmoid(mul(d, z1)))",
        "mul(relu(mul(c, z0)>c), z1)",
    ],
)
def test_a_tree_whose_memories_stay_zero_is_a_constant(text):
    assert is_constant(tree(text))


@pytest.mark.parametrize(
    "text",
    [
        "z0",
        LSTM,
        TWO_MEMORIES,
        "add(z0, c)",
        "mul(z0, add(z1, c)>c)",
        "mul(c, mul(z0, sigmoid(c)>c))",
        "mul(c, mul(z0, add(d, sigmoid(c)>d)>c))",
    ],
)
def test_a_tree_that_an_input_reaches_is_no_constant(text):
    assert not is_constant(tree(text))


def test_a_constant_tree_computes_the_same_whatever_it_sees():
    constant = [one for one in map(random_tree, range(400)) if is_constant(one)]
    assert len(constant) > 10
    for one in constant[::5]:
        assert outputs(one, seed=1) == pytest.approx(outputs(one, seed=2), abs=0)


def outputs(of: Tree, seed: int) -> np.ndarray:
    rng = np.random.default_rng(seed)
    cell = of.to_cell()
    y, states, ys = np.float64(0), dict.fromkeys(cell.states, np.float64(0)), []
    weights = rng.normal(size=len(cell.weights()))
    for _ in range(6):
        y, states = step(cell, weights, np.float64(rng.normal()), y, states)
        ys.append(y)
    return np.array(ys)
