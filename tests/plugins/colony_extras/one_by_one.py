"""An executor: one thread, however many workers are asked for."""

from dataclasses import replace

from cellcolony.contract import Begin
from cellcolony.runs.executors import EXECUTORS, Demand, Place
from cellcolony.runs.executors.threads import Threads


class OneByOne:
    """The executor "one-by-one"."""

    shares_memory = True

    def __call__(self, begin: Begin, demand: Demand) -> Place:
        """Return the place."""
        return Threads()(begin, replace(demand, workers=1))


EXECUTORS.register("one-by-one")(OneByOne())
