"""How weights begin that no network has trained yet: as published, or by what enters a node."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from cellcolony.search.ants.layout import WEIGHT_LIMIT, Layout
from cellcolony.search.ants.settings import FAN_IN
from cellcolony.search.ants.subnetwork import Subnetwork


def scales(mode: str, layout: Layout, subnetwork: Subnetwork) -> NDArray[np.float64]:
    """Return what each weight drawn from U(-0.5, 0.5) is multiplied by before its first training.

    Under "fan_in" edges and recurrent edges become U(-b, b) with b = sqrt(3 / n), where n edges of
    both kinds enter the target in this network: the variance 1 / n keeps that of the sum (LeCun et
    al. 1998, section 4.6; as `cellcolony.networks.builders.draw_weights`). Cell weights stay.

    Shapes:
        `(n_all_weights,)`, in the canonical order of `Network`.
    """
    scale = np.ones(subnetwork.n_weights(layout))
    if mode == FAN_IN:
        structure = layout.structure
        edges = structure.edges[subnetwork.edges, 1]
        recurrent = structure.recurrent_edges[subnetwork.recurrent, 1]
        target = np.concatenate([edges, recurrent])
        fan_in = np.bincount(target, minlength=structure.n_nodes)
        scale[: len(target)] = np.sqrt(3.0 / fan_in[target]) / WEIGHT_LIMIT
    return scale
