"""Equations for people, and the Python functions of exports, from the same expression graphs."""

from __future__ import annotations

import ast
import keyword

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.lower.latex import as_latex, as_layer_latex
from cellcolony.cells.lower.numpy import evaluate, step
from cellcolony.cells.lower.python import (
    as_function,
    as_layer_function,
    has_memory,
    weight_names,
)
from cellcolony.cells.lower.text import as_text
from cellcolony.cells.program import (
    Cell,
    Expression,
    h,
    param,
    relu,
    sigmoid,
    state,
    tanh,
    x,
)

BINARY, UNARY = ("add", "sub", "mul"), ("tanh", "sigmoid", "relu")
CELLS = [cells.get(name) for name in cells.names()]


def evolved(seed: int) -> Cell:
    """Draw a cell as genetic programming might make it: base-eight inputs, any operations."""
    rng = np.random.default_rng(seed)
    with_bias = bool(rng.integers(2))
    pool = [x(k) + h(k) + (param(f"b_{k}") if with_bias else 0.0) for k in range(4)]
    pool += [state("c"), state("h"), x(), param("alpha"), x(0) * 0.0 + float(rng.normal())]
    for _ in range(int(rng.integers(1, 40))):
        a, b = (pool[i] for i in rng.integers(len(pool), size=2))
        op = str(rng.choice([*BINARY, *UNARY]))
        pool.append(Expression(op, (a, b) if op in BINARY else (a,)))
    c, y = (pool[i] for i in rng.integers(len(pool), size=2))
    return Cell(y=y, states={"c": c, "h": y}, name=f"evolved {seed}")


EVOLVED = [evolved(seed) for seed in range(60)]
ODD = [
    Cell(y=tanh(param("q")), states={"c": param("b") * 2.0, "d": state("c")}, name="no input"),
    Cell(y=x(), states={"a": x(), "b": x(), "c": state("b") + state("a")}, name="one value"),
    Cell(
        y=sigmoid(state("lambda")) - (x() - (tanh(2.0 + 0.0 * x()) - 1.0)),
        states={
            "lambda": relu(h(0)) + param("x"),
            "two words": h(0),
            "c\n_before": state("lambda"),
        },
        name="odd names",
    ),
]


def run_function(cell: Cell, weights: np.ndarray, s: np.ndarray) -> np.ndarray:
    """Run the generated function over `s: (time, width)` from zero memory."""
    functions = {"tanh": np.tanh, "relu": lambda v: np.maximum(v, 0.0)}
    functions["sigmoid"] = lambda v: 0.5 * np.tanh(0.5 * v) + 0.5
    exec(as_function(cell, "f"), functions)  # the function under test
    results = [np.zeros(s.shape[1])] * (1 + len(cell.own_states()))
    y = []
    for s_t in s:
        results = functions["f"](weights, s_t, *results)
        assert all(np.shape(result) == s_t.shape for result in results)
        y.append(results[0])
    return np.array(y)


def run_oracle(cell: Cell, weights: np.ndarray, s: np.ndarray) -> np.ndarray:
    y, states = np.zeros(s.shape[1]), {name: np.zeros(s.shape[1]) for name in cell.states}
    outputs = []
    for s_t in s:
        y, states = step(cell, weights, s_t, y, states)
        outputs.append(y)
    return np.array(outputs)


