"""Dense layers as on a GPU, in Triton's interpreter and through its compiler: no GPU is needed."""

# pyright: reportMissingImports=false

from __future__ import annotations

import ast
import importlib.util
from dataclasses import replace

import numpy as np
import pytest

from cellcolony import cells
from cellcolony.cells.lower import cuda
from cellcolony.cells.lower.instructions import Array
from cellcolony.cells.named_trees import identifier
from cellcolony.cells.program import Cell, param, state, x
from cellcolony.errors import ConfigError
from cellcolony.layers.cell_step import CellSteps
from cellcolony.layers.on_gpu import OnGpu
from tests.layers import interpreted
from tests.layers.oracle import CELLS

torch = pytest.importorskip("torch")
needs_triton = pytest.mark.skipif(
    importlib.util.find_spec("triton") is None, reason="Triton is not installed"
)
NAMES = [*(cell.name for cell in CELLS), "mixture"]


@pytest.fixture(scope="module")
def interpreter():
    with interpreted.process() as process:
        yield lambda function, *given: process.submit(function, *given).result(timeout=300)


def expected(name: str, dtype: str, masked: bool) -> interpreted.Result:
    """Return what plain NumPy computes, and the gradient of the layer on the CPU."""
    case = interpreted.case_of(name, dtype, masked)
    y, last = case.expected()
    tape = case.windows.forward(case.x, case.weights, case.state, case.mask)
    gradient, dx = case.windows.backward(tape, case.dy)
    return interpreted.Result(y, last.memory, (dx, *gradient))


def assert_close(found: interpreted.Result, wanted: interpreted.Result, tolerance: float) -> None:
    np.testing.assert_allclose(found.y, wanted.y, atol=tolerance)
    np.testing.assert_allclose(found.memory, wanted.memory, atol=tolerance)
    for mine, theirs in zip(found.gradient, wanted.gradient, strict=True):
        size = max(1.0, abs(theirs).max(initial=0.0))
        np.testing.assert_allclose(mine, theirs, atol=tolerance * size, rtol=0)


@needs_triton
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-12), ("float32", 1e-5)])
@pytest.mark.parametrize("name", NAMES)
def test_a_layer_computes_and_learns_as_on_the_cpu(interpreter, name, dtype, tolerance, masked):
    found = interpreter(interpreted.window, name, dtype, masked)
    assert found.y.dtype == dtype
    assert_close(found, expected(name, dtype, masked), tolerance)


@needs_triton
@pytest.mark.parametrize("name", ["lstm", "rhn", "nascell", "blind", "mixture"])
def test_a_single_step_of_cells_is_that_of_the_cpu(interpreter, name):
    case = interpreted.case_of(name, "float64", False)
    given, dy, d_memory = interpreted.step_of(case)
    steps = CellSteps(case.layout, np.float64)
    wanted = (*steps.forward(given), *steps.backward(given, dy, d_memory))
    for mine, theirs in zip(interpreter(interpreted.step, name, "float64"), wanted, strict=True):
        np.testing.assert_allclose(mine, theirs, atol=1e-12)


@needs_triton
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("name", ["lstm", "gru", "simple", "blind", "mixture"])
def test_products_of_bfloat16_round_and_leave_cells_in_float32(interpreter, name, masked):
    found = interpreter(interpreted.window, name, "float32", masked, "bfloat16")
    assert found.y.dtype == np.float32
    assert_close(found, expected(name, "float32", masked), 0.03)


@needs_triton
def test_products_of_tf32_leave_the_setting_of_torch_as_it_was(interpreter):
    before, after = interpreter(interpreted.tf32_before_and_after)
    assert before == after != "tf32"


@needs_triton
def test_the_same_numbers_give_the_same_bits(interpreter):
    first, again = (interpreter(interpreted.window, "mixture", "float32", True) for _ in range(2))
    for one, other in zip(
        (*first[:2], *first.gradient), (*again[:2], *again.gradient), strict=True
    ):
        np.testing.assert_array_equal(one, other)


@needs_triton
@pytest.mark.parametrize(("dtype", "tolerance"), [("float64", 1e-14), ("float32", 4e-7)])
@pytest.mark.parametrize(
    ("name", "function"),
    [
        ("tanh", np.tanh),
        ("sigmoid", lambda v: 1 / (1 + np.exp(-v))),
        ("relu", lambda v: np.maximum(v, 0.0)),
    ],
)
def test_functions_are_exact_near_0_and_saturate_far_away(
    interpreter, name, function, dtype, tolerance
):
    some = np.concatenate([np.geomspace(1e-6, 80, 800), [0.0, 0.15, np.inf]])
    numbers = np.concatenate([-some[::-1], some]).astype(dtype)
    found = interpreter(interpreted.function_values, name, dtype, numbers)
    with np.errstate(over="ignore"):
        wanted = function(numbers.astype(np.float64))
    np.testing.assert_allclose(found, wanted, rtol=tolerance, atol=1e-30)
    nan = interpreter(interpreted.function_values, name, dtype, np.array([np.nan, 1.0]))
    assert np.isnan(nan).tolist() == [True, False]


