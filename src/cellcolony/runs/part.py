"""A part of the runs of a battery or a league, where several processes share the work."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple, TypeVar

from cellcolony.errors import ConfigError

T = TypeVar("T")


class Part(NamedTuple):
    """A part of some runs.

    Attributes:
        number: Which part, from 1.
        n: How many parts there are.
    """

    number: int
    n: int

    @staticmethod
    def parse(text: str) -> Part:
        """Read a part such as "2/5".

        Raises:
            ConfigError: It is none.
        """
        if found := re.fullmatch(r"(\d{1,6})/(\d{1,6})", text.strip()):
            part = Part(int(found[1]), int(found[2]))
            if 1 <= part.number <= part.n:
                return part
        raise ConfigError(f"`part` must be such as 2/5, the second of five parts. Got {text!r}.")

    def of(self, runs: Sequence[T]) -> Sequence[T]:
        """Return the runs of this part: each n-th, so that all parts have about as many."""
        return runs[self.number - 1 :: self.n]


WHOLE = Part(1, 1)
