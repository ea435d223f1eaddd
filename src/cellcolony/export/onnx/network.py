"""A network of a forecast as two ONNX models: of whole series, and of a step.

Both compute one graph, the step; the first runs it over the rows by the operator Scan. Rows and
forecasts are float64, in their own units, and all between is float32. A state is that of
`networks.stepper.Stepper`; the model of series begins with zeros unless it is given one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from cellcolony.cells.lower.onnx import lowered
from cellcolony.cells.program import Expression
from cellcolony.export.contents import Contents, PlacedGroup, contents
from cellcolony.export.exportable import ForecastNetwork
from cellcolony.export.intervals import Interval
from cellcolony.export.onnx.graph import Graph, model, value
from cellcolony.networks.stepper import MEMORIES, OUTPUTS

STEP = ".step.onnx"
"""How the file of a step ends."""
INTERVAL_KIND = "as validation has them: they do not follow the errors of later rows"
NEXT = "next_{}"
"""What a state's array is called when it leaves a model."""


def network_onnx(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return a network as two models.

    Raises:
        ConfigError: The package `onnx` is not installed.
    """
    parts = contents(it.network, it.transform, it.residual)
    return {
        ".onnx": _series(parts, name, it.interval),
        STEP: _step(parts, name, it.interval),
    }


def _step(parts: Contents, name: str, interval: Interval | None) -> bytes:
    """Return the model of a step: row and state to forecast and next state."""
    graph = Graph(f"{name}_step")
    y = _computed(graph, parts, _scaled(graph, parts, "row"))
    _unscaled(graph, parts, y, "row", "forecast")
    row = value("row", np.float64, [len(parts.columns)])
    given, shape = [row, *_states(parts, "{}")], [len(parts.outputs)]
    forecast = value("forecast", np.float64, shape)
    ends = _ends(graph, parts, interval, "forecast", shape)
    return _model(graph.made(given, [forecast, *_states(parts, NEXT), *ends]), parts, interval)


def _series(parts: Contents, name: str, interval: Interval | None) -> bytes:
    """Return the model of series: rows, and a state or none, to forecasts and next state."""
    body = Graph(f"{name}_step", "step_")
    body.add("Identity", _computed(body, parts, "scaled"), result="y")
    given = [*_states(parts, "{}"), value("scaled", np.float32, [len(parts.read)])]
    found = [*_states(parts, NEXT), value("y", np.float32, [len(parts.outputs)])]
    graph, begin = Graph(name), [OUTPUTS, MEMORIES]
    scaled = _scaled(graph, parts, "rows")
    graph.add_several(
        "Scan", [*begin, scaled], [*map(NEXT.format, begin), "all_y"],
        body=body.made(given, found), num_scan_inputs=1,
    )  # fmt: skip
    _unscaled(graph, parts, "all_y", "rows", "forecasts")
    rows = value("rows", np.float64, ["time", len(parts.columns)])
    shape = ["time", len(parts.outputs)]
    forecasts = value("forecasts", np.float64, shape)
    ends = _ends(graph, parts, interval, "forecasts", shape)
    zeros = {name: np.zeros(shape, np.float32) for name, shape in _shapes(parts).items()}
    found = [forecasts, *_states(parts, NEXT), *ends]
    return _model(graph.made([rows, *_states(parts, "{}")], found, zeros), parts, interval)


def _ends(
    graph: Graph, parts: Contents, interval: Interval | None, forecasts: str, shape: list[Any]
) -> list[Any]:
    """Add the ends of intervals around forecasts; returns what they are as outputs.

    They reach as far as validation has them: what follows the errors needs the last 2,000 of them
    sorted at each step, which is no work for such a graph.
    """
    if interval is None:
        return []
    halves = graph.keep(np.array(interval.halves(parts.transform), np.float64))
    graph.add("Sub", forecasts, halves, result="low")
    graph.add("Add", forecasts, halves, result="high")
    return [value(end, np.float64, shape) for end in ("low", "high")]


def _scaled(graph: Graph, parts: Contents, rows: str) -> str:
    """Add what takes rows to the columns that are read, scaled, as float32."""
    scaling, read = parts.transform.input_scaling, list(parts.read)
    columns = graph.gather(rows, read, axis=-1)
    columns = graph.add("Sub", columns, graph.keep(scaling.offset[read]))
    columns = graph.add("Div", columns, graph.keep(scaling.width[read]))
    return graph.add("Cast", columns, to=graph.onnx.TensorProto.FLOAT)


def _unscaled(graph: Graph, parts: Contents, y: str, rows: str, result: str) -> None:
    """Add what takes outputs to forecasts in their own units."""
    scaling = parts.transform.target_scaling
    exact = graph.add("Cast", y, to=graph.onnx.TensorProto.DOUBLE)
    exact = graph.add("Mul", exact, graph.keep(scaling.width))
    base = graph.gather(rows, parts.base, axis=-1) if parts.residual else graph.keep(scaling.offset)
    graph.add("Add", exact, base, result=result)


def _computed(graph: Graph, parts: Contents, scaled: str) -> str:
    """Add a step in scaled units; returns the name of the outputs, and sets the next state.

    What nodes gave in earlier steps and what they give in this one form one vector, which grows
    group by group; a group picks out what flows into it, and multiplies it by its weights.
    """
    n_nodes, (history, _) = len(parts.nodes), _shapes(parts)[OUTPUTS]
    now = history * n_nodes  # where this step begins in the vector
    flat, first, second = (graph.keep(np.array([place], np.int64)) for place in (-1, 0, 1))
    known = graph.add("Concat", graph.add("Reshape", OUTPUTS, flat), scaled, axis=0)
    memories, at = [], 0
    for group in parts.groups:
        n, n_states = len(group.nodes), len(group.cell.own_states())
        x = _summed(graph, parts, known, group, history)
        before = graph.gather(
            known, range(now - n_nodes + group.begin, now - n_nodes + group.begin + n)
        )
        own = [
            graph.gather(MEMORIES, range(at + k, at + n * n_states, n_states))
            for k in range(n_states)
        ]
        at += n * n_states
        y, states = lowered(
            group.cell, _leaves(graph, group, x, before, own), graph.add, graph.keep, n
        )
        known = graph.add("Concat", known, y, axis=0)
        if states:  # (n_nodes, n_states), node by node
            columns = [graph.add("Unsqueeze", state, second) for state in states.values()]
            memories.append(graph.add("Reshape", graph.add("Concat", *columns, axis=1), flat))
    latest = graph.add("Unsqueeze", graph.gather(known, range(now, now + n_nodes)), first)
    kept = graph.gather(OUTPUTS, range(1, history))
    graph.add("Concat", kept, latest, axis=0, result=NEXT.format(OUTPUTS))
    if memories:
        graph.add("Concat", *memories, axis=0, result=NEXT.format(MEMORIES))
    else:
        graph.add("Identity", MEMORIES, result=NEXT.format(MEMORIES))
    return graph.gather(known, [now + place for place in parts.outputs])


def _summed(graph: Graph, parts: Contents, known: str, group: PlacedGroup, history: int) -> str:
    """Add the sums of what flows into a group: `(n_nodes,)`."""
    target = parts.edges[:, 1] - group.begin
    own = (target >= 0) & (target < len(group.nodes))
    source, _, back = parts.edges[own].T
    places = (history - back) * len(parts.nodes) + source
    unique, row = np.unique(places, return_inverse=True)
    weights = np.zeros((len(unique), len(group.nodes)), np.float32)
    weights[row, target[own]] = parts.edge_weights[own]
    return graph.add("MatMul", graph.gather(known, unique.tolist()), graph.keep(weights))


def _leaves(
    graph: Graph, group: PlacedGroup, x: str, before: str, own: Sequence[str]
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


def _shapes(parts: Contents) -> dict[str, tuple[int, ...]]:
    history = max(1, int(parts.edges[:, 2].max()))
    n_memories = sum(len(group.nodes) * len(group.cell.own_states()) for group in parts.groups)
    return {OUTPUTS: (history, len(parts.nodes)), MEMORIES: (n_memories,)}


def _states(parts: Contents, called: str) -> list[Any]:
    return [value(called.format(name), np.float32, shape) for name, shape in _shapes(parts).items()]


def _model(graph: Any, parts: Contents, interval: Interval | None) -> bytes:
    transform = parts.transform
    told = {"columns": parts.columns, "targets": transform.outputs, "horizon": transform.horizon}
    if interval is not None:
        told |= {"interval": interval.level, "interval_kind": INTERVAL_KIND}
    return model(graph, **told)
