"""ONNX: a model that forecasts whole series, and one that forecasts a row from a state.

Both compute one graph, the step; the first runs it over the rows by the operator Scan. Rows and
forecasts are float64, in their own units, and all between is float32. A state is that of
`networks.stepper.Stepper`; the model of series begins with zeros unless it is given one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from cellcolony.cells.lower.onnx import lowered
from cellcolony.cells.program import Expression
from cellcolony.errors import ConfigError
from cellcolony.export import EXPORTS, Format, source
from cellcolony.export.contents import Contents, PlacedGroup, contents
from cellcolony.export.exportable import ForecastNetwork
from cellcolony.networks.stepper import MEMORIES, OUTPUTS

OPSET, IR = 17, 8
"""Versions of ONNX of 2022, which runtimes on devices know."""
STEP = ".step.onnx"
"""How the file of a step ends."""
NEXT = "next_{}"
"""What a state's array is called when it leaves a model."""


class _Graph:
    """A graph as it grows."""

    def __init__(self, onnx: Any, name: str, within: str = "") -> None:
        self.onnx, self.name = onnx, name
        self._within = within  # a graph within another has names of its own
        self.nodes: list[Any] = []
        self.constants: dict[str, Any] = {}

    def add(self, operator: str, *operands: str, result: str = "", **attributes: Any) -> str:
        """Add a node; returns the name of its result."""
        result = result or f"{self._within}{operator.lower()}_{len(self.nodes)}"
        node = self.onnx.helper.make_node(operator, operands, [result], **attributes)
        self.nodes.append(node)
        return result

    def keep(self, value: Any) -> str:
        """Add a constant; returns its name. Equal ones are one."""
        array = np.ascontiguousarray(value)
        tensor = self.onnx.numpy_helper.from_array(array)
        key = tensor.SerializeToString()
        if key not in self.constants:
            tensor.name = f"{self._within}constant_{len(self.constants)}"
            self.constants[key] = tensor
        return self.constants[key].name

    def gather(self, values: str, places: Iterable[int], axis: int = 0) -> str:
        """Add what picks out places along an axis."""
        return self.add("Gather", values, self.keep(np.array(list(places), np.int64)), axis=axis)

    def made(self, inputs: Sequence[Any], outputs: Sequence[Any], defaults: Sequence[Any] = ()):
        """Return the graph."""
        constants = [*self.constants.values(), *defaults]
        return self.onnx.helper.make_graph(self.nodes, self.name, inputs, outputs, constants)