@pytest.mark.parametrize("cell", CELLS + EVOLVED + ODD, ids=lambda cell: cell.name)
def test_the_python_function_of_a_cell_computes_what_plain_numpy_computes(cell):
    rng = np.random.default_rng(0)
    weights, s = rng.normal(0, 0.5, (len(cell.weights()), 3)), rng.normal(0, 1, (20, 3))
    expected = run_oracle(cell, weights, s)
    np.testing.assert_allclose(run_function(cell, weights, s), expected, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("cell", CELLS + EVOLVED + ODD, ids=lambda cell: cell.name)
def test_the_python_function_of_a_layer_computes_from_projections(cell):
    rng = np.random.default_rng(0)
    function = as_layer_function(cell, "f")
    functions = {"tanh": np.tanh, "relu": lambda v: np.maximum(v, 0.0)}
    functions["sigmoid"] = lambda v: 0.5 * np.tanh(0.5 * v) + 0.5
    exec(function.source, functions)  # the function under test
    y = rng.normal(size=3)
    leaves = {leaf: rng.normal(size=3) for leaf in function.arguments}
    own = cell.own_states()
    leaves |= {leaf: y for leaf in cell.leaves("state") if leaf.value not in own}
    arguments = {name: leaves[leaf] for leaf, name in function.arguments.items()}
    results = functions["f"](**arguments)  # pyright: ignore[reportCallIssue]
    output, states = evaluate(cell, leaves, y)
    assert len(results) == len(function.results) == 1 + len(own)
    for found, expected in zip(results, [output, *(states[name] for name in own)], strict=True):
        np.testing.assert_allclose(found + np.zeros(3), expected, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("cell", CELLS + EVOLVED + ODD, ids=lambda cell: cell.name)
def test_each_function_value_is_written_once_and_shared_by_name(cell):
    text = as_text(cell)
    written = sum(text.count(f"{name}(") for name in ("tanh", "σ", "relu"))
    constant = {value for value in cell.order() if value.op == "const"}
    for value in cell.order():
        if value.args and constant.issuperset(value.args):
            constant.add(value)  # is computed and written as a number
    assert written == sum(v.op in UNARY and v not in constant for v in cell.order())


@pytest.mark.parametrize("cell", CELLS + EVOLVED, ids=lambda cell: cell.name)
def test_weights_are_called_as_the_cell_calls_them(cell):
    assert weight_names(cell) == tuple(weight.name for weight in cell.weights())


def test_a_gru_reads_as_in_a_textbook():
    assert as_text(cells.get("gru")).split("\n") == [
        "zₜ = σ(w₀ xₜ + u₀ hₜ₋₁ + b_z)",
        "rₜ = σ(w₁ xₜ + u₁ hₜ₋₁ + b_r)",
        "h̃ₜ = tanh(w₂ xₜ + rₜ u₂ hₜ₋₁ + b_h)",
        "hₜ = zₜ hₜ₋₁ + (1 − zₜ) h̃ₜ",
        "yₜ = hₜ",
    ]


def test_the_peephole_lstm_and_the_delta_rnn_read_as_in_their_papers():
    assert as_text(cells.get("lstm_peephole")).split("\n") == [
        "fₜ = σ(w₂ xₜ + u_f cₜ₋₁ + b_f + 1)",
        "iₜ = σ(w₁ xₜ + u_i cₜ₋₁ + b_i)",
        "gₜ = tanh(w₃ xₜ + b_g)",
        "cₜ = fₜ cₜ₋₁ + iₜ gₜ",
        "oₜ = σ(w₀ xₜ + u_o cₜ₋₁ + b_o)",
        "yₜ = oₜ cₜ",
    ]
    assert as_text(cells.get("delta")).split("\n") == [
        "rₜ = σ(xₜ + b_r)",
        "z̃ₜ = tanh((α + 2) u₀ zₜ₋₁ xₜ + (β₁ + 1) u₀ zₜ₋₁ + (β₂ + 1) xₜ + b_z)",
        "zₜ = tanh((1 − rₜ) z̃ₜ + rₜ zₜ₋₁)",
        "yₜ = zₜ",
    ]


def test_latex_is_an_aligned_block():
    assert as_latex(cells.get("mgu")) == "\n".join(
        [
            r"\begin{aligned}",
            r"  f_{t} &= \sigma(w_{0} \, x_{t} + u_{0} \, h_{t-1} + b_{f}) \\",
            r"  \tilde{h}_{t} &= \tanh(w_{1} \, x_{t} + f_{t} \, u_{1} \, h_{t-1} + b_{h}) \\",
            r"  h_{t} &= (1 - f_{t}) \, h_{t-1} + f_{t} \, \tilde{h}_{t} \\",
            r"  y_{t} &= h_{t}",
            r"\end{aligned}",
        ]
    )


def body(latex: str) -> list[str]:
    first, *lines, last = latex.split("\n")
    assert (first, last) == (r"\begin{aligned}", r"\end{aligned}")
    return [line.removesuffix(r" \\").strip() for line in lines]


def test_a_dense_lstm_gru_and_nascell_read_as_in_textbooks_and_papers():
    assert body(as_layer_latex(cells.get("lstm"))) == [
        r"f_{t} &= \sigma(W_{1} x_{t} + U_{1} h_{t-1} + b_{f})",
        r"i_{t} &= \sigma(W_{0} x_{t} + U_{0} h_{t-1} + b_{i})",
        r"g_{t} &= \tanh(W_{2} x_{t} + U_{2} h_{t-1} + b_{g})",
        r"c_{t} &= f_{t} \odot c_{t-1} + i_{t} \odot g_{t}",
        r"o_{t} &= \sigma(W_{3} x_{t} + U_{3} h_{t-1} + b_{o})",
        r"h_{t} &= o_{t} \odot \tanh(c_{t})",
    ]
    assert body(as_layer_latex(cells.get("gru"))) == [
        r"z_{t} &= \sigma(W_{0} x_{t} + U_{0} h_{t-1} + b_{z})",
        r"r_{t} &= \sigma(W_{1} x_{t} + U_{1} h_{t-1} + b_{r})",
        r"\tilde{h}_{t} &= \tanh(W_{2} x_{t} + r_{t} \odot (U_{2} h_{t-1}) + b_{h})",
        r"h_{t} &= z_{t} \odot h_{t-1} + (1 - z_{t}) \odot \tilde{h}_{t}",
    ]
    nascell = body(as_layer_latex(cells.get("nascell")))
    assert nascell[0] == r"g_{1,t} &= \sigma(W_{0} x_{t} + U_{0} h_{t-1})"
    assert nascell[3] == (
        r"c_{t} &= a_{1,t} \odot \tanh(g_{2,t} "
        r"+ \operatorname{relu}((W_{3} x_{t}) \odot (U_{3} h_{t-1})))"
    )
    assert nascell[-1] == r"h_{t} &= \tanh(c_{t} \odot a_{2,t})"


def test_vectors_are_multiplied_element_by_element_and_by_numbers_as_usual():
    y = 2 * state("c") * state("c") * x() - (1 - x(1)) * 0.5 + param("W1") * param("W")
    latex = body(as_layer_latex(Cell(y=y, states={"c": x(), "z": y})))
    assert latex == [
        r"c_{t} &= W x_{t}",
        r"z_{t} &= 2 \, {c_{t-1}}^{\odot 2} \odot (W x_{t}) - 0.5 \, (1 - W_{1} x_{t}) "
        r"+ W_{12} \odot W_{2}",
        r"h_{t} &= z_{t}",
    ]


@pytest.mark.parametrize("cell", CELLS + EVOLVED + ODD, ids=lambda cell: cell.name)
def test_equations_of_nodes_and_layers_differ_in_their_notation_alone(cell):
    of_node, of_layer = body(as_latex(cell)), body(as_layer_latex(cell))
    assert abs(len(of_node) - len(of_layer)) <= 1  # what the output is called
    for line in of_layer:
        assert line.count("{") == line.count("}")
        assert line.count("(") == line.count(")")
        assert line.count("&=") == 1
        assert "  " not in line
    for name in ("tanh", "sigma", "relu"):
        assert str(of_node).count(name) == str(of_layer).count(name)
    matrices = sum(line.count(" x_{t}") for line in of_layer)
    assert matrices == sum(line.count(f"{w} x_{{t}}") for line in of_layer for w in _matrices(cell))


def _matrices(cell: Cell) -> list[str]:
    some = [f"W_{{{leaf.value}}}" for leaf in cell.leaves("x")]
    return some + (["W"] if cell.leaves("x_sum") else [])


@pytest.mark.parametrize("cell", CELLS + EVOLVED + ODD, ids=lambda cell: cell.name)
def test_latex_has_balanced_braces_and_one_equal_sign_a_line(cell):
    lines = as_latex(cell).split("\n")[1:-1]
    for line in lines:
        assert line.count("{") == line.count("}")
        assert line.count("(") == line.count(")")
        assert line.count("&=") == 1
    assert len(lines) == len(as_text(cell).split("\n"))


def test_signs_powers_and_constants_are_written_as_by_hand():
    y = 2 * state("c") * state("c") - (1 - (x() - 3)) + tanh(x()) * -1.5
    cell = Cell(y=y, states={"c": x()})
    assert as_text(cell).split("\n") == ["cₜ = xₜ", "yₜ = 2 cₜ₋₁² − 1 + xₜ − 3 − 1.5 tanh(xₜ)"]


def test_operations_on_constants_alone_are_computed():
    two = Expression("const", value=2.0)
    assert as_text(Cell(y=x() * (two + 1.0) * sigmoid(two - 2.0))) == "yₜ = 1.5 xₜ"


def test_long_formulas_are_cut_into_lines_that_can_be_read():
    deep, flat = x(0), x(0)
    for i in range(3000):
        deep = tanh(deep) * state("c") if i % 2 else deep + h(0)
        flat = flat + h(i)
    for value in (deep, flat):
        cell = Cell(y=value, states={"c": value})
        lines = as_text(cell).split("\n")
        assert len(lines) > 50
        assert max(map(len, lines)) < 250
        lines = body(as_layer_latex(cell))
        assert len(lines) > 50
        assert max(line.count("_{") for line in lines) < 70


def test_names_that_are_no_identifiers_become_some():
    tree = ast.parse(as_function(ODD[2], "f"))
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    assert not any(keyword.iskeyword(name) for name in names)
    assert {"two_words", "v_lambda"} <= names


def test_cells_without_memory_are_known():
    without = {cell.name for cell in CELLS if not has_memory(cell)}
    assert {"simple", "linear"} <= without
    assert not without & {"gru", "lstm", "lstm_peephole", "mgu", "ugrnn", "delta"}
