"""A forecast's network as a `torch.nn.Module` in Python source, with its weights beside it."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.cells.lower.python import has_memory, weight_names
from cellcolony.export import source
from cellcolony.export.contents import Contents, contents
from cellcolony.export.exportable import ForecastNetwork

_HEADER = '''"""{summary}

{origin}. It needs PyTorch, and safetensors to load the trained weights.

    from {module} import COLUMNS, load
    model = load()             # reads the .safetensors file beside this one
    forecasts = model(rows)    # (batch, time, columns) to (batch, time, targets)
"""

from functools import cache
from pathlib import Path

import torch
from torch import nn
from torch.nn.functional import pad

'''

_CELLS = """

# --- What nodes compute in a row. x: the sum of what flows in. The first result leaves them. ---


"""

_RUN = '''

# --- How it is computed ---

N_NODES = 1 + max(target for _, target, _ in EDGES)
HISTORY = max(1, *(back for _, _, back in EDGES))


def load(path=None):
    """Return the trained network; without a path, from the .safetensors file beside this one."""
    from safetensors.torch import load_file

    network = Forecaster()
    network.load_state_dict(load_file(path or Path(__file__).with_suffix(".safetensors")))
    return network


class Forecaster(nn.Module):
    """Forecasts each target, HORIZON rows after each row.

    All weights are parameters, drawn anew; `load` gives the trained ones. Scaling is in buffers.
    """

    def __init__(self):
        super().__init__()
        self.edges = nn.Parameter(torch.empty(len(EDGES)).uniform_(-0.5, 0.5))
        self.cells = nn.ParameterList(
            torch.empty(n_weights, n_nodes).uniform_(-0.5, 0.5)
            for groups in COMPONENTS
            for _, _, n_weights, n_nodes in groups
        )
        for name, table in (("input", INPUTS), ("target", TARGETS)):
            scaling = torch.tensor([numbers for _, *numbers in table], dtype=torch.float64)
            self.register_buffer(f"{name}_offset", scaling[:, 0].clone())
            self.register_buffer(f"{name}_width", scaling[:, 1].clone())
        source, target, back = torch.tensor(EDGES).T.clone()
        self.register_buffer("edge_places", torch.stack([back, source, target]), persistent=False)

    def forward(self, rows):
        """Forecast from zero memory.

        rows: (batch, time, columns), the columns in the order of COLUMNS, in their own units,
        without gaps; the first row begins the series.

        Returns (batch, time, targets), in the targets' own units.
        """
        inputs = rows[..., : len(INPUTS)].to(self.input_offset.dtype)
        scaled = (inputs - self.input_offset) / self.input_width
        outputs = self.run(scaled.to(self.edges.dtype))
        return (outputs * self.target_width + {base}).to(rows.dtype)

    def run(self, inputs):
        """Run the network: (batch, time, inputs) to (batch, time, targets), in scaled units."""
        shape = HISTORY + 1, N_NODES, N_NODES
        weights = self.edges.new_zeros(shape).index_put(tuple(self.edge_places), self.edges)
        y = inputs[..., READ]
        cells = iter(self.cells)
        for groups in COMPONENTS:
            begin, n_rows = y.shape[2], y.shape[1]
            end = begin + sum(n_nodes for *_, n_nodes in groups)
            # What flows in from nodes that are done, for all rows at once.
            x = y.new_zeros(1)
            for back in rows_back(begin, end, inner=False):
                x = x + pad(y, (0, 0, back, 0))[:, :n_rows] @ weights[back, :begin, begin:end]
            x = x.expand(len(y), n_rows, end - begin)
            nodes = [(cell, n_memories, next(cells)) for cell, n_memories, *_ in groups]
            y = torch.cat([y, component(x, nodes, weights[:, begin:end, begin:end], begin)], 2)
        return y[..., OUTPUTS]


@cache
def rows_back(begin, end, inner):
    """Say how many rows back edges into these nodes reach: edges among them, or from outside."""
    return {back for s, t, back in EDGES if begin <= t < end and (s >= begin) == inner}


def component(x, groups, weights, begin):
    """Compute nodes from what flows in from outside: (batch, time, nodes) of both.

    weights: (rows back, source, target) among these nodes, the first of which is node `begin`.
    """
    inner = rows_back(begin, begin + x.shape[2], inner=True)
    if not inner and groups[0][0] in WITHOUT_MEMORY:
        return groups[0][0](groups[0][2], x, None)[0]

    memories = [[x.new_zeros(len(x), cell_weights.shape[1])] * n for _, n, cell_weights in groups]
    history = [x.new_zeros(len(x), x.shape[2])] * HISTORY
    before = weights[1:].flip(0).flatten(0, 1)  # oldest first, as in history
    for x_row in x.unbind(1):
        if inner - {0}:
            x_row = x_row + torch.cat(history[-HISTORY:], 1) @ before
        y_row = x_row[:, :0]
        for i, (cell, _, cell_weights) in enumerate(groups):
            at = y_row.shape[1]
            to = at + cell_weights.shape[1]
            x_group = x_row[:, at:to]
            if at and 0 in inner:
                x_group = x_group + y_row @ weights[0, :at, at:to]
            y_group, *memories[i] = cell(
                cell_weights, x_group, history[-1][:, at:to], *memories[i]
            )
            y_row = torch.cat([y_row, y_group], 1)
        history.append(y_row)
    return torch.stack(history[HISTORY:], 1)
'''


def network_module(it: ForecastNetwork, name: str) -> dict[str, str | bytes]:
    """Return an `nn.Module` as Python source, and its numbers as a safetensors file."""
    parts = contents(it.network, it.transform, it.residual)
    base = "rows[..., BASE]" if it.residual else "self.target_offset"
    text = "".join(
        [
            _HEADER.format(
                summary=source.summary(parts), origin=source.ORIGIN, module=source.module_name(name)
            ),
            source.column_tables(parts),
            _CELLS,
            source.cell_functions(parts, "torch"),
            _network(parts),
            _RUN.replace("{base}", base),
        ]
    )
    return {".py": text, ".safetensors": save(_tensors(parts))}


def _tensors(parts: Contents) -> dict[str, NDArray]:
    """Return the module's parameters and buffers by the names that they have there."""
    tensors: dict[str, NDArray] = {"edges": parts.edge_weights}
    for i, group in enumerate(parts.groups):
        tensors[f"cells.{i}"] = group.weights.T
    for side in ("input", "target"):
        scaling = getattr(parts.transform, f"{side}_scaling")
        tensors |= {f"{side}_offset": scaling.offset, f"{side}_width": scaling.width}
    return {name: np.ascontiguousarray(tensor) for name, tensor in tensors.items()}


