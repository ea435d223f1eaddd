"""Drawings of cells show every operation, memory and output, and keep apart what stands there."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree
from collections import Counter
from itertools import combinations

import pytest
from hypothesis import given, settings

from cellcolony import cells
from cellcolony.cells.known_trees import known_tree
from cellcolony.cells.program import Cell, Expression, h, param, sigmoid, state, tanh, x
from cellcolony.cells.tree import Tree
from cellcolony.drawing import draw_cell, draw_cells
from cellcolony.drawing.cell import _forest
from cellcolony.drawing.palette import FAINT, MEMORY_COLOURS
from cellcolony.drawing.placement import HALF_HEIGHT, HALF_WIDTH
from cellcolony.drawing.tree import forest_of_tree
from cellcolony.errors import GenomeError
from tests.cells.trees import LSTM, TWO_MEMORIES, random_tree, tree, trees
from tests.drawing.test_networks import HOSTILE, SVG, drawing_of, parsed, texts, titles


def labels(one: Tree) -> list[str]:
    return texts(drawing_of(parsed(draw_cell(one))))


@settings(deadline=None, max_examples=30)
@given(trees(8))
def test_every_element_and_output_is_drawn_once(one: Tree):
    symbols: dict[str, str] = {"add": "+", "mul": "×"}
    elements = list(one.root.walk())
    expected: list[str] = [symbols.get(element.op, element.op) for element in elements]
    expected += [element.output for element in elements if element.output]
    assert sorted(labels(one)) == sorted([*expected, "h"])
    n_paths = len(list(drawing_of(parsed(draw_cell(one))).iter(f"{SVG}path")))
    assert n_paths == one.n_elements - 1 + 1  # each but the root has an edge, and the root h


@pytest.mark.parametrize("seed", range(6))
def test_no_element_covers_another_and_arguments_stand_at_the_left(seed):
    found = forest_of_tree(random_tree(seed, height=12)).marks
    for one, other in combinations(found, 2):
        apart = abs(one.at.x - other.at.x) >= 2 * HALF_WIDTH
        assert apart or abs(one.at.y - other.at.y) > 2 * HALF_HEIGHT
    assert all(mark.above is None or mark.at.x < mark.above.x for mark in found)
    assert [mark.above for mark in found].count(None) == 1


def test_memories_have_their_colours_and_one_without_an_output_is_faint():
    def fills(one: Tree) -> set[str]:
        return {
            rect.get("fill", "") for rect in drawing_of(parsed(draw_cell(one))).iter(f"{SVG}rect")
        }

    assert set(MEMORY_COLOURS[:2]) <= fills(tree(TWO_MEMORIES))
    lonely = tree("add(z0, mul(d, sigmoid(z1)))")
    assert not set(MEMORY_COLOURS[:2]) & fills(lonely)
    assert FAINT in draw_cell(lonely)
    assert "without an output: 0" in draw_cell(lonely)


def test_a_pointer_is_told_what_each_element_is():
    told = titles(parsed(draw_cell(tree(LSTM, bias=True))))
    assert "z3 = x(3) + h(3) + b3" in told
    assert "c: memory c of the step before" in told
    text = "add(mul(sigmoid(z1), c), mul(sigmoid(z0), tanh(z2)))>c: next value of memory c"
    assert text in told
    told = titles(parsed(draw_cell(tree(TWO_MEMORIES))))
    assert "add(c, z0)>d: next value of memory d, summed with 1 other" in told


def test_the_facts_say_how_large_it_is_and_what_it_remembers():
    facts = texts(parsed(draw_cell(tree("mul(add(c, z0)>d, z1)"))))
    assert (
        "5 elements, height 2, 2 of 8 base inputs read, memory c with 0 outputs, "
        "memory d with 1 output, never read"
    ) in facts


@pytest.mark.parametrize("title", HOSTILE)
def test_a_foreign_title_does_no_harm(title):
    root = parsed(draw_cell(tree("z0"), title))
    assert {element.tag for element in root.iter()} <= {
        f"{SVG}{tag}" for tag in ("svg", "title", "desc", "rect", "text", "g", "circle", "path")
    }
    assert isinstance(root, ElementTree.Element)


def label_counts(cell: Cell) -> Counter[str]:
    return Counter(texts(drawing_of(parsed(draw_cell(cell)))))


@pytest.mark.parametrize("name", cells.names())
def test_every_cell_of_the_library_is_drawn_with_its_inputs_memories_and_output(name):
    cell = cells.get(name)
    found = label_counts(cell)
    assert found["h"] >= 1
    for leaf in cell.leaves("state"):
        assert found[str(leaf.value)] >= 2  # where it is read, and its next value
    operations = {value.op for value in cell.order() if value.args} - {"add"}
    symbols = {"mul": "×", "sub": "−"}
    assert all(found[symbols.get(op, op)] for op in operations)
    marks = _forest(cell).marks
    for one, other in combinations(marks, 2):
        apart = abs(one.at.x - other.at.x) >= 2 * HALF_WIDTH
        assert apart or abs(one.at.y - other.at.y) > 2 * HALF_HEIGHT


def test_an_lstm_looks_as_its_tree_does():
    one, other = label_counts(cells.get("lstm")), Counter(labels(tree(LSTM, bias=True)))
    assert one == other
    told = titles(parsed(draw_cell(cells.get("lstm"))))
    assert "z3 = x(3) + h(3) + b_o" in told


def test_inputs_without_a_sum_weights_and_constants_are_leaves_of_their_own():
    found = label_counts(Cell(tanh(x(0) * h(1) + param("a") - 1.5)))
    assert {"x(0)", "h(1)", "a", "1.5", "×", "+", "−", "tanh"} <= set(found)
    drawing = draw_cell(Cell(tanh(x(0) - 1.5)))
    assert "the upper less the lower" in drawing


def test_a_bias_is_part_of_an_input_only_if_the_bare_input_is_used_nowhere_else():
    bare = x(0) + h(0)
    assert label_counts(Cell(tanh(bare + param("b"))))["b"] == 0
    assert label_counts(Cell(tanh(bare + param("b")) * bare))["b"] == 1


def test_a_small_value_is_drawn_where_it_is_used_and_a_large_one_once_with_a_number():
    gate = sigmoid(x(0) + h(0))
    assert label_counts(Cell(gate * x(1) + gate * h(1)))["sigmoid"] == 2
    large = sigmoid((x(0) + h(0)) * (x(1) + h(1)) + x(2))
    found = label_counts(Cell(large * x(3) + large * h(3)))
    assert found["sigmoid"] == 1
    assert found["1"] == 2  # at the value, and where it is used again


def test_a_value_that_doubles_a_hundred_times_is_drawn_in_few_marks():
    value = x(0) * h(0)
    for _ in range(90):
        value = value * value
    assert len(_forest(Cell(value)).marks) < 300


def test_a_memory_that_the_output_does_not_need_has_a_tree_of_its_own():
    cell = Cell(tanh(x(0) * state("c")), {"c": x(1) + state("c"), "e": h(2)})
    found = label_counts(cell)
    assert found["next c"] == found["next e"] == found["h"] == 1


def test_a_cell_that_is_too_high_is_refused_in_a_sentence():
    value = x(0)
    for _ in range(200):
        value = tanh(value)
    with pytest.raises(GenomeError, match="Its height must be at most 100"):
        draw_cell(Cell(value))


def test_cells_stand_side_by_side_under_their_names():
    root = parsed(draw_cells([(name, cells.get(name)) for name in ("lstm", "gru", "nascell")]))
    assert {"lstm", "gru", "nascell"} <= set(texts(root))
    assert texts(root).count("h") >= 3
    width = float(root.get("width", 0))
    assert width < 1600


@pytest.mark.parametrize("text", HOSTILE)
def test_foreign_names_in_a_cell_do_no_harm(text):
    odd = Expression("param", value=text, init="uniform")
    cell = Cell(tanh(odd + state(text)), {text: x(0) + odd}, name=text)
    for drawing in (draw_cell(cell, text), draw_cells([(text, cell)], text)):
        tags = {element.tag.removeprefix(SVG) for element in parsed(drawing).iter()}
        assert tags <= {"svg", "title", "desc", "rect", "text", "g", "circle", "path"}


def test_a_gate_is_explained_and_the_halves_of_inputs_are_told_apart():
    drawing = draw_cell(known_tree("gru"))
    assert "gate: of g, a, b from above" in drawing
    assert "u_k = h(k): of the output of the step before, by weights" in drawing
    assert "3 of 8 base inputs read" in drawing
    assert "gate: of g" not in draw_cell(known_tree("lstm"))
