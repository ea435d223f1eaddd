"""Mutate the structure: a new link between two nodes, forward or recurrent."""

from __future__ import annotations

import numpy as np

from cellcolony.search.neat.genome import Genome, Layout
from cellcolony.search.neat.innovations import Innovations
from cellcolony.search.neat.settings import Neat


def add_link(
    genome: Genome,
    layout: Layout,
    innovations: Innovations,
    settings: Neat,
    rng: np.random.Generator,
) -> Genome | None:
    """Return the genome with a link that it has not, enabled or disabled; None where it has all.

    All places are equally likely, those of recurrent links and self-loops too [ours].
    """
    hidden = genome.hidden(layout)
    targets = [*layout.output_ids, *hidden]
    sources = [*range(layout.bias + 1), *targets]
    free = np.ones((len(sources), len(targets)), bool)
    row, column = ({id: i for i, id in enumerate(ids)} for ids in (sources, targets))
    for source, target in genome.ends.tolist():
        free[row[source], column[target]] = False
    places = np.argwhere(free)
    if not len(places):
        return None
    i, j = places[rng.integers(len(places))].tolist()
    ends = sources[i], targets[j]
    weight = rng.uniform(-1, 1) * settings.weight_range
    return genome.with_links([innovations.link(*ends)], [ends], [weight], genome.enabled)
