"""Crossover and mutations: legal results, untouched parents, and ties where they may be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cellcolony.cells.tree import Tree
from cellcolony.cells.tree_element import ARITY, MEMORIES, MOST_ELEMENTS, MOST_HEIGHT, Element
from cellcolony.cells.tree_text import parse
from cellcolony.search.nodes import NodeEvolution
from cellcolony.search.nodes.crossover import common_region, crossover
from cellcolony.search.nodes.insert import insert
from cellcolony.search.nodes.replace import replace
from cellcolony.search.nodes.shrink import shrink
from cellcolony.search.nodes.start import start_tree
from cellcolony.search.nodes.variation import mutated, mutated_once
from tests.cells.trees import LSTM, random_tree, tree, trees
from tests.search.nodes.evolutions import rng

SEEDS = st.integers(0, 1000)


def with_ties(one: Tree, n: int, seed: int) -> list[Tree]:
    """The offspring of many draws."""
    made = [insert(one, 1.0, rng(seed + i)) for i in range(n)]
    return [child for child in made if child is not None]


def assert_legal(child: Tree | None, parent: Tree, before: str) -> None:
    """Elements and trees check themselves when they are made; reading one makes all of it anew."""
    assert parent.text == before
    if child is None:
        return
    assert Tree.from_dict(child.to_dict()) == child
    assert child.height <= MOST_HEIGHT
    assert child.n_elements <= MOST_ELEMENTS
    assert child.bias == parent.bias
    for element in child.root.walk():
        assert not element.output or (element.reads_memory and element.args)


@given(trees(8), SEEDS, st.floats(0, 1))
def test_a_mutation_makes_a_legal_tree_and_leaves_its_parent_untouched(one, seed, modi_rate):
    before = one.text
    for child in (
        insert(one, modi_rate, rng(seed)),
        shrink(one, rng(seed)),
        replace(one, rng(seed)),
    ):
        assert_legal(child, one, before)
        assert child is None or child != one


@given(trees(8), trees(8), SEEDS)
def test_crossover_makes_a_legal_tree_and_leaves_its_parents_untouched(one, other, seed):
    before, others = one.text, other.text
    child = crossover(one, other, rng(seed))
    assert_legal(child, one, before)
    assert other.text == others
    if child is not None:
        assert child.root.ordered != one.root.ordered


@given(trees(), trees(), SEEDS)
def test_the_same_stream_makes_the_same_offspring(one, other, seed):
    settings = NodeEvolution()
    for make in (
        lambda: insert(one, 0.5, rng(seed)),
        lambda: shrink(one, rng(seed)),
        lambda: replace(one, rng(seed)),
        lambda: crossover(one, other, rng(seed)),
        lambda: mutated(one, settings, rng(seed)),
        lambda: mutated_once(one, settings, rng(seed)),
    ):
        assert make() == make()


@given(trees(8), SEEDS)
def test_replacing_changes_one_element_and_no_structure(one, seed):
    child = replace(one, rng(seed))
    assert child is not None
    assert child.root.shape == one.root.shape
    pairs = list(zip(one.root.walk(), child.root.walk(), strict=True))
    changed = [(old.op, new.op) for old, new in pairs if old.op != new.op]
    assert len(changed) == 1
    assert ARITY[changed[0][0]] == ARITY[changed[0][1]]


@given(trees(8), SEEDS)
def test_inserting_adds_an_element_above_one_and_a_leaf_beside_it(one, seed):
    child = insert(one, 0.0, rng(seed))
    assert child is not None
    n_more = child.n_elements - one.n_elements
    assert n_more in (1, 2)
    assert child.root.shape.count("1") - one.root.shape.count("1") == (n_more == 1)


@given(trees(8), SEEDS)
def test_shrinking_takes_elements_away(one, seed):
    child = shrink(one, rng(seed))
    assert (child is None) == (not one.root.args)
    assert child is None or child.n_elements < one.n_elements


def test_every_mutation_that_may_happen_does():
    one = tree("mul(tanh(z0), c)")
    # Above each of 4 elements stands one of 2 binary ones, with one of 10 leaves on either side,
    # which is the same where the leaf is what stands there: above z0 and above c. One of c and the
    # root is one of c and tanh(z0). A unary one goes above the root and above c alone: beside all
    # others another unary one stands.
    inserted = texts(insert, one, 0.0, n=6000)
    assert len(inserted) == 4 * 2 * 10 * 2 - 2 * 2 - 1 + 2 * 3
    assert texts(shrink, one) == {"tanh(z0)", "mul(z0, c)"}  # c alone would see no input
    replaced = texts(replace, one)
    assert len(replaced) == 1 + 2 + 7 + 9  # z0 is the last base input, and remains one


def texts(make: Callable[..., Tree | None], *args: Any, n: int = 500) -> set[str]:
    """What many draws make."""
    stream = rng(5)
    made = [make(*args, stream) for _ in range(n)]
    return {"" if child is None else child.text for child in made}


def test_a_new_element_is_tied_at_the_modi_rate_and_only_where_it_reads_a_memory():
    one = tree("mul(tanh(z0), add(c, z1))")
    n_tied = n_may = 0
    for seed in range(3000):
        child = insert(one, 0.3, rng(seed))
        assert child is not None
        tied = [element for element in child.root.walk() if element.output]
        assert len(tied) <= 1
        plain = insert(one, 0.0, rng(seed))
        assert plain is not None
        n_may += may_be_tied(one, plain)
        n_tied += len(tied)
        assert all(element.reads_memory for element in tied)
    assert n_may > 1000
    assert abs(n_tied / n_may - 0.3) < 0.05


def may_be_tied(parent: Tree, child: Tree) -> bool:
    """Whether the element that was inserted is not the root and reads a memory."""
    if any(arg == parent.root for arg in child.root.args):
        return False
    new = child.root
    old = parent.root
    while True:  # follow the one branch that is another
        differ = [(a, b) for a, b in zip(new.args, old.args, strict=False) if a != b]
        ((new, old),) = differ
        if any(arg == old for arg in new.args):
            return new.reads_memory


def test_both_memories_are_tied_to():
    children = with_ties(tree("add(c, z0)"), 200, 0)
    assert {m for child in children for m in MEMORIES if child.tied_to(m)} == set(MEMORIES)


def test_the_root_is_never_tied_and_an_old_root_may_be_later():
    one = tree("add(c, z0)")
    for child in with_ties(one, 200, 0):
        assert child.root.output == ""
    children = with_ties(with_ties(one, 1, 0)[0], 200, 1)
    assert any(child.tied_to("c") or child.tied_to("d") for child in children)


def test_a_tied_element_that_becomes_the_root_loses_its_tie():
    assert "add(c, z0)" in texts(shrink, tree("tanh(add(c, z0)>c)"))


def test_ties_go_with_the_memory_leaf_that_they_needed():
    found = texts(replace, tree("tanh(add(mul(c, z0)>c, z1)>d)"))
    assert "tanh(add(mul(z3, z0), z1))" in found
    assert "tanh(add(mul(d, z0)>c, z1)>d)" in found
    assert "tanh(mul(mul(c, z0)>c, z1)>d)" in found
    assert "tanh(add(mul(z0, z1)>c, z2)>d)" not in found


def test_nothing_is_inserted_where_the_tree_is_as_high_as_it_may_be():
    chain = Element("z0")
    for _ in range(MOST_HEIGHT):
        chain = Element("add", (chain, chain if chain.height < 3 else Element("z1")))
    full = Tree(chain)
    assert full.height == MOST_HEIGHT
    assert {Tree(parse(text)).height for text in texts(insert, full, 0.0)} == {MOST_HEIGHT}
    assert insert(tree("add(z0, z1)"), 0.0, rng(), most_height=1) is None
    low = insert(tree("add(z0, add(z1, z2))"), 0.0, rng(), most_height=2)
    assert low is not None
    assert low.height == 2


def test_nothing_is_inserted_into_a_tree_that_is_as_large_as_it_may_be():
    level = [Element(f"z{i % 8}") for i in range(MOST_ELEMENTS // 2)]
    while len(level) > 1:
        pairs = zip(level[::2], level[1::2], strict=False)
        odd = level[-1:] if len(level) % 2 else []
        level = [*(Element("add", pair) for pair in pairs), *odd]
    large = Tree(level[0])
    assert large.n_elements == MOST_ELEMENTS - 1
    full = insert(large, 0.0, rng(0))
    assert full is not None
    assert full.n_elements == MOST_ELEMENTS  # of both kinds, a unary one alone had room
    assert insert(full, 0.0, rng(1)) is None


def test_crossover_swaps_what_stands_at_the_same_place_of_mirror_images():
    one = tree("add(tanh(z0), mul(z1, mul(z2, z3)))")
    other = tree("add(mul(add(z4, z5), z6), relu(z7))")  # its mirror image but for what it computes
    assert texts(crossover, one, other) == {
        "add(relu(z7), mul(z1, mul(z2, z3)))",
        "add(tanh(z7), mul(z1, mul(z2, z3)))",
        "add(tanh(z0), mul(add(z4, z5), z6))",
        "add(tanh(z0), mul(z6, mul(z2, z3)))",
        "add(tanh(z0), mul(z1, add(z4, z5)))",
        "add(tanh(z0), mul(z1, mul(z4, z3)))",
        "add(tanh(z0), mul(z1, mul(z2, z5)))",
    }


def test_crossover_brings_in_a_branch_where_the_common_region_ends():
    one, other = tree("add(z0, z1)"), tree("mul(z0, tanh(z2))")
    assert texts(crossover, one, other) == {"add(z0, tanh(z2))"}
    assert len(common_region(one, other)) == 3


def test_crossover_of_trees_that_differ_in_the_order_of_branches_alone_is_none():
    assert crossover(tree("add(z0, tanh(z1))"), tree("add(tanh(z1), z0)"), rng()) is None
    assert crossover(tree("z0"), tree(LSTM), rng()) is None


def test_crossover_brings_ties_along_and_takes_them_from_what_reads_no_memory_any_more():
    one = tree("tanh(add(mul(c, z0)>c, z1)>d)")
    other = tree("tanh(add(mul(z2, z3), z1))")
    assert "tanh(add(mul(z2, z3), z1))" in texts(crossover, one, other)
    assert "tanh(add(mul(c, z0)>c, z1))" in texts(crossover, other, one)


def test_mutations_come_at_their_rates():
    settings = NodeEvolution(insert_rate=0.6, shrink_rate=0.2, replace_rate=0.4)
    one, counts = random_tree(1, height=8), Counter[str]()
    for seed in range(2000):
        child, operations = mutated(one, settings, rng(seed))
        assert operations or child == one
        counts.update(operations)
    assert abs(counts["insert"] / 2000 - 0.6) < 0.04
    assert abs(counts["shrink"] / 2000 - 0.2) < 0.04
    assert abs(counts["replace"] / 2000 - 0.4) < 0.04


def test_a_mutation_without_a_legal_place_gives_way_to_another_and_rates_of_zero_to_none():
    only_shrink = NodeEvolution(insert_rate=0, shrink_rate=1, replace_rate=0)
    assert mutated_once(tree("z0"), only_shrink, rng()) == (tree("z0"), ())
    settings = NodeEvolution(insert_rate=0, shrink_rate=1, replace_rate=0.001)
    assert mutated_once(tree("z0"), settings, rng())[1] == ("replace",)


@pytest.mark.parametrize(("height", "n_elements"), [(2, 5), (4, 13), (6, 29), (8, 61), (14, 509)])
def test_a_start_tree_is_full_and_reads_every_base_input(height, n_elements):
    one = start_tree(rng(), height)
    assert (one.height, one.n_elements) == (height, n_elements)
    leaves = [element.op for element in one.root.walk() if not element.args]
    assert sorted(set(leaves)) == [f"z{k}" for k in range(min(8, len(leaves)))]
    with_memory = start_tree(rng(), height, with_memory=True)
    assert with_memory.root.shape == one.root.shape
    assert [e.op for e in with_memory.root.walk()].count("c") == 1
    assert np.all([not e.output for e in with_memory.root.walk()])


def test_the_elements_of_a_start_tree_are_tied_as_newly_made_ones_are():
    n_tied, n = 0, 400
    for seed in range(n):
        one = start_tree(rng(seed), with_memory=True, modi_rate=0.3)
        tied = [element for element in one.root.walk() if element.output]
        assert all(element.args and element.reads_memory for element in tied)
        n_tied += len(tied)
    assert abs(n_tied / n / 5 - 0.3) < 0.04  # 5 elements between leaf and root; 4 standard errors
    every = start_tree(rng(), with_memory=True, modi_rate=1.0)
    assert sum(bool(element.output) for element in every.root.walk()) == 5


def test_without_a_memory_leaf_nothing_is_tied_and_the_tree_is_the_same():
    assert start_tree(rng(7), modi_rate=1.0) == start_tree(rng(7))
