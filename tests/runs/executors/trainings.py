"""Trainings for workers elsewhere, which import this alone."""

import os
import time

from cellcolony.judges.training.networks import NetworkTraining


class Deadly(NetworkTraining):
    """Dies with the fourth candidate."""

    def __call__(self, candidate):
        if candidate.number == 3:
            os._exit(9)
        return super().__call__(candidate)


class Waiting(NetworkTraining):
    """Trains until it is told to stop, from the third candidate on."""

    def __call__(self, candidate):
        while candidate.number >= 2 and not self._stop[0]:
            time.sleep(0.01)
        return super().__call__(candidate)


class Slow(NetworkTraining):
    """Takes a while for each candidate."""

    def __call__(self, candidate):
        time.sleep(0.3)
        return super().__call__(candidate)


def begin_waiting(trainer, caps, cells, stop, **_):
    return Waiting(trainer, stop, caps)


def begin_slow(trainer, caps, cells, stop, **_):
    return Slow(trainer, stop, caps)


def begin_deadly(trainer, caps, cells, stop, **_):
    return Deadly(trainer, stop, caps)
