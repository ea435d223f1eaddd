"""How a text becomes tokens, and tokens a text again: one file a tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cellcolony.registry import Registry


@dataclass(frozen=True)
class Tokenizer:
    """One way to cut a text.

    Attributes:
        split: Returns the tokens of a text, in its order.
        join: Returns the text of tokens; blanks may come out otherwise than they were.
        unit: What a token is called in a report: "word" or "character".
    """

    split: Callable[[str], list[str]]
    join: Callable[[Sequence[str]], str]
    unit: str


TOKENIZERS: Registry[Tokenizer] = Registry(
    "tokenizer", "cellcolony.tasks.text.tokenizers", "cellcolony.tokenizers"
)
END = "<eos>"
"""The token at the end of a line."""
UNKNOWN = "<unk>"
"""The token that stands for all that the vocabulary does not hold."""
