"""How standard ants walk: over every edge that leaves a node, until they come to an output.

Source: ElSaid et al. 2020, section 3.3.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import chain, repeat

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.roulette import roulette, spin
from cellcolony.search.ants.trail import Ground, Trail

LONGEST_WALK = 10_000
"""After so many steps an ant goes home, over forward edges alone [ours].

Every walk ends by itself; but where all pheromone lies on loops it would take too long.
"""


def open_ground(ground: Ground) -> Ground:
    """Return the ground of standard ants: without jumping, no step forward passes over a layer.

    That holds for recurrent edges as well as for edges; backward ones may lead anywhere [ours].
    """
    if ground.jumping:
        return ground
    layer = ground.structure.layer
    recurrent = ground.recurrent.copy()
    recurrent[layer[None, :] - layer[:, None] > 1] = 0.0
    return replace(ground, recurrent=recurrent)


def wander(ground: Ground, trail: Trail, n_ants: int, rng: np.random.Generator) -> Trail:
    """Walk from the start to an input, then over all that the ground offers to an output.

    Each step is one draw among the edges and the recurrent edges, all time skips together, that
    leave the node where the ant stands.
    """
    n_nodes = ground.structure.n_nodes
    start = trail.start.copy()
    at = roulette(ground.start[None, :], np.zeros(n_ants, np.int64), rng)  # (n_ants,)
    start[at] = True

    everything, home = _cumulative(ground)  # (n_nodes, n_columns)
    to_node = np.arange(n_nodes)
    leads_to = np.concatenate([to_node, np.repeat(to_node, ground.structure.max_skip)])
    taken = np.zeros(everything.shape, bool)
    wheels = chain(repeat(everything, LONGEST_WALK), repeat(home))
    while len(at):
        column = spin(next(wheels), at, rng)
        taken[at, column] = True
        to = leads_to[column]
        at = to[to < ground.structure.first_output]  # (n_still_walking,)
    return replace(
        trail,
        start=start,
        forward=trail.forward | taken[:, :n_nodes],
        recurrent=trail.recurrent | taken[:, n_nodes:].reshape(trail.recurrent.shape),
    )


def _cumulative(ground: Ground) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return two tables for `spin`: of all steps, and of the steps that lead home.

    Shapes:
        Both `(n_nodes, n_nodes * (1 + max_skip))`, forward edges first.
    """
    recurrent = ground.recurrent.reshape(len(ground.recurrent), -1)  # (n_nodes, n_nodes * max_skip)
    everything = np.concatenate([ground.forward, recurrent], axis=1)
    home = np.concatenate([ground.forward, np.zeros_like(recurrent)], axis=1)
    return np.cumsum(everything, axis=1), np.cumsum(home, axis=1)
