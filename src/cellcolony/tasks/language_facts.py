"""What is known of a text task without the text, as a run's settings keep it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from annotated_types import Ge, Le

from cellcolony.contract import Problem
from cellcolony.errors import ConfigError
from cellcolony.settings import Count, OneOf, Rule, record, settings
from cellcolony.tasks.text.source import SPLITS, TextSource
from cellcolony.tasks.text.tokenizers import TOKENIZERS

MOST_WORDS = 100_000_000
"""Of a vocabulary: a model has a vector for each."""


@settings
class Text:
    """What is known of the text of one split.

    Attributes:
        split: "train", "valid" or "test".
        name: The files' names, or where else it came from.
        n_tokens: Its tokens, ends of lines counted.
        n_unknown: How many of them are not in the vocabulary.
        n_characters: Its characters; of a text that is cut off another one, that one's in the share
            of the tokens. 0 where an earlier version of the program did not count them.
    """

    split: Annotated[str, OneOf(SPLITS)]
    name: str
    n_tokens: Count
    n_unknown: Count
    n_characters: Count = 0

    def __post_init__(self) -> None:
        if self.n_unknown > self.n_tokens:
            raise ConfigError(
                f"`n_unknown` must be at most the {self.n_tokens:,} tokens of the text. Got "
                f"{self.n_unknown:,}."
            )


def _is_each_split(texts: tuple[Text, ...]) -> bool:
    return sorted(text.split for text in texts) == sorted(SPLITS)


@settings
class LanguageFacts:
    """The facts of a text task.

    Attributes:
        fingerprint: A hash of the vocabulary and the splits.
        n_vocabulary: How many tokens a model knows.
        texts: What is known of each split.
        source: Where the text can be had from again.
    """

    fingerprint: str
    n_vocabulary: Annotated[int, Ge(1), Le(MOST_WORDS)]
    texts: Annotated[tuple[Text, ...], Rule(_is_each_split, f"tell of {', '.join(SPLITS)}, once")]
    source: TextSource

    @property
    def title(self) -> str:
        """What is modelled, in a few words."""
        return f"Language model, {self.n_vocabulary:,} {TOKENIZERS[self.source.tokens].unit}s"

    @property
    def targets(self) -> tuple[str, ...]:
        """Nothing: a text is scored as a whole."""
        return ()

    def problem(self, output_cell: str) -> Problem:
        """Return what a method of search must know: nothing."""
        return Problem()

    def compared(self) -> dict[str, Any]:
        """Return what a continued run must have in common with this, as plain values."""
        return {"fingerprint": self.fingerprint}

    @staticmethod
    def read(table: Mapping[str, Any], where: str) -> LanguageFacts:
        """Read what `Language.describe` wrote.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        source = TextSource.from_dict(table.get("source", {}))
        return record(LanguageFacts, {**table, "source": source}, where)
