"""Cells that somebody else has written: what they may not be is refused, and at once."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cellcolony import cells
from cellcolony.cells import Cell
from cellcolony.cells.lower.kernel_code import generate
from cellcolony.cells.lower.latex import as_latex
from cellcolony.errors import GenomeError

CASES = Path("/work/shared/cases/reliability/hostile-cells")
X, TWO = {"op": "x", "value": 0}, {"op": "const", "value": 2}


def cell(*program, y=None, states=None, name: object = "c"):
    y = len(program) - 1 if y is None else y
    return {"name": name, "program": list(program), "y": y, "states": states or {}}


def doubled(leaf, op, n=36):
    """A value that is computed from the one before it twice, n times: as a tree it has 2^n."""
    return cell(leaf, *({"op": op, "args": [i, i]} for i in range(n)))


@pytest.mark.parametrize(
    "forged",
    [
        None, [], {}, cell(), cell(X, y=1), cell(X, y=0.0), cell(X, y=True), cell(X, name=""),
        cell(X, name=3), cell(X, name="\x1b[2J"), cell(X, states=[1]), cell(X, states={"c": 1}),
        cell(X, states={"c": "0"}), cell(X, states={"\n": 0}), {**cell(X), "program": "x"},
        cell("x"), cell({}), cell({"op": None}), cell({"op": ["x"]}), cell({"op": "no_such"}),
        cell({"op": "x"}), cell({"op": "x", "value": "0; import os"}), cell({**X, "value": 1.5}),
        cell({**X, "value": -1}), cell({**X, "value": 10**6}), cell({**X, "value": True}),
        cell({**TWO, "value": "2"}), cell({**TWO, "value": None}), cell({**TWO, "value": math.inf}),
        cell({**TWO, "value": math.nan}), cell({**TWO, "value": 10**100}),
        cell({**TWO, "value": -1e31}), cell({"op": "state", "value": 1}),
        cell({"op": "param", "value": "p" * 2000}), cell({"op": "param", "value": "p", "init": []}),
        cell({"op": "param", "value": "p", "init": math.nan}), cell(X, {"op": "tanh", "args": 0}),
        cell(X, {"op": "tanh", "args": [0.0]}), cell(X, {"op": "tanh", "args": [1]}),
        cell(X, {"op": "tanh", "args": [-1]}), cell(X, {"op": "tanh", "args": [0], "value": 1}),
        cell(X, {"op": "add", "args": [0] * 9}), cell(*[X] * 10_001),
    ],
)  # fmt: skip
def test_what_is_no_cell_is_refused_by_an_error_of_ours(forged):
    with pytest.raises(GenomeError):
        Cell.from_dict(forged)


@pytest.mark.parametrize("name", cells.names())
def test_every_cell_comes_back_from_its_plain_values(name):
    assert Cell.from_dict(json.loads(json.dumps(cells.get(name).to_dict()))) == cells.get(name)


@pytest.mark.parametrize("leaf", [X, TWO, {"op": "const", "value": 10**30}])
@pytest.mark.parametrize("op", ["mul", "add"])
def test_values_that_double_at_each_of_36_operations_cost_no_more_than_36(leaf, op):
    read = Cell.from_dict(doubled(leaf, op))
    assert len(as_latex(read)) < 5000
    assert len(generate(read)) < 20_000


@pytest.mark.skipif(not CASES.exists(), reason="the cases are not here")
def test_the_cells_that_once_did_harm_are_refused():
    for path in CASES.iterdir():
        with pytest.raises(GenomeError):
            Cell.from_dict(json.loads(path.read_text()))


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 10**40) | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=6,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys(
    ("op", "args", "value", "init"), PLAIN | st.sampled_from(("x", "const", "mul", "param", "h"))
)), max_size=4), PLAIN, PLAIN, PLAIN)  # fmt: skip
def test_whatever_values_stand_in_it_a_cell_is_read_or_refused(program, y, states, name):
    try:
        read = Cell.from_dict({"program": program, "y": y, "states": states, "name": name})
    except GenomeError:
        return
    assert Cell.from_dict(read.to_dict()) == read
