"""An executor: one thread, however many workers are asked for."""

from cellcolony.contract import Begin
from cellcolony.runs.executors import EXECUTORS, Place
from cellcolony.runs.executors.threads import Threads


class OneByOne:
    """The executor "one-by-one"."""

    shares_memory = True

    def __call__(self, begin: Begin, workers: int, seconds: float | None) -> Place:
        """Return the place."""
        return Threads()(begin, 1, seconds)


EXECUTORS.register("one-by-one")(OneByOne())
