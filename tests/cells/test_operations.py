"""Conformance of every operation: all lowerings agree, and gradients are those of differences.

The operations that `TEMPORARY` defines stand nowhere else: whoever adds one edits no other file.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells import named_trees
from cellcolony.cells.formula import definition
from cellcolony.cells.lower import chunks, cuda, kernel_code
from cellcolony.cells.lower.latex import as_latex
from cellcolony.cells.lower.simd import VECTOR
from cellcolony.cells.lower.text import as_text
from cellcolony.cells.operation import OPERATIONS, Elementary, Operation, register
from cellcolony.cells.operations.absolute import absolute
from cellcolony.cells.operations.relu import relu
from cellcolony.cells.program import Cell, apply, h, param, sigmoid, state, tanh, x
from cellcolony.cells.tree_constants import is_constant
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.layers.layer import layer_of
from cellcolony.networks import batches as batching
from cellcolony.networks.builders import draw_weights, fixed_network
from tests.cells.test_cells import run_compiled, run_oracle
from tests.cells.trees import tree
from tests.export.cases import assert_close, case_of_cell, load
from tests.layers import interpreted
from tests.layers.oracle import Case
from tests.layers.test_windows import assert_gradient_is_that_of_finite_differences
from tests.networks.test_gradients import assert_gradients_match, some_series

TEMPORARY = [
    Operation("softsign", value=lambda a: a / (1.0 + absolute(a)), tree_rank=9),
    Operation("larger", arity=2, value=lambda a, b: b + relu(a - b), latex=r"\max({a}, {b})"),
    Operation("only_first", arity=2, value=lambda a, b: a * 2.0),
    Operation("bent", value=lambda a: 0.5 * (apply("softsign", a) + apply("softplus", 2.0 - a))),
    Operation(
        "softplus", value=lambda a: relu(a) + apply("log", 1.0 + apply("exp", 0.0 - absolute(a)))
    ),
]
NAMES = [*OPERATIONS.own_names(), *(operation.name for operation in TEMPORARY)]
POSITIVE = ("log", "sqrt", "div")


def cell_of(op: str) -> Cell:
    """A cell with memory whose gate-like operands pass through one operation."""
    a, b = x(0) + h(0), x(1) - 0.5 * state("c")
    if op in POSITIVE:
        a, b = 1.5 + tanh(a), 0.5 + sigmoid(b)
    value = apply(op, *(a, b, a * b)[: OPERATIONS[op].arity])
    y = tanh(value * param("scale", 0.7))
    return Cell(y=y, states={"c": tanh(value + x(2)), "y": y}, name=f"with_{op}")


def bare(op: str) -> Cell:
    """A cell that is one operation of inputs, so that its result is the output itself."""
    a, b = x(0) + param("b_a"), x(1)
    if op in POSITIVE:
        a, b = 1.5 + tanh(a), 0.5 + sigmoid(b)
    return Cell(y=apply(op, *(a, b, a * b)[: OPERATIONS[op].arity]), name=f"bare_{op}")


@contextmanager
def added() -> Iterator[None]:
    """Register the temporary operations, and cells that use them; take them away again."""
    try:
        for operation in TEMPORARY:
            register(operation)
        for op in NAMES:
            cell = cell_of(op)
            cells.register(cell.name)(lambda cell=cell: cell)
        yield
    finally:
        for operation in TEMPORARY:
            OPERATIONS._members.pop(operation.name, None)
        for op in NAMES:
            cells.CELLS._members.pop(f"with_{op}", None)
        cells.get.cache_clear()


@pytest.fixture(autouse=True, scope="module")
def _added():
    with added():
        yield


@pytest.mark.parametrize(("dtype", "tolerance"), [(np.float64, 1e-12), (np.float32, 1e-4)])
@pytest.mark.parametrize("make", [cell_of, bare])
@pytest.mark.parametrize("op", NAMES)
def test_compiled_loops_agree_with_plain_numpy(op, make, dtype, tolerance):
    cell, rng = make(op), np.random.default_rng(1)
    weights = rng.normal(0, 0.5, (len(cell.weights()), VECTOR))
    s = rng.normal(0, 2, (20, VECTOR))
    found = run_compiled(cell, dtype, weights, s)
    np.testing.assert_allclose(
        found, run_oracle(cell, weights, s), atol=tolerance, rtol=tolerance, equal_nan=False
    )


@pytest.mark.parametrize("op", NAMES)
def test_the_gradient_of_a_network_is_that_of_finite_differences(op):
    rng = np.random.default_rng(3)
    network = fixed_network([f"with_{op}"], 3, 2, width=3, output_cell="linear")
    network = draw_weights(network, rng)
    assert_gradients_match(network, batching.whole_series(some_series(rng, [9]), np.float64))


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("make", [cell_of, bare])
@pytest.mark.parametrize("op", NAMES)
def test_a_layer_computes_and_learns_as_plain_numpy_and_finite_differences(op, make, masked):
    case = Case(layer_of(make(op), VECTOR + 3), masked=masked)
    tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
    y, last = case.expected()
    np.testing.assert_allclose(tape.y, y, atol=1e-12)
    np.testing.assert_allclose(tape.state.memory, last.memory, atol=1e-12)
    assert_gradient_is_that_of_finite_differences(case)


def in_triton(op: str, masked: bool) -> interpreted.Result:
    """Take a window of a layer forward and back by Triton's interpreter."""
    import torch

    from cellcolony.layers.cuda import GpuWindows
    from cellcolony.layers.on_gpu import OnGpu

    with added():
        case = Case(layer_of(cell_of(op), 5), masked=masked, sizes=(2, 3, 3))
        windows = GpuWindows(case.layout, OnGpu(graphs=False))
        tape = windows.forward(interpreted.given_of(case))
        gradient = windows.backward(tape, torch.from_numpy(case.dy))
        parts = tuple(part.numpy() for part in gradient if part is not None)
        return interpreted.Result(tape.ys[1:].numpy(), tape.memories[-1].numpy(), parts)


