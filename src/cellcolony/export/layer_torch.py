"""A dense layer as a `torch.nn.Module` in Python source, alone or as a part of a model.

The source imports torch alone. Its module has the weights of `layers.torch.RecurrentLayer` in the
same places, and the same state. Several layers share the functions of their cells:

    layers_source({"Lower": lower, "Upper": upper})

is a module to which a model may be added, with the tensors of
`layer_tensors(weights, "layers.0.")`. This module itself needs no torch.
"""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

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
from cellcolony.wording import count

CLASS_NAME = "RecurrentLayer"
UNKNOWN = 10**15
"""Stands for the inputs of a layer, which its class takes as `n_inputs`."""


def layer_source(
    layer: Layer, class_name: str = CLASS_NAME, name: str = "model", n_inputs: int | None = None
) -> str:
    """Return the source of a module that holds a layer, as a class that takes its `n_inputs`.

    Args:
        layer: The layer.
        class_name: What the class is called.
        name: What the file is called.
        n_inputs: The inputs of trained weights that lie beside it; None for none.

    Raises:
        ConfigError: Nothing can be called so.
    """
    shown: dict[str, Any] = {"layer": layer, "class_name": class_name, "n_inputs": n_inputs}
    return layers_source({class_name: layer}, "layer", name, **shown)


def layers_source(
    layers: Mapping[str, Layer], template: str = "layers", name: str = "model", **values: Any
) -> str:
    """Return imports, functions of operations and cells, and classes of layers, by their names.

    Args:
        layers: The layers.
        template: What else the module holds.
        name: What the file is called.
        **values: What the template shows of it.

    Raises:
        ConfigError: Nothing can be called so.
    """
    cells = dict.fromkeys(group.cell for layer in layers.values() for group in layer.groups)
    names = source.function_names(tuple(cells))
    functions = {cell: as_layer_function(cell, name) for cell, name in names.items()}
    taken = {*names.values(), *OPERATIONS.names(), "nn", "torch", "load"}
    classes = []
    for class_name, layer in layers.items():
        if not class_name.isidentifier() or keyword.iskeyword(class_name) or class_name in taken:
            raise ConfigError(
                f"A layer's class must have a Python name of its own. Got {class_name!r}."
            )
        layout = lay_out(layer)
        groups = [
            _call(layout, number, names[group.cell], functions[group.cell])
            for number, group in enumerate(layer.groups)
        ]
        memories = [memory for group in groups for memory in group.results[1:]]
        classes.append((class_name, layout, groups, memories, _gates(layer)))
    sources = [function.source for function in functions.values()]
    return source.filled(
        template,
        name,
        functions=source.operation_functions(names, "torch") + sources,
        classes=classes,
        summary_of=_summary,
        **values,
    )


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
    text = layer_source(it.layer, name=name, n_inputs=it.weights.x.shape[1])
    return {".py": text, ".safetensors": save(layer_tensors(it.weights))}


def _summary(layer: Layer) -> str:
    groups = f", in {len(layer.groups)} groups" if layer.groups[1:] else ""
    return f"A dense recurrent layer of {count(layer.n_units, 'unit')}{groups}."


class _Gate(NamedTuple):
    """A round of a mogrifier: what it scales, by the sigmoid of what, and its matrices' shapes."""

    scaled: str
    product: str
    shapes: str


def _gates(layer: Layer) -> list[_Gate]:
    if layer.mogrifier is None:
        return []
    found = []
    for gate in layer.mogrifier.gates(UNKNOWN, layer.n_units):
        scaled, other = ("x_t", "h") if gate.of_input else ("h", "x_t")
        product = " @ ".join([other, *(f"self.{_at(name)}.T" for name in gate.names)])
        shapes = (
            f"({', '.join('n_inputs' if n == UNKNOWN else str(n) for n in shape)})"
            for shape in gate.shapes
        )
        found.append(_Gate(scaled, product, ", ".join(shapes)))
    return found


def _at(name: str) -> str:
    """Return `gates[3]` for the name `gates.3`."""
    part, _, number = name.partition(".")
    return f"{part}[{number}]"


class _Call(NamedTuple):
    """How a step computes a group: what is called with what, and which results have no batch."""

    function: str
    arguments: Mapping[str, str]
    results: list[str]
    units: slice
    without_batch: list[str]


def _call(layout: Layout, number: int, name: str, function: LayerFunction) -> _Call:
    cell = layout.layer.groups[number].cell
    arguments = {a: _value(layout, number, leaf) for leaf, a in function.arguments.items()}
    results = [f"{result}_{number}" for result in function.results]
    values = [cell.y, *(cell.states[state] for state in cell.own_states())]
    # What does not vary has the shape of params, or is a number.
    constant = [one for one, value in zip(results, values, strict=True) if not varies(value)]
    return _Call(name, arguments, results, layout.outputs(number), constant)


def _value(layout: Layout, group: int, leaf: Expression) -> str:
    sides: dict[str, tuple[Literal["input", "output"], str]] = {
        "x": ("input", "from_x"), "x_sum": ("input", "from_x"), "h": ("output", "from_h"),
    }  # fmt: skip
    if leaf.op in sides:
        side, array = sides[leaf.op]
        return f"{array}[:, {source.cut(layout.rows(side, group, leaf))}]"
    name = str(leaf.value)
    if leaf.op == "param":
        return f"params[{source.cut(layout.params(group, name))}]"
    if name in layout.layer.groups[group].cell.own_states():
        return f"memory[:, {source.cut(layout.memory(group, name))}]"
    return f"y[:, {source.cut(layout.outputs(group))}]"
