"""Backward-recurrent social ants: recurrent edges that lead back towards the first hidden layer.

Source: ElSaid et al. 2020, section 3.3. The authors' program took forward edges and swapped their
ends, so that no backward edge was ever used; these ants walk over the backward edges themselves.
"""

from dataclasses import replace

import numpy as np

from cellcolony.search.ants import species
from cellcolony.search.ants.social_walk import strides_of, walk
from cellcolony.search.ants.trail import Ground, Trail


@species.register(
    "backward_recurrent",
    social=True,
    source="ElSaid et al. 2020, section 3.3",
    needs_backward_edges=True,
)
def backward_recurrent(
    ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator
) -> Trail:
    """Walk from an output back to the first hidden layer, over recurrent edges to earlier layers.

    Half as many ants as the colony has. A walk's output is drawn uniformly when there are several
    [ours].
    """
    structure = ground.structure
    strides = strides_of(ground, n_ants // 2)
    first = rng.integers(structure.first_output, structure.n_nodes, len(strides))
    layers = range(structure.n_layers, 0, -1)  # inputs receive nothing
    return replace(trail, recurrent=walk(ground, trail, first, strides, layers, rng))
