"""A language model, or a dense layer, as an ONNX model; each layer is one operator Scan over time.

A state is that of `layers.window`: by layer `y_0: (batch, units)` and `memory_0: (batch, memory)`.
It is given and returned, so that a text may come in parts, or word by word.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from cellcolony.cells.lower.onnx import lowered
from cellcolony.cells.lower.python import varies
from cellcolony.cells.program import Expression
from cellcolony.export.exportable import DenseLayer, TrainedLanguageModel
from cellcolony.export.onnx.graph import Graph, model, value
from cellcolony.layers.layer import Layer
from cellcolony.layers.layout import Layout, lay_out
from cellcolony.layers.mixture import Skip
from cellcolony.layers.shapes import weight_shapes

FloatArray: TypeAlias = NDArray[np.float32]

UNKNOWN = 10**15
"""Stands for the inputs of a layer that is not trained, which may be any number."""


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
        n_inputs = architecture.widths[number]
        parts = weight_shapes(layer, n_inputs)
        kept = {part: graph.keep(weights[f"layers.{number}.{part}"]) for part in parts}
        y = _entering(graph, number + 1, outputs, architecture.skips)
        outputs.append(_run(graph, lay_out(layer), y, kept, number, n_inputs))
        given += _states(layer, number, "")
        found += _states(layer, number, "next_")
    y = _entering(graph, len(outputs), outputs, architecture.skips)
    if architecture.is_projected:
        y = graph.add("MatMul", y, graph.keep(weights["projection"].T))
    softmax = weights["embedding" if architecture.tied else "softmax"]
    if architecture.cutoffs:
        _add_tailed_scores(graph, y, softmax, weights, architecture.cutoffs)
    else:
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
        shapes = weight_shapes(it.layer, UNKNOWN)
        kept = {part: part for part in shapes}
        for part, shape in shapes.items():
            sizes = [n_inputs if size == UNKNOWN else size for size in shape]
            more.append(value(part, np.float32, sizes))
    else:
        n_inputs = it.weights.x.shape[1]
        parts = zip(weight_shapes(it.layer, 0), it.weights, strict=True)
        kept = {part: graph.keep(np.asarray(array, np.float32)) for part, array in parts}
    graph.add("Identity", _run(graph, layout, "x", kept, 0, n_inputs), result="y")
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


def _add_tailed_scores(
    graph: Graph, y: str, softmax: FloatArray, weights: Mapping[str, FloatArray],
    cutoffs: Sequence[int],
) -> None:  # fmt: skip
    """Add log p of every word where the softmax has two steps: see `layers.softmax`."""
    matrices, biases = (np.split(one, cutoffs) for one in (softmax, weights["bias"]))
    matrices[0] = np.concatenate([matrices[0], weights["tails"]])
    biases[0] = np.concatenate([biases[0], weights["bias_of_tails"]])
    head, *tails = (
        graph.add(
            "LogSoftmax",
            graph.add("Add", graph.add("MatMul", y, graph.keep(rows.T)), graph.keep(bias)),
            axis=-1,
        )
        for rows, bias in zip(matrices, biases, strict=True)
    )
    first = cutoffs[0]
    parts = [graph.cut(head, slice(0, first), -1)]
    for number, tail in enumerate(tails, first):
        parts.append(graph.add("Add", graph.cut(head, slice(number, number + 1), -1), tail))
    graph.add("Concat", *parts, axis=-1, result="scores")


def _states(layer: Layer, number: int, called: str) -> list[Any]:
    widths = {
        f"{called}y_{number}": layer.n_units,
        f"{called}memory_{number}": lay_out(layer).n_memory,
    }
    return [value(name, np.float32, ["batch", width]) for name, width in widths.items()]


def _run(
    graph: Graph, layout: Layout, x: str, weights: Mapping[str, str], number: int,
    n_inputs: int | str,
) -> str:  # fmt: skip
    """Add a layer that runs over time; returns the name of its outputs, `(time, batch, units)`."""
    layer = layout.layer
    transposed = {
        part: graph.add("Transpose", weights[part], perm=[1, 0])
        for part in weights
        if part not in ("params", "deeper_h", "deeper_params")
    }
    body = Graph(f"layer_{number}", f"layer_{number}_")
    before = f"layer_{number}_y", f"layer_{number}_memory"
    after = f"{before[0]}_after", f"{before[1]}_after"
    if layer.mogrifier is not None:
        scanned, width, x_t = x, n_inputs, f"layer_{number}_x"
        entering, seen = _mogrified(body, layer, n_inputs, transposed, x_t, before[0])
        from_x = body.add("MatMul", entering, transposed["weights_x"])
    else:
        scanned, width = graph.add("MatMul", x, transposed["weights_x"]), layout.n_of_input
        from_x = x_t = f"layer_{number}_from_x"
        seen = before[0]
    from_h = body.add("MatMul", seen, transposed["weights_h"])
    sides, params, now = {"input": from_x, "output": from_h}, weights["params"], before
    for depth in range(layer.depth):
        last = depth == layer.depth - 1
        if depth:
            zero = graph.keep(np.array([0]))
            own_h, params = (
                graph.add("Squeeze", graph.gather(weights[part], [depth - 1]), zero)
                for part in ("deeper_h", "deeper_params")
            )
            own_h = graph.add("Transpose", own_h, perm=[1, 0])
            nothing = body.keep(np.zeros(1, np.float32))
            sides = {
                "input": body.add("Expand", nothing, body.add("Shape", from_x)),
                "output": body.add("MatMul", now[0], own_h),
            }
        now = _step(body, layout, sides, now, params, after if last else ("", ""))
    body.add("Identity", after[0], result=f"layer_{number}_out")
    units, memory = ["batch", layer.n_units], ["batch", layout.n_memory]
    given = [
        value(before[0], np.float32, units), value(before[1], np.float32, memory),
        value(x_t, np.float32, ["batch", width]),
    ]  # fmt: skip
    found = [
        value(after[0], np.float32, units), value(after[1], np.float32, memory),
        value(f"layer_{number}_out", np.float32, units),
    ]  # fmt: skip
    states = [f"y_{number}", f"memory_{number}"]
    graph.add_several(
        "Scan", [*states, scanned], [*(f"next_{one}" for one in states), f"layer_{number}_all"],
        body=body.made(given, found), num_scan_inputs=1,
    )  # fmt: skip
    return f"layer_{number}_all"


def _mogrified(
    body: Graph, layer: Layer, n_inputs: int | str, transposed: Mapping[str, str], x: str, h: str
) -> tuple[str, str]:
    """Add the rounds in which input and output of a step scale each other."""
    assert layer.mogrifier is not None
    rows = n_inputs if isinstance(n_inputs, int) else UNKNOWN
    two = body.keep(np.array(2, np.float32))
    for gate in layer.mogrifier.gates(rows, layer.n_units):
        scale = h if gate.of_input else x
        for name in gate.names:
            scale = body.add("MatMul", scale, transposed[name])
        scale = body.add("Mul", two, body.add("Sigmoid", scale))
        scaled = body.add("Mul", x if gate.of_input else h, scale)
        x, h = (scaled, h) if gate.of_input else (x, scaled)
    return x, h


def _step(
    body: Graph, layout: Layout, sides: Mapping[str, str], before: tuple[str, str], params: str,
    after: tuple[str, str],
) -> tuple[str, str]:  # fmt: skip
    """Add a step of all groups; returns the names of their outputs and memories, if any given."""
    outputs, memories = [], []
    for group in range(len(layout.layer.groups)):
        y, states = _group(body, layout, group, sides, before, params)
        outputs.append(y)
        memories += states
    y = body.add("Concat", *outputs, axis=1, result=after[0])
    if memories:
        return y, body.add("Concat", *memories, axis=1, result=after[1])
    return y, body.add("Identity", before[1], result=after[1])


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
