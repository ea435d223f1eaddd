"""Forecasts whose law is known, and networks that follow it, or any."""

from __future__ import annotations

import numpy as np
import pandas as pd

from cellcolony.networks.genome import Network, Node
from cellcolony.tasks.forecast import Forecast

COLUMNS = ("a", "b", "faint", "unread")


def frame(n_rows: int = 600, seed: int = 0) -> pd.DataFrame:
    """Return a table in which y is 2 a of the row before, and b of three rows before that."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_rows, 4))
    table = pd.DataFrame(values, columns=list(COLUMNS))
    law = 2 * table["a"].shift(1) + table["b"].shift(4) + 0.05 * table["faint"].shift(1)
    table["y"] = law.fillna(0) + 0.1 * rng.normal(size=n_rows)
    table["z"] = -100 * table["y"]
    return table


def task(*targets: str, table: pd.DataFrame | None = None) -> Forecast:
    """Return the task of forecasting some of its columns, in their own units."""
    known = frame() if table is None else table
    return Forecast.from_frames(known, list(targets) or ["y"], inputs=COLUMNS, scale="none")


def lawful(n_outputs: int = 1) -> Network:
    """Return the network that follows the law, for y, or for y and z."""
    inputs = [Node(10 + i, "input", 0.0, "", name) for i, name in enumerate(COLUMNS)]
    outputs = [Node(50 + i, "output", 1.0, "linear", name) for i, name in enumerate("yz")]
    outputs = outputs[:n_outputs]
    edges = [(source, one.id) for one in outputs for source in (10, 12)]
    recurrent = [(11, one.id, 3) for one in outputs]
    network = Network((*inputs, *outputs), np.array(edges, np.int32), np.array(recurrent, np.int32))
    units = (1.0, -100.0)[:n_outputs]
    weights = [weight * unit for unit in units for weight in (2.0, 0.05)]
    return network.with_weights([*weights, *units, *[0.0] * n_outputs])


def recurrent(seed: int = 0) -> Network:
    """Return a network of memory cells with edges of every kind, one node of which is dead."""
    rng = np.random.default_rng(seed)
    nodes = [
        *(Node(10 + i, "input", 0.0, "", name) for i, name in enumerate(COLUMNS)),
        Node(20, "hidden", 1.0, "gru"), Node(21, "hidden", 1.0, "simple"),
        Node(22, "hidden", 1.0, "lstm"), Node(30, "output", 2.0, "linear", "y"),
    ]  # fmt: skip
    edges = [(10, 20), (10, 21), (11, 21), (13, 22), (20, 30), (21, 30)]
    skips = [(10, 20, 2), (11, 20, 1), (12, 30, 5), (20, 20, 1), (30, 21, 2), (11, 21, 4)]
    network = Network(tuple(nodes), np.array(edges, np.int32), np.array(skips, np.int32))
    return network.with_weights(rng.normal(size=network.n_all_weights))