def test_kernels_of_a_gpu_agree_with_the_cpu():
    pytest.importorskip("torch")
    pytest.importorskip("triton")
    with interpreted.process() as process:
        for op in NAMES:
            found = process.submit(in_triton, op, True).result(timeout=300)
            case = Case(layer_of(cell_of(op), 5), masked=True, sizes=(2, 3, 3))
            tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
            gradient, dx = case.windows.backward(tape, case.dy)
            np.testing.assert_allclose(found.y, case.expected()[0], atol=1e-12)
            for mine, theirs in zip(found.gradient, (dx, *gradient), strict=True):
                np.testing.assert_allclose(mine, theirs, atol=1e-11, err_msg=op)


@pytest.mark.parametrize("op", NAMES)
def test_exports_give_what_this_program_predicts(op, tmp_path):
    torch = pytest.importorskip("torch")
    it = case_of_cell(f"with_{op}")
    rows = it.rows(30)
    (source,) = it.write("numpy", tmp_path / "plain.py")
    module = load(source)
    assert_close(module.predict(rows[module.COLUMNS].to_numpy()), it.expected(rows))
    source, _ = it.write("torch", tmp_path / "tensors.py")
    module = load(source)
    found = module.load()(torch.tensor(rows[module.COLUMNS].to_numpy())[None])
    assert_close(found[0].detach().numpy(), it.expected(rows))


@pytest.mark.parametrize("op", NAMES)
def test_the_source_of_a_layer_gives_what_the_layer_gives(op):
    torch = pytest.importorskip("torch")
    from cellcolony.export.layer_torch import layer_source, layer_tensors

    case = Case(layer_of(cell_of(op), 5))
    module: dict = {}
    exec(layer_source(case.layout.layer, "Exported"), module)  # the source under test
    layer = module["Exported"](case.x.shape[2]).double()
    tensors = {name: torch.tensor(part) for name, part in layer_tensors(case.weights).items()}
    layer.load_state_dict(tensors)
    y, _ = layer(torch.tensor(case.x), tuple(map(torch.tensor, case.state)))
    np.testing.assert_allclose(y.detach(), case.expected()[0], atol=1e-12)


@pytest.mark.parametrize("op", NAMES)
def test_a_program_survives_json_and_its_equations_can_be_written(op):
    cell = cell_of(op)
    assert Cell.from_dict(json.loads(json.dumps(cell.to_dict()))) == cell
    for line in as_latex(cell).split("\n"):
        assert line.count("{") == line.count("}")
        assert line.count("(") == line.count(")")


def test_equations_name_the_operation():
    cell = Cell(y=apply("softsign", x(0) + param("b_z")) * apply("larger", h(0), x(1)))
    assert as_text(cell).split("\n") == [
        "zₜ = softsign(w₀ xₜ + b_z)",
        "yₜ = zₜ larger(u₀ yₜ₋₁, w₁ xₜ)",
    ]
    assert r"\operatorname{softsign}(" in as_latex(cell)
    assert r"\max(u_{0} \, y_{t-1}, w_{1} \, x_{t})" in as_latex(cell)
    assert as_text(Cell(y=x() * apply("softsign", apply("exp", x() * 0.0) - 3.0 + 0.0 * x())))


def test_operations_on_constants_alone_are_computed():
    two = apply("sqrt", 4.0)
    assert as_text(Cell(y=x() * apply("softsign", two + 1.0))) == "yₜ = 0.75 xₜ"