def _network(parts: Contents) -> str:
    names = source.function_names(parts.cells)
    without = ", ".join(name for cell, name in names.items() if not has_memory(cell))
    lines = [
        "",
        "",
        "# Their steps do not depend on each other, and are computed all at once.",
        f"WITHOUT_MEMORY = {f'{{{without}}}' if without else 'set()'}",
        "",
        "",
        "# --- The network ---",
        "",
        *source.reading(parts),
        "",
        "# Then come components: nodes that form a cycle and are stepped through time together, or",
        "# that do not wait for each other. In them groups of nodes of one cell: the cell, how",
        "# many memories and weights it has, and how many nodes there are.",
        "COMPONENTS = [",
    ]
    for component in parts.components:
        lines.append("    [")
        for group in component.groups:
            n_memories, n_weights = len(group.cell.own_states()), len(weight_names(group.cell))
            cell = f"{names[group.cell]}, {n_memories}, {n_weights}, {len(group.nodes)}"
            comments = source.node_comments(group.begin, group.nodes)
            lines += [f"        # {comment}" for comment in comments]
            lines.append(f"        ({cell}),")
        lines.append("    ],")
    lines += [
        "]",
        f"OUTPUTS = {list(parts.outputs)}  # the nodes that forecast TARGETS",
        "",
        "# Source node, target node, rows back (0: in the same row).",
        "EDGES = [",
        *source.edge_rows(parts, with_weights=False),
        "]",
    ]
    return "\n".join(lines) + "\n"