@needs_triton
@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("recorded", [False, True])
def test_two_windows_whose_gradient_is_taken_at_once_give_what_the_cpu_gives(
    interpreter, recorded, masked
):
    turns = interpreter(interpreted.gradients_of_a_module, recorded, masked)
    wanted = interpreter(interpreted.gradients_on_the_cpu, masked)
    for mine, theirs in zip(turns, wanted, strict=True):
        for one, other in zip(mine, theirs, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-12)


@needs_triton
@pytest.mark.parametrize("masked", [False, True])
def test_what_is_rounded_to_bfloat16_is_rounded_anew_in_every_replay(interpreter, masked):
    recorded, not_recorded = (
        interpreter(interpreted.gradients_of_a_module, recorded, masked, "bfloat16")
        for recorded in (True, False)
    )
    for mine, theirs in zip(recorded, not_recorded, strict=True):
        for one, other in zip(mine, theirs, strict=True):
            np.testing.assert_array_equal(one, other)


@needs_triton
def test_of_many_shapes_those_used_last_stay_recorded(interpreter):
    assert interpreter(interpreted.recorded_after_many_shapes) == [4, 1, 5, 6, 7, 8]


@needs_triton
@pytest.mark.parametrize("recorded", [False, True])
def test_a_module_on_a_gpu_can_be_copied(interpreter, recorded):
    one, other = interpreter(interpreted.module_window, recorded)
    np.testing.assert_array_equal(one, other)


class NoGpu:
    """What Triton asks about the GPU it compiles for; there is none, so nothing can be launched."""

    def get_current_target(self):
        from triton.backends.compiler import GPUTarget

        return GPUTarget("cuda", 80, 32)

    def get_current_device(self):
        return 99  # of a GPU that is there, other tests use what is compiled

    def get_current_stream(self, device):
        return 0


@pytest.fixture
def no_gpu(tmp_path, monkeypatch):
    from triton.runtime.driver import driver

    monkeypatch.setenv("TRITON_CACHE_DIR", str(tmp_path))
    monkeypatch.setattr(driver, "_active", NoGpu())


FACTORS = "float32", "bfloat16", "float64"


@needs_triton
@pytest.mark.parametrize(
    ("cell", "factors", "masked"),
    [
        pytest.param(cell, factors, (i + j) % 2 == 1, id=f"{cell.name}-{factors}")
        for i, cell in enumerate(CELLS)
        for j, factors in enumerate(FACTORS)
    ],
)
def test_kernels_of_any_cell_can_be_called_up_to_their_machine_code(cell, factors, masked, no_gpu):
    of_products = Array.PROJECTIONS, Array.D_PROJECTIONS, Array.SEEN_OUTPUT, Array.D_SEEN_OUTPUT
    real = torch.float64 if factors == "float64" else torch.float32
    kernels = cuda.kernels(cell, masked)
    for kernel in (kernels.forward, kernels.reverse):
        tensors = []
        for array in kernel.arrays:
            dtype = getattr(torch, factors) if array in of_products else real
            tensors += [torch.zeros(8, dtype=dtype)] * (2 if array in cuda.CARRIED else 1)
        *names, block = kernel.run.arg_names
        numbers = range(3, 3 + len(names) - len(tensors))
        made = kernel.run.warmup(*tensors, *numbers, **{block: cuda.BLOCK}, grid=(1,))
        assert len(made.asm["cubin"]) > 1000
        assert made.asm["ptx"].count("st.global")


def test_foreign_names_do_no_harm_to_the_source():
    cell = replace(
        cells.get("lstm"),
        name='../x"""\nimport os',
        y=x() + param('b"""\n') * state("c\n'"),
        states={"c\n'": x(0)},
    )
    source = cuda.generate(cell, True)
    compile(source, "generated", "exec")
    tree = ast.parse(source)
    imported = [node for node in ast.walk(tree) if isinstance(node, ast.Import)]
    assert [name.name for node in imported for name in node.names] == ["triton", "triton.language"]
    assert identifier(cell.name).isidentifier()


@pytest.mark.parametrize("number", [np.inf, -np.inf, np.nan, 1e-30, -2.0])
def test_any_constant_can_be_written(number):
    ast.parse(cuda.generate(Cell(y=x() * float(number), name="constant"), False))


def test_without_triton_the_error_names_the_cure(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(ConfigError, match="pip install triton"):
        cuda.kernels(Cell(y=x(), name="never seen"), False)


def test_settings_that_do_not_exist_are_refused():
    with pytest.raises(ConfigError, match="must be 'tf32', 'bfloat16' or None"):
        OnGpu("fp8")  # pyright: ignore[reportArgumentType]