def network_onnx(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return a network as two ONNX models: of whole series, and of a step.

    Raises:
        ConfigError: The package `onnx` is not installed.
    """
    parts = contents(it.network, it.transform, it.residual)
    onnx = _package()
    return {".onnx": _series(onnx, parts, name), STEP: _step(onnx, parts, name)}


def _package() -> Any:
    try:
        import onnx
        import onnx.checker
        import onnx.helper
        import onnx.numpy_helper
    except ImportError:
        raise ConfigError(
            "The format 'onnx' needs the package onnx: pip install 'cellcolony[onnx]'."
        ) from None
    return onnx


def _step(onnx: Any, parts: Contents, name: str) -> bytes:
    """Return the model of a step: row and state to forecast and next state."""
    graph = _Graph(onnx, f"{name}_step")
    scaled = _scaled(graph, parts, "row")
    y = _computed(graph, parts, scaled)
    _unscaled(graph, parts, y, "row", "forecast")
    states = _states(onnx, parts, "{}"), _states(onnx, parts, NEXT)
    row = _value(onnx, "row", np.float64, [len(parts.columns)])
    forecast = _value(onnx, "forecast", np.float64, [len(parts.outputs)])
    return _model(onnx, graph.made([row, *states[0]], [forecast, *states[1]]), parts)


def _series(onnx: Any, parts: Contents, name: str) -> bytes:
    """Return the model of series: rows, and a state or none, to forecasts and next state."""
    body = _Graph(onnx, f"{name}_step", "step_")
    y = _computed(body, parts, "scaled")
    body.add("Identity", y, result="y")
    inputs = [*_states(onnx, parts, "{}"), _value(onnx, "scaled", np.float32, [len(parts.read)])]
    results = [*_states(onnx, parts, NEXT), _value(onnx, "y", np.float32, [len(parts.outputs)])]
    graph = _Graph(onnx, name)
    scaled = _scaled(graph, parts, "rows")
    begin = [OUTPUTS, MEMORIES]
    end = [*map(NEXT.format, begin), "all_y"]
    scan = onnx.helper.make_node(
        "Scan", [*begin, scaled], end, body=body.made(inputs, results), num_scan_inputs=1
    )
    graph.nodes.append(scan)
    _unscaled(graph, parts, "all_y", "rows", "forecasts")
    rows = _value(onnx, "rows", np.float64, ["time", len(parts.columns)])
    forecasts = _value(onnx, "forecasts", np.float64, ["time", len(parts.outputs)])
    zeros = [
        onnx.numpy_helper.from_array(np.zeros(shape, np.float32), name)
        for name, shape in _shapes(parts).items()
    ]
    given = [rows, *_states(onnx, parts, "{}")]
    return _model(onnx, graph.made(given, [forecasts, *_states(onnx, parts, NEXT)], zeros), parts)


def _scaled(graph: _Graph, parts: Contents, rows: str) -> str:
    """Add what takes rows to the columns that are read, scaled, as float32."""
    scaling, read = parts.transform.input_scaling, list(parts.read)
    columns = graph.gather(rows, read, axis=-1)
    columns = graph.add("Sub", columns, graph.keep(scaling.offset[read]))
    columns = graph.add("Div", columns, graph.keep(scaling.width[read]))
    return graph.add("Cast", columns, to=graph.onnx.TensorProto.FLOAT)


def _unscaled(graph: _Graph, parts: Contents, y: str, rows: str, result: str) -> None:
    """Add what takes outputs to forecasts in their own units."""
    scaling = parts.transform.target_scaling
    exact = graph.add("Cast", y, to=graph.onnx.TensorProto.DOUBLE)
    exact = graph.add("Mul", exact, graph.keep(scaling.width))
    base = graph.gather(rows, parts.base, axis=-1) if parts.residual else graph.keep(scaling.offset)
    graph.add("Add", exact, base, result=result)


def _computed(graph: _Graph, parts: Contents, scaled: str) -> str:
    """Add a step in scaled units; returns the name of the outputs, and sets the next state.

    What nodes gave in earlier steps and what they give in this one form one vector, which grows
    group by group; a group picks out what flows into it, and multiplies it by its weights.
    """
    n_nodes, (history, _) = len(parts.nodes), _shapes(parts)[OUTPUTS]
    now = history * n_nodes  # where this step begins
    earlier = graph.add("Reshape", OUTPUTS, graph.keep(np.array([-1], np.int64)))
    known = graph.add("Concat", earlier, scaled, axis=0)
    edges = [(*edge, weight) for edge, weight in zip(parts.edges.tolist(), parts.edge_weights, strict=True)]
    memories, at = [], 0
    for group in parts.groups:
        places = range(group.begin, group.begin + len(group.nodes))
        leading = [
            ((history - back) * n_nodes + source, target - group.begin, weight)
            for source, target, back, weight in edges
            if target in places
        ]
        x = _summed(graph, known, leading, len(places))
        before = graph.gather(known, [now - n_nodes + place for place in places])
        n_states = len(group.cell.own_states())
        own = [
            graph.gather(MEMORIES, range(at + k, at + len(places) * n_states, n_states))
            for k in range(n_states)
        ]
        at += len(places) * n_states
        leaves = _leaves(graph, group, x, before, own)
        y, states = lowered(group.cell, leaves, graph.add, graph.keep, len(places))
        known = graph.add("Concat", known, y, axis=0)
        memories += _node_by_node(graph, list(states.values()))
    row = graph.keep(np.array([0], np.int64)), graph.keep(np.array([1], np.int64))
    latest = graph.gather(known, range(now, now + n_nodes))
    latest = graph.add("Unsqueeze", latest, row[0])
    kept = graph.gather(OUTPUTS, range(1, history))
    graph.add("Concat", kept, latest, axis=0, result=NEXT.format(OUTPUTS))
    if memories:
        graph.add("Concat", *memories, axis=0, result=NEXT.format(MEMORIES))
    else:
        graph.add("Identity", MEMORIES, result=NEXT.format(MEMORIES))
    return graph.gather(known, [now + place for place in parts.outputs])


def _summed(
    graph: _Graph, known: str, leading: Sequence[tuple[int, int, np.float32]], n_nodes: int
) -> str:
    """Add the sums of what flows into a group: `(n_nodes,)`."""
    sources = sorted({source for source, *_ in leading})
    weights = np.zeros((len(sources), n_nodes), np.float32)
    for source, target, weight in leading:
        weights[sources.index(source), target] = weight
    return graph.add("MatMul", graph.gather(known, sources), graph.keep(weights))


def _leaves(
    graph: _Graph, group: PlacedGroup, x: str, before: str, own: Sequence[str]
) -> dict[Expression, str]:
    """Add what a cell's leaves are; returns their names."""
    cell = group.cell
    leaves = dict.fromkeys(cell.leaves("x_sum"), x)
    for weight, numbers in zip(cell.weights(), group.weights.T, strict=True):
        factor = {"x": x, "h": before}.get(weight.leaf.op)
        kept = graph.keep(numbers)
        leaves[weight.leaf] = kept if factor is None else graph.add("Mul", kept, factor)
    of_state = dict(zip(cell.own_states(), own, strict=True))
    return leaves | {leaf: of_state.get(str(leaf.value), before) for leaf in cell.leaves("state")}


def _node_by_node(graph: _Graph, states: Sequence[str]) -> list[str]:
    """Add a group's next memories as one vector, node by node; none where it has none."""
    if not states:
        return []
    last = graph.keep(np.array([1], np.int64))
    columns = [graph.add("Unsqueeze", state, last) for state in states]
    side_by_side = graph.add("Concat", *columns, axis=1)  # (n_nodes, n_states)
    return [graph.add("Reshape", side_by_side, graph.keep(np.array([-1], np.int64)))]


def _shapes(parts: Contents) -> dict[str, tuple[int, ...]]:
    history = max(1, int(parts.edges[:, 2].max()))
    n_memories = sum(len(group.nodes) * len(group.cell.own_states()) for group in parts.groups)
    return {OUTPUTS: (history, len(parts.nodes)), MEMORIES: (n_memories,)}


def _states(onnx: Any, parts: Contents, called: str) -> list[Any]:
    return [
        _value(onnx, called.format(name), np.float32, shape)
        for name, shape in _shapes(parts).items()
    ]


def _value(onnx: Any, name: str, dtype: type, shape: Iterable[int | str]) -> Any:
    kind = onnx.helper.np_dtype_to_tensor_dtype(np.dtype(dtype))
    return onnx.helper.make_tensor_value_info(name, kind, list(shape))


def _model(onnx: Any, graph: Any, parts: Contents) -> bytes:
    transform = parts.transform
    model = onnx.helper.make_model(
        graph,
        producer_name=source.ORIGIN.removeprefix("Written by "),
        opset_imports=[onnx.helper.make_opsetid("", OPSET)],
        ir_version=IR,
    )
    told = {"columns": parts.columns, "targets": transform.targets, "horizon": transform.horizon}
    onnx.helper.set_model_props(model, {name: json.dumps(it) for name, it in told.items()})
    onnx.checker.check_model(model, full_check=True)
    return model.SerializeToString()


EXPORTS.register("onnx")(
    Format(
        ".onnx",
        "An ONNX model of whole series, and one of a step with its state.",
        {ForecastNetwork: network_onnx},
    )
)

