"""Layers in plain NumPy, step by step, and cells to fill them with."""

from __future__ import annotations

import numpy as np

from cellcolony import cells
from cellcolony.cells.lower.kernel_code import Precision
from cellcolony.cells.lower.numpy import evaluate
from cellcolony.cells.lower.projections import projections
from cellcolony.cells.program import Cell, h, param, relu, sigmoid, state, tanh, x
from cellcolony.layers.layer import Group, Layer
from cellcolony.layers.layout import Layout, lay_out
from cellcolony.layers.window import State, Weights, Windows


def everything() -> Cell:
    """A cell with every leaf and every operation, and projections of all three kinds."""
    c = relu(x(0) + h(0)) * 0.5 + state("c") * sigmoid(param("f", 1.0)) - x() * state("c")
    y = 1.0 - tanh(c - h(2) * x(1)) * param("scale") + sigmoid(h(1) + x(2)) - h(1)
    return Cell(y=y, states={"c": tanh(c), "d": state("c"), "y": y, "unread": c}, name="everything")


def awkward() -> Cell:
    """A cell that repeats values, gives a leaf away, and has operations on constants alone."""
    z = x(0) + h(0)
    c = (state("c") - z) - (1.0 - z)
    y = z * z - (c + c) * (relu(x(3)) - tanh(param("p") * 0.0 + 2.0)) + state("y")
    return Cell(y=tanh(y), states={"c": param("p"), "y": tanh(y), "c2": c}, name="awkward")


def blind() -> Cell:
    """A cell that does not see the input."""
    return Cell(y=tanh(h(0) + param("b")), name="blind")


def random_cell(seed: int, n_operations: int = 40) -> Cell:
    """A cell drawn at random; values stay small."""
    rng = np.random.default_rng(seed)
    values = [x(0) + h(0), x(1) + h(1), x(2), h(2), x(), state("c"), state("d"), param("b", 0.5)]
    for _ in range(n_operations):
        a, b = (values[i] for i in rng.integers(len(values), size=2))
        made = [a + b, a - b, a * b, tanh(a), sigmoid(a), relu(a), 1.0 - a]
        values.append(tanh(made[rng.integers(len(made))]))
    y, c, d = values[-3:]
    return Cell(y=y, states={"c": c, "d": d, "y": y}, name=f"random{seed}")


CELLS = [
    *map(cells.get, cells.names()),
    everything(),
    awkward(),
    blind(),
    *(random_cell(seed) for seed in range(4)),
]


def mixture(*sizes: int) -> Layer:
    """A layer of different cells."""
    chosen = [cells.get("lstm"), everything(), cells.get("gru"), cells.get("simple"), awkward()]
    return Layer(tuple(Group(cell, n) for cell, n in zip(chosen, sizes, strict=False)))


class Case:
    """A layer with random numbers all around it."""

    def __init__(
        self, layer: Layer, dtype: Precision = np.float64, masked=False, sizes=(5, 3, 4), seed=0
    ):
        n_steps, batch, n_inputs = sizes
        rng = np.random.default_rng(seed)
        self.layout = lay_out(layer)
        self.windows = Windows(self.layout, dtype)

        def draw(*shape, scale=0.5):
            return rng.normal(0, scale, shape).astype(dtype)

        self.x, self.dy = draw(n_steps, batch, n_inputs), draw(n_steps, batch, layer.n_units)
        self.weights = Weights(
            draw(self.layout.n_of_input, n_inputs),
            draw(self.layout.n_of_output, layer.n_units, scale=0.5 / layer.n_units**0.5),
            draw(self.layout.n_params),
        )
        self.state = State(draw(batch, layer.n_units), draw(batch, self.layout.n_memory))
        self.mask = None
        if masked:
            self.mask = (rng.random((batch, layer.n_units)) < 0.7).astype(dtype) / dtype(0.7)

    def expected(self) -> tuple[np.ndarray, State]:
        """Return what plain NumPy makes of it: the outputs and the last state."""
        return run(self.layout, self.x, self.weights, self.state, self.mask)


def run(layout: Layout, x, weights: Weights, state: State, mask) -> tuple[np.ndarray, State]:
    """Run a layer step by step, cell by cell."""
    y, memory, ys = state.y, state.memory, []
    for row in x:
        seen = y if mask is None else y * mask
        next_y, next_memory = np.empty_like(y), np.empty_like(memory)
        for g, group in enumerate(layout.layer.groups):
            cell, here = group.cell, layout.outputs(g)
            leaves = {leaf: row @ weights.x[layout.rows("input", g, leaf)].T
                      for leaf in projections(cell).inputs}  # fmt: skip
            leaves |= {leaf: seen @ weights.h[layout.rows("output", g, leaf)].T
                       for leaf in projections(cell).outputs}  # fmt: skip
            for leaf in cell.leaves("param"):
                number = weights.params[layout.params(g, str(leaf.value))]
                leaves[leaf] = number + np.zeros_like(y[:, here])
            for leaf in cell.leaves("state"):
                own = leaf.value in cell.own_states()
                leaves[leaf] = memory[:, layout.memory(g, str(leaf.value))] if own else y[:, here]
            next_y[:, here], states = evaluate(cell, leaves, y[:, here])
            for name in cell.own_states():
                next_memory[:, layout.memory(g, name)] = states[name]
        y, memory = next_y, next_memory
        ys.append(y)
    return np.array(ys), State(y, memory)
