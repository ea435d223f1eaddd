"""Random streams keyed by what they are for, so that the order of events draws nothing away."""

from __future__ import annotations

import zlib

import numpy as np


def rng_for(seed: int, candidate: int, purpose: str) -> np.random.Generator:
    """Return the random stream of one candidate and one purpose.

    The same three values give the same stream on every machine, in every order of calls.

    Args:
        seed: The run's seed, not negative.
        candidate: The candidate's number; -1 for what belongs to the whole run.
        purpose: A word such as "ask" or "weights".
    """
    return np.random.default_rng([seed, candidate + 1, zlib.crc32(purpose.encode())])
