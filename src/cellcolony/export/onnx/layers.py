"""A language model, or a dense layer, as an ONNX model; each layer is one operator Scan over time.

A state is that of `layers.window`: by layer `y_0: (batch, units)` and `memory_0: (batch, memory)`.
It is given and returned, so that a text may come in parts, or word by word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np

from cellcolony.cells.lower.onnx import lowered
from cellcolony.cells.lower.python import varies
from cellcolony.cells.program import Expression
from cellcolony.export.exportable import DenseLayer, TrainedLanguageModel
from cellcolony.export.onnx.graph import Graph, model, value
from cellcolony.layers.layer import Layer
from cellcolony.layers.layout import Layout, lay_out
from cellcolony.layers.mixture import Skip

PARTS: tuple[str, ...] = ("weights_x", "weights_h", "params")
"""A layer's weights, by their names in a language model and as inputs of a model."""


def language_onnx(it: TrainedLanguageModel, name: str) -> dict[str, str | bytes]:
    """Return a language model, `(time, batch)` numbers of words to scores, and its words as JSON.

    Raises:
        ConfigError: The package `onnx` is not installed.
    """
    graph, architecture = Graph(name), it.architecture
    weights = {key: np.asarray(one, np.float32) for key, one in it.weights.items()}
    y = graph.add("Gather", graph.keep(weights["embedding"]), "numbers", axis=0)
    given, found = [value("numbers", np.int64, ["time", "batch"])], []
    outputs = [y]
    for number, layer in enumerate(architecture.layers):
        kept = {part: graph.keep(weights[f"layers.{number}.{part}"]) for part in PARTS}
        y = _entering(graph, number + 1, outputs, architecture.skips)
        outputs.append(_run(graph, lay_out(layer), y, kept, number))
        given += _states(layer, number, "")
        found += _states(layer, number, "next_")
    y = _entering(graph, len(outputs), outputs, architecture.skips)
    if architecture.is_projected:
        y = graph.add("MatMul", y, graph.keep(weights["projection"].T))
    softmax = weights["embedding" if architecture.tied else "softmax"]
    products = graph.add("MatMul", y, graph.keep(softmax.T))
    graph.add("Add", products, graph.keep(weights["bias"]), result="scores")
    scores = value("scores", np.float32, ["time", "batch", architecture.n_words])
    words = json.dumps(it.vocabulary.tokens, ensure_ascii=False)
    return {".onnx": model(graph.made(given, [scores, *found])), ".json": words}


def layer_onnx(it: DenseLayer, name: str) -> dict[str, str | bytes]:
    """Return a layer, `(time, batch, inputs)` to `(time, batch, units)`.

    Weights of a layer that is not trained are inputs of the model.

    Raises:
        ConfigError: The package `onnx` is not installed.
    """
    graph, layout = Graph(name), lay_out(it.layer)
    more: list[Any] = []
    if it.weights is None:
        n_inputs: int | str = "inputs"
        kept = {part: part for part in PARTS}
        more = [
            value("weights_x", np.float32, [layout.n_of_input, n_inputs]),
            value("weights_h", np.float32, [layout.n_of_output, it.layer.n_units]),
            value("params", np.float32, [layout.n_params]),
        ]
    else:
        n_inputs = it.weights.x.shape[1]
        parts = zip(PARTS, it.weights, strict=True)
        kept = {part: graph.keep(np.asarray(array, np.float32)) for part, array in parts}
    graph.add("Identity", _run(graph, layout, "x", kept, 0), result="y")
    given = [value("x", np.float32, ["time", "batch", n_inputs]), *_states(it.layer, 0, ""), *more]
    y = value("y", np.float32, ["time", "batch", it.layer.n_units])
    return {".onnx": model(graph.made(given, [y, *_states(it.layer, 0, "next_")]))}


def _entering(graph: Graph, place: int, outputs: Sequence[str], skips: Sequence[Skip]) -> str:
    """Add the sum that enters a layer, or the softmax: see `LanguageModel`."""
    y = outputs[-1]
    for source, to in skips:
        if to == place:
            y = graph.add("Add", y, outputs[source])
    return y


def _states(layer: Layer, number: int, called: str) -> list[Any]:
    widths = {
        f"{called}y_{number}": layer.n_units,
        f"{called}memory_{number}": lay_out(layer).n_memory,
    }
    return [value(name, np.float32, ["batch", width]) for name, width in widths.items()]


def _run(graph: Graph, layout: Layout, x: str, weights: Mapping[str, str], number: int) -> str:
    """Add a layer that runs over time; returns the name of its outputs, `(time, batch, units)`."""
    transposed = {part: graph.add("Transpose", weights[part], perm=[1, 0]) for part in PARTS[:2]}
    from_x = graph.add("MatMul", x, transposed["weights_x"])
    body = Graph(f"layer_{number}", f"layer_{number}_")
    before = f"layer_{number}_y", f"layer_{number}_memory"
    after = tuple(f"{name}_after" for name in before)
    from_h = body.add("MatMul", before[0], transposed["weights_h"])
    sides = {"input": f"layer_{number}_from_x", "output": from_h}
    outputs, memories = [], []
    for group in range(len(layout.layer.groups)):
        y, states = _group(body, layout, group, sides, before, weights["params"])
        outputs.append(y)
        memories += states
    body.add("Concat", *outputs, axis=1, result=after[0])
    if memories:
        body.add("Concat", *memories, axis=1, result=after[1])
    else:
        body.add("Identity", before[1], result=after[1])
    body.add("Identity", after[0], result=f"layer_{number}_out")
    units, memory = ["batch", layout.layer.n_units], ["batch", layout.n_memory]
    given = [
        value(before[0], np.float32, units), value(before[1], np.float32, memory),
        value(sides["input"], np.float32, ["batch", layout.n_of_input]),
    ]  # fmt: skip
    found = [
        value(after[0], np.float32, units), value(after[1], np.float32, memory),
        value(f"layer_{number}_out", np.float32, units),
    ]  # fmt: skip
    states = [f"y_{number}", f"memory_{number}"]
    graph.add_several(
        "Scan", [*states, from_x], [*(f"next_{one}" for one in states), f"layer_{number}_all"],
        body=body.made(given, found), num_scan_inputs=1,
    )  # fmt: skip
    return f"layer_{number}_all"


def _group(
    body: Graph, layout: Layout, number: int, sides: Mapping[str, str],
    before: Sequence[str], params: str,
) -> tuple[str, list[str]]:  # fmt: skip
    """Add a step of a group of units; returns their outputs, and their memories."""
    group = layout.layer.groups[number]
    cell, n = group.cell, group.n_units
    own = body.cut(before[0], layout.outputs(number), 1)

    def leaf_of(leaf: Expression) -> str:
        side: Literal["input", "output"] = "output" if leaf.op == "h" else "input"
        if leaf.op == "param":
            return body.cut(params, layout.params(number, str(leaf.value)), 0)
        if leaf.op != "state":
            return body.cut(sides[side], layout.rows(side, number, leaf), 1)
        if leaf.value in cell.own_states():
            return body.cut(before[1], layout.memory(number, str(leaf.value)), 1)
        return own

    leaves = {e: leaf_of(e) for e in cell.order() if not e.args and e.op != "const"}
    y, states = lowered(cell, leaves, body.add, body.keep, n)
    results = {cell.y: y} | {cell.states[name]: state for name, state in states.items()}
    for value_of, found in results.items():
        if not varies(value_of):  # it has no axis of the batch
            results[value_of] = body.add("Expand", found, body.add("Shape", own))
    return results[cell.y], [results[cell.states[name]] for name in states]