def test_an_operation_may_stand_in_a_tree():
    text = "mul(softsign(z0), tanh(add(c, softsign(mul(c, z1)))>c))"
    assert tree(text).text == text
    assert named_trees.tree_of(f"node:{text}").to_cell().own_states() == ("c",)
    assert is_constant(tree("mul(c, mul(z0, softsign(c)>c))"))
    with pytest.raises(GenomeError, match="'larger' is no element of a tree"):
        tree("larger(z0, z1)")
    with pytest.raises(GenomeError, match="Two unary elements must not follow each other"):
        tree("softsign(tanh(z0))")


def test_another_formula_is_another_source_for_every_kernel():
    cell, before = cell_of("softsign"), TEMPORARY[0]
    sources = kernel_code.generate(cell), cuda.generate(cell, True)
    changed = replace(before, value=lambda a: a / (2.0 + absolute(a)))
    OPERATIONS._members["softsign"] = changed
    try:
        now = kernel_code.generate(cell), cuda.generate(cell, True)
    finally:
        OPERATIONS._members["softsign"] = before
    assert all(old != new for old, new in zip(sources, now, strict=True))
    assert (kernel_code.generate(cell), cuda.generate(cell, True)) == sources


def test_the_loops_of_chunks_know_every_elementary_operation():
    loops = chunks._loops()
    for op in OPERATIONS.own_names():
        if form := OPERATIONS[op].elementary:
            assert form.simd.partition("{")[0] in loops


PACKAGE = """
from cellcolony.cells import register
from cellcolony.cells.operation import OPERATIONS, Operation
from cellcolony.cells.operation import register as register_operation
from cellcolony.cells.program import Cell, param, x

swish = register_operation(Operation("swish", value=lambda a: a * OPERATIONS["sigmoid"](a)))

@register("swishy")
def swishy():
    return Cell(y=swish(x() + param("b")))
"""
USE = """
from cellcolony import cells
from cellcolony.cells import CELLS
from cellcolony.cells.lower.kernel_code import compile_cell
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cells.program import Cell, apply, x
from cellcolony.cells.tree_element import UNARY
from cellcolony.errors import ConfigError

assert {"swishy", "broken"} <= set(cells.names())
assert Cell.from_dict(Cell(y=apply("swish", x())).to_dict()).y == apply("swish", x())
assert compile_cell(cells.get("swishy")).forward
print(CELLS.origin("swishy"), OPERATIONS.origin("swish"), CELLS.origin("lstm"), UNARY)
try:
    cells.get("broken")
except ConfigError as error:
    print(error)
"""


def test_another_package_brings_operations_and_cells(tmp_path):
    info = tmp_path / "their_cells-0.3.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: their-cells\nVersion: 0.3\n")
    (info / "entry_points.txt").write_text(
        "[cellcolony.cells]\nswishy = their_cells\nbroken = their_missing\n"
        "[cellcolony.operations]\nswish = their_cells\n"
    )
    (tmp_path / "their_cells.py").write_text(PACKAGE)
    path = os.pathsep.join([str(tmp_path), *sys.path])
    done = subprocess.run(
        [sys.executable, "-c", USE],
        env={**os.environ, "PYTHONPATH": path},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.stdout.splitlines() == [
        "('their-cells', '0.3') ('their-cells', '0.3') None ('tanh', 'sigmoid', 'relu')",
        "The cell 'broken' is brought by the package their-cells 0.3, which cannot be loaded: "
        "ModuleNotFoundError: No module named 'their_missing'",
    ], done.stderr


@pytest.mark.parametrize("name", ["max", "if", "x", "c", "z3", "two words", "_exp", "é", "n" * 33])
def test_a_name_that_means_something_else_is_refused(name):
    with pytest.raises(ConfigError, match="An operation's name must"):
        Operation(name, value=lambda a: a)


def test_an_operation_that_cannot_be_lowered_is_refused():
    written = dict.fromkeys(("simd", "triton", "torch", "python"), "cbrt({a})")
    form = Elementary(np.cbrt, lambda d, y, a: (d,), **written)  # pyright: ignore[reportArgumentType]
    with pytest.raises(ConfigError, match=r"'cbrt' is elementary.*Give it a formula, `value`"):
        register(Operation("cbrt", elementary=form))
    with pytest.raises(ConfigError, match="either a formula, `value`, or be `elementary`"):
        Operation("nothing")
    with pytest.raises(ConfigError, match="must have 1 to 3 operands"):
        Operation("four", arity=4, value=lambda a, b, c, d: a)
    with pytest.raises(ConfigError, match="made of its operands and of numbers alone"):
        definition(Operation("leaky", value=lambda a: a * param("slope")))
    with pytest.raises(ConfigError, match="is no expression"):
        definition(Operation("seven", value=lambda a: 7.0))  # pyright: ignore[reportArgumentType]
    endless = register(Operation("endless", value=lambda a: 1.0 + apply("endless", a)))
    with pytest.raises(ConfigError, match="contains it"):
        definition(endless)
    del OPERATIONS._members["endless"]
