"""Networks, data and transforms to export, and what this program itself predicts for them."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

import numpy as np
import pandas as pd

from cellcolony import cells
from cellcolony.export import write
from cellcolony.export.exportable import ForecastNetwork
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.networks.genome import Network
from cellcolony.networks.train import predict
from cellcolony.tasks.scaling import Scaling
from cellcolony.tasks.transform import Transform
from tests.networks.oracle import random_network

HOSTILE = (
    "<script>alert(1)</script>",
    "quote\"d 'name' \\",
    'two\nlines """ {origin}',
    "x" * 10_000,
    "tab\there, é 漢 \u202e",
)


class Case(NamedTuple):
    """Something to export."""

    network: Network
    transform: Transform
    residual: bool

    def write(self, to: str, path: str | Path) -> tuple[Path, ...]:
        """Write it in a format."""
        return write(ForecastNetwork(self.network, self.transform, self.residual), to, path)

    def rows(self, n_rows: int, seed: int = 0) -> pd.DataFrame:
        """Return data in their own units, with a column that nobody asked for."""
        rng = np.random.default_rng(seed)
        names = dict.fromkeys((*self.transform.inputs, *self.transform.targets))
        values = {name: rng.normal(5 * i, 1 + i, n_rows) for i, name in enumerate(names)}
        return pd.DataFrame({"unused": np.zeros(n_rows)} | values)

    def expected(self, rows: pd.DataFrame) -> np.ndarray:
        """Return what this program predicts."""
        prepared = self.transform.prepare(rows, self.residual)
        return self.transform.unscale(predict(self.network, prepared.inputs), prepared.base)


def case(network: Network, residual: bool, names: tuple[str, ...] = (), **options) -> Case:
    """Return a network with a transform; the first target is an input, the others are not."""
    names = names or tuple(f"column {i}" for i in range(len(network.inputs)))
    targets = (names[0], *(f"target {i}" for i in range(1, len(network.outputs))))
    at = np.arange(len(names) + len(targets), dtype=np.float64)
    inputs = Scaling(5.0 * at[: len(names)], 1.0 + at[: len(names)])
    scaling = Scaling(5.0 * at[: len(targets)], 1.0 + at[: len(targets)])
    return Case(network, Transform(names, targets, 2, inputs, scaling, **options), residual)


def random_case(seed: int) -> Case:
    """Return a network with skips, cycles, dead ends, several outputs and unread inputs."""
    rng = np.random.default_rng(seed)
    network = random_network(
        rng,
        n_inputs=int(rng.integers(1, 7)),
        n_outputs=int(rng.integers(1, 4)),
        n_hidden=int(rng.integers(0, 10)),
        max_skip=int(rng.integers(0, 6)),
        p_edge=float(rng.uniform(0, 0.5)),
        p_recurrent=float(rng.uniform(0, 0.2)),
    )
    return case(network, residual=bool(seed % 2))


def case_of_cell(name: str) -> Case:
    """Return a network in which nodes of one cell feed each other back, and one does not."""
    n_states = len(cells.get(name).states)
    network = fixed_network([name, name], 2, 1, output_cell=name, time_skips=(1, 3))
    keeps = network.recurrent_edges[network.recurrent_edges[:, 0] < 4]
    network = Network(network.nodes, network.edges, keeps)
    return case(draw_weights(network, np.random.default_rng(n_states)), residual=True)


def assert_close(found: np.ndarray, expected: np.ndarray) -> None:
    """Compare to what float32 allows over hundreds of steps of networks with cycles."""
    np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


def load(path: Path) -> ModuleType:
    """Import a source file."""
    spec = importlib.util.spec_from_file_location(f"exported_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
