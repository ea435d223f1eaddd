"""The tokens that a model knows, numbered by how often the training text has them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from cellcolony.errors import ConfigError
from cellcolony.tasks.text.tokenizers import END, UNKNOWN


@dataclass(frozen=True)
class Vocabulary:
    """The known tokens.

    Attributes:
        tokens: By number, the most frequent first; `<unk>` is always among them.
    """

    tokens: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.tokens)

    @staticmethod
    def of(
        tokens: Sequence[str], most: int | None = None, *, needs_unknown: bool = False
    ) -> Vocabulary:
        """Return the vocabulary of a training text.

        Args:
            tokens: The text's.
            most: How many tokens it may hold, `<unk>` and `<eos>` counted; None for all that the
                text has. Of equally frequent ones those stay that come first in the alphabet.
            needs_unknown: Whether tokens that come once are left out where else none would be, so
                that `<unk>` has something to stand for; unless no others come at all.

        Raises:
            ConfigError: `most` is too small for any word.
        """
        if most is not None and most < 3:
            raise ConfigError(
                f"`vocabulary` must be at least 3, for {UNKNOWN}, {END} and a word. Got {most}."
            )
        counts = Counter(tokens)
        always = [token for token in (UNKNOWN, END) if token in counts or token == UNKNOWN]
        ranked = sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
        words = [token for token, _ in ranked if token not in always]
        if most is not None:
            words = words[: most - len(always)]
        has_unknown = UNKNOWN in counts or len({*words, *always} & counts.keys()) < len(counts)
        if needs_unknown and not has_unknown:
            words = [token for token in words if counts[token] > 1] or words
        kept = {*words, *always}
        return Vocabulary(
            tuple(
                sorted(kept, key=lambda token: (-counts[token], token)),
            )
        )

    @cached_property
    def numbers(self) -> dict[str, int]:
        """The number of each token."""
        return {token: number for number, token in enumerate(self.tokens)}

    @property
    def unknown(self) -> int:
        """The number of `<unk>`."""
        return self.numbers[UNKNOWN]

    def encode(self, tokens: Sequence[str]) -> NDArray[np.int32]:
        """Return the numbers of tokens, `(tokens,)`; unknown ones become `<unk>`."""
        numbers, unknown = self.numbers, self.unknown
        return np.fromiter(
            (numbers.get(token, unknown) for token in tokens), np.int32, count=len(tokens)
        )

    def decode(self, numbers: Iterable[int]) -> list[str]:
        """Return the tokens of numbers."""
        return [self.tokens[number] for number in numbers]
