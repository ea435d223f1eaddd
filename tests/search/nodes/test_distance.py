"""The distance of trees: structure alone, whichever way branches are turned."""

from __future__ import annotations

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import BASE, BINARY, UNARY, Element
from cellcolony.search.nodes.crossover import common_region
from cellcolony.search.nodes.distance import branches, distance, n_shared
from cellcolony.search.nodes.landmarks import Landmarks
from tests.cells.trees import LSTM, mirror_image, random_tree, tree, trees


@given(trees(8))
def test_a_tree_is_at_no_distance_from_itself(one):
    assert distance(one, one) == 0


@given(trees(8), trees(8))
def test_the_distance_is_the_same_both_ways_and_zero_for_one_structure_alone(one, other):
    assert distance(one, other) == distance(other, one) >= 0
    assert (distance(one, other) == 0) == (one.root.shape == other.root.shape)


@given(trees(8), trees(8), st.integers(0, 1000))
def test_mirror_images_are_one_tree_to_it(one, other, seed):
    mirror = mirror_image(one, seed)
    assert distance(one, mirror) == 0
    assert distance(mirror, other) == distance(one, other)


def relabelled(element: Element, rng: np.random.Generator) -> Element:
    ops = (BASE, UNARY, BINARY)[len(element.args)]
    return Element(str(rng.choice(ops)), tuple(relabelled(arg, rng) for arg in element.args))


@given(trees(8), st.integers(0, 1000))
def test_what_elements_compute_and_what_they_are_tied_to_does_not_matter(one, seed):
    assert distance(one, Tree(relabelled(one.root, np.random.default_rng(seed)))) == 0


def rotations(element: Element) -> list[Element]:
    """Every tree that swaps of branches make of one."""
    options = [rotations(arg) for arg in element.args]
    turned = [*product(*options)]
    if len(options) == 2:
        turned += [args[::-1] for args in turned]
    return [Element(element.op, args) for args in turned]


def n_at_the_same_place(a: Element, b: Element) -> int:
    if len(a.args) != len(b.args):
        return 1
    return 1 + sum(map(n_at_the_same_place, a.args, b.args))


@settings(max_examples=60, deadline=None)
@given(trees(4), trees(4))
def test_the_recursion_finds_what_trying_all_rotations_finds(one, other):
    n_binary = one.root.shape.count("2")
    if n_binary > 8:
        one, other = other, one
    if one.root.shape.count("2") > 8:
        return
    best = max(n_at_the_same_place(turned, other.root) for turned in rotations(one.root))
    assert n_shared(one.root.shape, other.root.shape) == best
    assert distance(one, other) == pytest.approx(
        (one.n_elements + other.n_elements) / (2 * best) - 1
    )


@given(trees(8), trees(8))
def test_the_common_region_is_as_large_as_the_distance_says(one, other):
    pairs = common_region(one, other)
    assert len(pairs) == n_shared(one.root.shape, other.root.shape)
    assert len({path for _, _, path in pairs}) == len(pairs)


@pytest.mark.parametrize(
    ("one", "other", "n"),
    [
        ("z0", "z5", 1),
        ("z0", LSTM, 1),
        ("add(z0, tanh(z1))", "mul(relu(c), z1)", 4),
        ("add(z0, z1)", "add(z0, add(z1, z2))", 3),  # 6 of 8
        ("tanh(add(z0, z1))", "add(z0, z1)", 1),
        ("add(tanh(z0), add(z1, z2))", "add(add(z0, z1), z2)", 5),
    ],
)
def test_elements_share_a_place_as_long_as_those_above_have_the_same_arity(one, other, n):
    assert n_shared(tree(one).root.shape, tree(other).root.shape) == n


def test_the_threshold_of_the_paper_is_ten_thirteenths_of_both_trees():
    assert distance(tree("add(z0, z1)"), tree("add(z0, add(z1, z2))")) == pytest.approx(1 / 3)


@given(trees(8))
def test_the_branches_of_a_shape_are_those_of_its_element(one):
    for element in one.root.walk():
        if len(element.args) == 2:
            shapes = [arg.shape for arg in element.args]
            assert sorted(branches(element.shape)) == sorted(shapes)


@settings(deadline=None)
@given(trees(8), st.integers(0, 100), st.sampled_from([0.0, 0.3, 1.0, 3.0]))
def test_landmarks_find_all_that_are_near_and_nothing_else(one, seed, threshold):
    others = [random_tree(seed + i, height=i % 9) for i in range(15)]
    near = Landmarks(other.root.shape for other in others).near(one.root.shape, threshold)
    expected = sorted((distance(one, other), i) for i, other in enumerate(others))
    assert near == [(delta, i) for delta, i in expected if delta <= threshold]


def test_without_landmarks_nothing_is_near():
    assert Landmarks([]).near("0", 10.0) == []
