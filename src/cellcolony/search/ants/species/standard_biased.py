"""Standard ants that are drawn forward (ASNE, section 3.3, Algorithm 2)."""

from dataclasses import replace

import numpy as np

from cellcolony.search.ants import species
from cellcolony.search.ants.free_walk import open_ground, wander
from cellcolony.search.ants.trail import Ground, Trail


@species.register(
    "standard_biased", social=False, source="ElSaid et al. 2020, section 3.3, Algorithm 2"
)
def standard_biased(ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator) -> Trail:
    """Walk as standard ants do, but where the ways back smell stronger, raise those forward."""
    return wander(biased(open_ground(ground)), trail, n_ants, rng)


def biased(ground: Ground) -> Ground:
    """Return the ground with forward edges that hold no less pheromone than the ways back.

    Where a node's forward edges hold less in sum than its backward recurrent edges, to the same or
    an earlier layer, they are multiplied until the sums are equal. Forward recurrent edges stay.
    Steps that are masked count for neither sum [ours].

    Algorithm 2 stores what it adds. Stored, a single edge would need 50 to 76, above the cap; so
    here it holds for the draw alone [ours].
    """
    layer = ground.structure.layer
    back = layer[None, :] <= layer[:, None]  # (n_nodes, n_nodes), by source and target
    ahead = ground.forward.sum(axis=1)  # (n_nodes,)
    behind = ground.recurrent.sum(axis=2, where=back[:, :, None]).sum(axis=1)  # (n_nodes,)
    lift = np.where(ahead < behind, behind / np.where(ahead > 0.0, ahead, 1.0), 1.0)
    return replace(ground, forward=ground.forward * lift[:, None])
