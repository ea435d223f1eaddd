"""How social ants walk: layer by layer, over recurrent edges, among the nodes chosen before them.

Source: ElSaid et al. 2020, section 3.3 and figure 2; strides and staying are those
of the authors' program.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.roulette import spin
from cellcolony.search.ants.trail import Ground, Trail


def strides_of(ground: Ground, n_ants: int) -> NDArray[np.int64]:
    """Return the stride of each walk: every ant walks once a stride, from 1 to the output's layer.

    Without jumping there is stride 1 alone. Each walk draws its own first node [ours].
    """
    longest = ground.structure.output_layer if ground.jumping else 1
    return np.repeat(np.arange(1, longest + 1), n_ants)


def walk(
    ground: Ground,
    trail: Trail,
    first: NDArray[np.int64],
    strides: NDArray[np.int64],
    layers: Iterable[int],
    rng: np.random.Generator,
) -> NDArray[np.bool_]:
    """Walk through the layers; a walk of stride s enters each s-th of them.

    A step is drawn among the recurrent edges from where the ant stands, all time skips together,
    into the chosen nodes of the layer. Where there is none, the ant stays and tries the next
    layer of its stride.

    Args:
        ground: The pheromone.
        trail: Names the chosen nodes.
        first: The node where each walk begins.
        strides: The stride of each walk.
        layers: The layers in the order of walking, without that of the first nodes.
        rng: The stream of all draws.

    Shapes:
        `first` and `strides`: `(n_walks,)`. Returns the trail's recurrent edges and those laid now,
        `(n_nodes, n_nodes, max_skip)`.
    """
    recurrent = trail.recurrent.copy()
    at = first.copy()
    for distance, layer in enumerate(layers, start=1):
        targets = np.flatnonzero(trail.nodes & (ground.structure.layer == layer))
        walks = np.flatnonzero(distance % strides == 0)
        choices = ground.recurrent.take(targets, axis=1)  # (n_nodes, n_targets, max_skip)
        if choices.size == 0:
            continue
        wheels = choices.reshape(len(choices), -1).cumsum(axis=1)  # (n_nodes, n_targets * max_skip)
        walks = walks[wheels[at[walks], -1] > 0.0]
        if len(walks) == 0:
            continue
        target, skip = np.divmod(spin(wheels, at[walks], rng), ground.structure.max_skip)
        recurrent[at[walks], targets[target], skip] = True
        at[walks] = targets[target]
    return recurrent
