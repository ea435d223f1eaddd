"""A dense layer as a `torch.nn.Module` in Python source, alone or as a part of a model.

The source imports torch alone. Its module has the weights of `layers.torch.RecurrentLayer` in the
same places, and the same state. Several layers share the functions of their cells:

    IMPORTS + layers_source({"Lower": lower, "Upper": upper})

is a module to which a model may be added, with the tensors of
`layer_tensors(weights, "layers.0.")`. This module itself needs no torch.
"""

from __future__ import annotations

import keyword
from collections.abc import Iterator, Mapping
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.cells.lower.python import LayerFunction, as_layer_function, varies
from cellcolony.cells.operation import OPERATIONS
from cellcolony.cells.program import Expression
from cellcolony.errors import ConfigError
from cellcolony.export import source
from cellcolony.export.exportable import DenseLayer
from cellcolony.layers.layer import Layer
from cellcolony.layers.layout import Layout, lay_out
from cellcolony.layers.window import Weights

IMPORTS = "import torch\nfrom torch import nn\n\n\n"
"""What stands before the source of layers."""
CLASS_NAME = "RecurrentLayer"

_HEADER = '''"""{summary}

{origin}. It needs PyTorch{loading}
"""

'''

_LOADING = """, and safetensors to load the trained weights.

    from {module} import load
    layer = load()              # reads the .safetensors file beside this one
    y, state = layer(x)         # (time, batch, {n_inputs}) to (time, batch, {n_units})
    y, state = layer(x, state)  # goes on from there"""

_LOAD = '''

def load(path=None):
    """Return the trained layer; without a path, from the .safetensors file beside this one."""
    from pathlib import Path

    from safetensors.torch import load_file

    tensors = load_file(path or Path(__file__).with_suffix(".safetensors"))
    layer = {name}({n_inputs}).to(tensors["weights_x"].dtype)
    layer.load_state_dict(tensors)
    return layer
'''

_CLASS = '''class {name}(nn.Module):
    """{summary}

    Its state is a tuple: the output, (batch, {n_units}), and other memories, (batch, {n_memory}).
    """

    def __init__(self, n_inputs):
        super().__init__()
        bound = {n_units}**-0.5
        self.weights_x = nn.Parameter(torch.empty({n_x}, n_inputs).uniform_(-bound, bound))
        self.weights_h = nn.Parameter(torch.empty({n_h}, {n_units}).uniform_(-bound, bound))
        self.params = nn.Parameter(torch.empty({n_params}).uniform_(-bound, bound))
{inits}
    def zeros(self, batch):
        """Return the state before the first step."""
        zeros = self.weights_h.new_zeros
        return zeros(batch, {n_units}), zeros(batch, {n_memory})

    def forward(self, x, state=None):
        """Compute (time, batch, inputs) to (time, batch, {n_units}), and the state after it."""
        y, memory = self.zeros(x.shape[1]) if state is None else state
        params = self.params
        outputs = []
        for from_x in x @ self.weights_x.T:
            from_h = y @ self.weights_h.T
{step}
            outputs.append(y)
        return torch.stack(outputs), (y, memory)
'''


def layer_source(layer: Layer, class_name: str = CLASS_NAME) -> str:
    """Return the source of a module that holds a layer, as a class that takes its `n_inputs`.

    Args:
        layer: The layer.
        class_name: What the class is called.

    Raises:
        ConfigError: Nothing can be called so.
    """
    header = _HEADER.format(summary=_summary(layer), origin=source.ORIGIN, loading=".")
    return header + IMPORTS + layers_source({class_name: layer})


def layers_source(layers: Mapping[str, Layer]) -> str:
    """Return functions of operations and cells, and classes of layers; imports are left out.

    Raises:
        ConfigError: Nothing can be called so.
    """
    names = source.function_names(
        tuple(dict.fromkeys(group.cell for layer in layers.values() for group in layer.groups))
    )
    functions = {cell: as_layer_function(cell, name) for cell, name in names.items()}
    parts = source.operation_functions(names, "torch")
    parts += [function.source for function in functions.values()]
    for class_name, layer in layers.items():
        taken = {*names.values(), *OPERATIONS.names(), "nn", "torch", "load"}
        if not class_name.isidentifier() or keyword.iskeyword(class_name) or class_name in taken:
            raise ConfigError(
                f"A layer's class must have a Python name of its own. Got {class_name!r}."
            )
        calls = [(names[group.cell], functions[group.cell]) for group in layer.groups]
        parts.append(_class(class_name, lay_out(layer), calls))
    return "\n\n".join(parts)


