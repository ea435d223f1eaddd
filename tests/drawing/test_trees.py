"""Drawings of trees show every element, memory and output, and keep apart what stands there."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from itertools import combinations

import pytest
from hypothesis import given, settings

from cellcolony.cells.tree import Tree
from cellcolony.drawing import draw_tree
from cellcolony.drawing.palette import FAINT, MEMORY_COLOURS
from cellcolony.drawing.placement import HALF_HEIGHT, HALF_WIDTH
from cellcolony.drawing.tree import _placed
from tests.cells.trees import LSTM, TWO_MEMORIES, random_tree, tree, trees
from tests.drawing.test_networks import HOSTILE, SVG, drawing_of, parsed, texts, titles


def labels(one: Tree) -> list[str]:
    return texts(drawing_of(parsed(draw_tree(one))))


@settings(deadline=None, max_examples=30)
@given(trees(8))
def test_every_element_and_output_is_drawn_once(one: Tree):
    symbols: dict[str, str] = {"add": "+", "mul": "×"}
    elements = list(one.root.walk())
    expected: list[str] = [symbols.get(element.op, element.op) for element in elements]
    expected += [element.output for element in elements if element.output]
    assert sorted(labels(one)) == sorted([*expected, "h"])
    n_paths = len(list(drawing_of(parsed(draw_tree(one))).iter(f"{SVG}path")))
    assert n_paths == one.n_elements - 1 + 1  # each but the root has an edge, and the root h


@pytest.mark.parametrize("seed", range(6))
def test_no_element_covers_another_and_arguments_stand_at_the_left(seed):
    found = _placed(random_tree(seed, height=12))
    for one, other in combinations(found, 2):
        apart = abs(one.at.x - other.at.x) >= 2 * HALF_WIDTH
        assert apart or abs(one.at.y - other.at.y) > 2 * HALF_HEIGHT
    assert all(mark.above is None or mark.at.x < mark.above.x for mark in found)
    assert [mark.above for mark in found].count(None) == 1


def test_memories_have_their_colours_and_one_without_an_output_is_faint():
    def fills(one: Tree) -> set[str]:
        return {
            rect.get("fill", "") for rect in drawing_of(parsed(draw_tree(one))).iter(f"{SVG}rect")
        }

    assert set(MEMORY_COLOURS.values()) <= fills(tree(TWO_MEMORIES))
    lonely = tree("add(z0, mul(d, sigmoid(z1)))")
    assert not set(MEMORY_COLOURS.values()) & fills(lonely)
    assert FAINT in draw_tree(lonely)
    assert "without an output: 0" in draw_tree(lonely)


def test_a_pointer_is_told_what_each_element_is():
    told = titles(parsed(draw_tree(tree(LSTM, bias=True))))
    assert "z3 = x(3) + h(3) + b3" in told
    assert "memory c of the step before" in told
    text = "add(mul(sigmoid(z1), c), mul(sigmoid(z0), tanh(z2)))>c: next value of memory c"
    assert text in told
    told = titles(parsed(draw_tree(tree(TWO_MEMORIES))))
    assert "add(c, z0)>d: next value of memory d, summed with 1 other" in told


def test_the_facts_say_how_large_it_is_and_what_it_remembers():
    facts = texts(parsed(draw_tree(tree("mul(add(c, z0)>d, z1)"))))
    assert (
        "5 elements, height 2, 2 of 8 base inputs read, memory c with 0 outputs, "
        "memory d with 1 output, never read"
    ) in facts


@pytest.mark.parametrize("title", HOSTILE)
def test_a_foreign_title_does_no_harm(title):
    root = parsed(draw_tree(tree("z0"), title))
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "rect", "text", "g", "circle", "path")
    }
    assert isinstance(root, ElementTree.Element)
