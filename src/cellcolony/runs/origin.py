"""What a search begins with: enough to begin it again, or to go on from a state of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from cellcolony.config import RunConfig
from cellcolony.contract import Search
from cellcolony.networks.genome import Network
from cellcolony.runs.bench import SearchSettings
from cellcolony.runs.standing import Order
from cellcolony.seeds import rng_for
from cellcolony.tasks.transform import Transform


@dataclass(frozen=True)
class Origin:
    """What a search begins with.

    Attributes:
        kind: What its genomes are: "network" or "tree".
        seed: Keys every random stream.
        order: How it is told results.
        start: Begins it, with a random stream.
        restore: Goes on from what `Search.state` gave.
    """

    kind: str
    seed: int
    order: Order
    start: Callable[[np.random.Generator], Search]
    restore: Callable[[Mapping[str, Any]], Search]

    @staticmethod
    def of_forecast(config: RunConfig, settings: SearchSettings) -> Origin:
        """Return that of a search for networks that forecast.

        Args:
            config: The settings of the run.
            settings: Those of its search.
        """
        transform = Transform.from_dict(config.transform)
        columns = (transform.inputs, transform.targets)
        output_cell = str(config.protocol["output_cell"])
        return Origin(
            Network.kind,
            config.seed,
            order_of(config.order),
            partial(settings.start, *columns, output_cell=output_cell),
            partial(settings.restore, *columns),
        )

    def begin(self) -> Search:
        """Begin the search."""
        return self.start(rng_for(self.seed, -1, "start"))


def order_of(order: str) -> Order:
    """Return the order in which a run tells results to its search, by its name in a file."""
    return "strict" if order == "strict" else "arrival"
