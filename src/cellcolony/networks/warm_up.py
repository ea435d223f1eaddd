"""Compile what the training of sparse networks needs, before a search begins."""

from __future__ import annotations

import time
from collections.abc import Iterable

import numpy as np

from cellcolony.networks.builders import fixed_network
from cellcolony.networks.draws import train_best_draw
from cellcolony.networks.protocol import Protocol
from cellcolony.networks.series import Series
from cellcolony.networks.train import Trainer, predict


def warm_up(cell_names: Iterable[str], protocol: Protocol | None = None) -> float:
    """Compile everything that training networks of these cells needs, in the calling thread.

    Args:
        cell_names: The cells.
        protocol: How networks will be trained; None where that is not known.

    Returns:
        Wall seconds; a small fraction of one where an earlier start has compiled already.
    """
    started = time.perf_counter()
    windows = (0, 1) if protocol is None else (min(protocol.window, 1),)
    n_draws = 1 if protocol is None else protocol.draws
    some = np.zeros((8, 1), np.float32)
    series = [Series(some, some, np.ones(8, bool))]
    for cell in sorted(set(cell_names)):
        network = fixed_network([cell], 1, 1, output_cell="linear", time_skips=(1,))
        network = network.with_weights(np.zeros(network.n_all_weights))
        for window in windows:
            Trainer(series, series, Protocol(window=window, epochs=1)).train(network)
        if n_draws > 1:
            several = Trainer(series, series, Protocol(window=0, epochs=1, draws=n_draws))
            train_best_draw(several, network, np.random.default_rng(0))
        predict(network, some)
    return time.perf_counter() - started
