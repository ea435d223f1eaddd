"""Fresh weights of a dense layer."""

from __future__ import annotations

import math

import numpy as np

from cellcolony.layers.layout import Layout
from cellcolony.layers.window import Weights


def draw_weights(
    layout: Layout, n_inputs: int, rng: np.random.Generator, bound: float | None = None
) -> Weights:
    """Draw weights from U(-bound, bound); params that the cell gives a number begin with it.

    Args:
        layout: The layer, and where everything stands.
        n_inputs: How many inputs it has; 0 for the recurrent weights and params alone.
        rng: The source of chance.
        bound: 1 / sqrt(units) if not given, as `torch.nn.LSTM` draws.
    """
    n_units = layout.layer.n_units
    if bound is None:
        bound = 1.0 / math.sqrt(n_units)
    weights = Weights(
        rng.uniform(-bound, bound, (layout.n_of_input, n_inputs)),
        rng.uniform(-bound, bound, (layout.n_of_output, n_units)),
        rng.uniform(-bound, bound, layout.n_params),
    )
    for place, number in layout.fixed_params():
        weights.params[place] = number
    return weights
