"""Standard ants drawn ahead, recurrent edges that lead forward included (another reading).

Algorithm 2 of the paper may also be read so that what leads to a later layer, edges and recurrent
edges together, is held against what leads back.
"""

from dataclasses import replace

import numpy as np

from cellcolony.search.ants import species
from cellcolony.search.ants.free_walk import open_ground, wander
from cellcolony.search.ants.trail import Ground, Trail


@species.register(
    "standard_biased_ahead",
    social=False,
    source="ElSaid et al. 2020, section 3.3, Algorithm 2, in another reading",
)
def standard_biased_ahead(
    ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator
) -> Trail:
    """Walk as standard ants do, but where the ways back smell stronger, raise those ahead."""
    return wander(biased_ahead(open_ground(ground)), trail, n_ants, rng)


def biased_ahead(ground: Ground) -> Ground:
    """Return the ground whose edges of both kinds that lead ahead hold no less than those back.

    Where a node's forward and forward recurrent edges hold less in sum than its backward recurrent
    ones, to the same or an earlier layer, both are multiplied until the sums are equal. It holds
    for the draw alone, and steps that are masked count for neither sum [ours].
    """
    layer = ground.structure.layer
    leads_ahead = layer[None, :] > layer[:, None]  # (n_nodes, n_nodes), by source and target
    of_recurrent = ground.recurrent.sum(axis=2)  # (n_nodes, n_nodes)
    ahead = ground.forward.sum(axis=1) + of_recurrent.sum(axis=1, where=leads_ahead)  # (n_nodes,)
    behind = of_recurrent.sum(axis=1, where=~leads_ahead)  # (n_nodes,)
    lift = np.where(ahead < behind, behind / np.where(ahead > 0.0, ahead, 1.0), 1.0)
    raised = np.where(leads_ahead, lift[:, None], 1.0)  # (n_nodes, n_nodes)
    return replace(
        ground,
        forward=ground.forward * lift[:, None],
        recurrent=ground.recurrent * raised[:, :, None],
    )
