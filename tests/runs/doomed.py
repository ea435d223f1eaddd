"""Configurations of a battery whose runs fail; a process that receives one imports this alone."""

import os

from cellcolony.runs.battery.grid import Configuration


class Hopeless(Configuration):
    """A configuration whose search cannot begin."""

    @property
    def search(self):
        raise MemoryError("it is too large")


class Deadly(Configuration):
    """A configuration that ends the process that receives it."""

    def __reduce__(self):
        return os._exit, (3,)
