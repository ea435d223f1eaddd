"""The PyTorch module of a dense layer gives what the layer itself gives, without this program."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from cellcolony.cells.program import Cell, Expression, h, param, state, x
from cellcolony.errors import ConfigError
from cellcolony.export import write
from cellcolony.export.exportable import DenseLayer
from cellcolony.export.layer_torch import (
    layer_source,
    layer_tensors,
    layers_source,
)
from cellcolony.layers.layer import Group, Layer, layer_of
from tests.layers.oracle import CELLS, Case, mixture

torch = pytest.importorskip("torch")

TWO = Expression("const", value=1.0) + 1.0
ODD = [
    Cell(y=x(0), states={"c": param("p"), "d": TWO, "e": state("d")}, name="by the batch"),
    Cell(y=TWO, states={"c": TWO - 0.0, "x": x(1) * state("x")}, name="constant"),
    Cell(
        y=h(0) * param("x_0") + state("y_before") + x(),
        states={"y_before": state("b"), "b": x(0) + h(0), "torch": x(0)},
        name='odd" names\n"""',
    ),
]
LAYERS = [
    *(layer_of(cell, 5) for cell in (*CELLS, *ODD)),
    mixture(2, 3, 1, 2, 2),
    Layer(tuple(Group(cell, n) for cell, n in zip(ODD, (2, 1, 3), strict=True))),
    Layer((*mixture(2, 3, 4).groups, *mixture(1, 2).groups)),
]
RUN = """
import importlib.util, sys
from pathlib import Path
import torch
from safetensors.torch import load_file, save_file

class Refused:
    def find_spec(self, name, *rest):
        if name.split(".")[0] == "cellcolony":
            raise ImportError(name)

sys.meta_path.insert(0, Refused())
for path in sorted(Path(sys.argv[1]).glob("*.py")):
    spec = importlib.util.spec_from_file_location(path.stem, path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    layer = module.load()
    given = load_file(path.with_suffix(".given"))
    first, state = layer(given["x"][:2], (given["y"], given["memory"]))
    second, (y, memory) = layer(given["x"][2:], state)
    fresh, _ = layer(given["x"])
    found = {"ys": torch.cat([first, second]), "y": y, "memory": memory, "fresh": fresh}
    found = {name: part.detach().contiguous().clone() for name, part in found.items()}
    save_file(found, path.with_suffix(".found"))
print([name for name in sys.modules if name.startswith("cellcolony")])
"""


def test_modules_of_all_cells_give_what_the_layers_give_without_this_program(tmp_path):
    from cellcolony.layers.torch import RecurrentLayer

    cases = [Case(layer, seed=i) for i, layer in enumerate(LAYERS)]
    for i, case in enumerate(cases):
        exported = DenseLayer(case.layout.layer, case.weights)
        source, tensors = write(exported, "torch", tmp_path / f"layer{i}.py")
        assert tensors == source.with_suffix(".safetensors")
        given = {"x": case.x, "y": case.state.y, "memory": case.state.memory}
        save_file(given, source.with_suffix(".given"))
    command = [sys.executable, "-c", RUN, str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=tmp_path)
    assert done.stdout.strip() == "[]", done.stderr
    for i, case in enumerate(cases):
        found = load_file(tmp_path / f"layer{i}.found")
        ys, last = case.expected()
        np.testing.assert_allclose(found["ys"], ys, atol=1e-12, rtol=0)
        np.testing.assert_allclose(found["y"], last.y, atol=1e-12, rtol=0)
        np.testing.assert_allclose(found["memory"], last.memory, atol=1e-12, rtol=0)
        module = RecurrentLayer(case.layout.layer, case.x.shape[2], np.random.default_rng(0))
        module.double().load_state_dict(
            {name: torch.tensor(part) for name, part in layer_tensors(case.weights).items()}
        )
        y, carried = module(torch.tensor(case.x))
        np.testing.assert_allclose(found["fresh"], y.detach(), atol=1e-12, rtol=0)
        assert carried.memory.shape == found["memory"].shape


def made(text: str, name: str):
    """Return a class of some source."""
    module: dict = {}
    exec(text, module)  # the source under test
    return module[name]


@pytest.mark.parametrize("name", ["lstm", "gru", "everything"])
def test_a_module_learns_as_the_layer_does(name):
    from cellcolony.layers.torch import RecurrentLayer

    layer = layer_of(next(cell for cell in CELLS if cell.name == name), 4)
    ours = RecurrentLayer(layer, 3, np.random.default_rng(0)).double()
    theirs = made(layer_source(layer, "Layer"), "Layer")(3).double()
    theirs.load_state_dict(ours.state_dict())
    inputs = torch.randn(5, 2, 3, dtype=torch.float64)
    for module in (ours, theirs):
        module(inputs)[0].square().sum().backward()
    for one, other in zip(ours.parameters(), theirs.parameters(), strict=True):
        torch.testing.assert_close(one.grad, other.grad)


def test_params_of_a_new_module_begin_as_their_cell_says():
    layer = mixture(3, 4)
    module = made(layer_source(layer, "Layer"), "Layer")(5)
    begins = module.params[Case(layer).layout.params(1, "f")]
    assert (begins == 1.0).all()
    assert abs(module.weights_h).max() <= 7**-0.5


def test_layers_of_a_model_share_the_functions_of_their_cells():
    lower, upper = mixture(2, 3), mixture(3, 2, 4)
    text = layers_source({"Lower": lower, "Upper": upper})
    assert text.count("def cell_lstm(") == 1
    cases = [Case(lower, sizes=(5, 3, 4)), Case(upper, sizes=(5, 3, 5), seed=1)]
    model = torch.nn.Sequential()
    model.layers = torch.nn.ModuleList([made(text, "Lower")(4), made(text, "Upper")(5)]).double()
    tensors = {}
    for i, case in enumerate(cases):
        tensors |= layer_tensors(case.weights, f"layers.{i}.")
    model.load_state_dict({name: torch.tensor(part) for name, part in tensors.items()})
    y = torch.tensor(cases[0].x)
    for layer, case in zip(model.layers, cases, strict=True):
        case.x = y.detach().numpy()
        y, _ = layer(y, tuple(map(torch.tensor, case.state)))
        np.testing.assert_allclose(y.detach(), case.expected()[0], atol=1e-12)


def test_the_source_reads_line_by_line_as_the_cell_does():
    source = layer_source(layer_of(CELLS[[c.name for c in CELLS].index("gru")], 5), "Gru")
    for line in (
        "    z = sigmoid(x_0 + h_0 + b_z)",
        "    h_tilde = tanh(x_2 + r * h_2 + b_h)",
        "    h = z * h_before + (1.0 - z) * h_tilde",
        "class Gru(nn.Module):",
        "                b_r=params[5:10],",
    ):
        assert line in source.split("\n")
    assert max(map(len, source.split("\n"))) <= 100
    imports = [line for line in source.split("\n") if line.startswith(("import", "from"))]
    assert imports == ["import torch", "from torch import nn"]


@pytest.mark.parametrize("name", ["2nd", "class", "x; import os", "cell_lstm", "torch", ""])
def test_a_class_that_cannot_be_called_so_is_refused(name):
    with pytest.raises(ConfigError, match="a Python name of its own"):
        layer_source(mixture(2), name)
