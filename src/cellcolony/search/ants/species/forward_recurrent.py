"""Forward-recurrent social ants: recurrent edges towards the outputs (ASNE, section 3.3)."""

from dataclasses import replace

import numpy as np

from cellcolony.search.ants import species
from cellcolony.search.ants.roulette import roulette
from cellcolony.search.ants.social_walk import strides_of, walk
from cellcolony.search.ants.trail import Ground, Trail


@species.register("forward_recurrent", social=True, source="ElSaid et al. 2020, section 3.3")
def forward_recurrent(ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator) -> Trail:
    """Walk from a chosen input towards the outputs, over recurrent edges to later layers.

    Half as many ants as the colony has. A walk's first node is drawn by roulette on the start
    edges' pheromone, among the chosen inputs [ours].
    """
    strides = strides_of(ground, n_ants // 2)
    chosen = (ground.start * trail.start)[None, :]  # (1, n_inputs)
    first = roulette(chosen, np.zeros_like(strides), rng)
    layers = range(1, ground.structure.output_layer + 1)
    return replace(trail, recurrent=walk(ground, trail, first, strides, layers, rng))