def layer_tensors(weights: Weights, prefix: str = "") -> dict[str, NDArray]:
    """Return the parameters of a layer's module by their names in it.

    Args:
        weights: The layer's weights.
        prefix: What stands before each name, if the layer is a part of a module: `layers.0.`.
    """
    names = "weights_x", "weights_h", "params"
    return {
        prefix + name: np.ascontiguousarray(part) for name, part in zip(names, weights, strict=True)
    }


def layer_module(it: DenseLayer, name: str) -> dict[str, str | bytes]:
    """Return a layer as source code, and its weights as a safetensors file where it has some."""
    if it.weights is None:
        return {".py": layer_source(it.layer)}
    n_inputs = it.weights.x.shape[1]
    loading = _LOADING.format(
        module=source.module_name(name), n_inputs=n_inputs, n_units=it.layer.n_units
    )
    header = _HEADER.format(summary=_summary(it.layer), origin=source.ORIGIN, loading=loading)
    load = _LOAD.format(name=CLASS_NAME, n_inputs=n_inputs)
    text = header + IMPORTS + layers_source({CLASS_NAME: it.layer}) + load
    return {".py": text, ".safetensors": save(layer_tensors(it.weights))}


def _summary(layer: Layer) -> str:
    n_groups = len(layer.groups)
    units = "1 unit" if layer.n_units == 1 else f"{layer.n_units:,} units"
    groups = "" if n_groups == 1 else f", in {n_groups} groups"
    return f"A dense recurrent layer of {units}{groups}."


def _class(name: str, layout: Layout, calls: list[tuple[str, LayerFunction]]) -> str:
    inits = _inits(layout)
    return _CLASS.format(
        name=name,
        summary=_summary(layout.layer),
        n_units=layout.layer.n_units,
        n_memory=layout.n_memory,
        n_x=layout.n_of_input,
        n_h=layout.n_of_output,
        n_params=layout.n_params,
        inits="".join(f"        {line}\n" for line in inits),
        step="\n".join(f"            {line}" for line in _step(layout, calls)),
    )


def _inits(layout: Layout) -> Iterator[str]:
    """Yield the lines that give params the numbers which they begin with."""
    begun = False
    for number, group in enumerate(layout.layer.groups):
        for leaf in group.cell.leaves("param"):
            if isinstance(leaf.init, float):
                if not begun:
                    yield "with torch.no_grad():"
                begun = True
                place = layout.params(number, str(leaf.value))
                yield f"    self.params[{_cut(place)}] = {leaf.init!r}"


def _step(layout: Layout, calls: list[tuple[str, LayerFunction]]) -> Iterator[str]:
    """Yield the lines that compute one step of all groups."""
    outputs, memories = [], []
    for number, (group, (name, function)) in enumerate(
        zip(layout.layer.groups, calls, strict=True)
    ):
        results = [f"{result}_{number}" for result in function.results]
        targets = ", ".join(results) if len(results) > 1 else f"({results[0]},)"
        yield f"# units {_cut(layout.outputs(number))}"
        yield f"{targets} = {name}("
        arguments = {a: _value(layout, number, leaf) for leaf, a in function.arguments.items()}
        yield from (f"    {argument}={value}," for argument, value in arguments.items())
        yield ")"
        cell = group.cell
        values = [cell.y, *(cell.states[state] for state in cell.own_states())]
        for result, value in zip(results, values, strict=True):
            if not varies(value):  # has the shape of params, or is a number
                like = f"y[:, {_cut(layout.outputs(number))}]"
                yield f"{result} = {result} + torch.zeros_like({like})"
        outputs.append(results[0])
        memories += results[1:]
    yield f"y = {_joined(outputs)}"
    if memories:
        yield f"memory = {_joined(memories)}"


def _value(layout: Layout, group: int, leaf: Expression) -> str:
    sides: dict[str, Literal["input", "output"]] = {
        "x": "input",
        "x_sum": "input",
        "h": "output",
    }
    if leaf.op in sides:
        side = sides[leaf.op]
        array = "from_x" if side == "input" else "from_h"
        return f"{array}[:, {_cut(layout.rows(side, group, leaf))}]"
    name = str(leaf.value)
    if leaf.op == "param":
        return f"params[{_cut(layout.params(group, name))}]"
    if name in layout.layer.groups[group].cell.own_states():
        return f"memory[:, {_cut(layout.memory(group, name))}]"
    return f"y[:, {_cut(layout.outputs(group))}]"


def _joined(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"torch.cat([{', '.join(names)}], 1)"


def _cut(place: slice) -> str:
    return f"{place.start}:{place.stop}"
