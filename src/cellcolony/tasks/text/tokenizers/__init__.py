"""How a text becomes tokens, and tokens a text again: one file a tokenizer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from cellcolony.registry import Registry


@dataclass(frozen=True)
class Tokenizer:
    """One way to cut a text.

    Attributes:
        split: Returns the tokens of a text, in its order; a line without a word has none.
        join: Returns the text of tokens; blanks may come out otherwise than they were.
        unit: What a token is called in a report: "word" or "character".
        ends_lines: Whether `<eos>` stands behind each line.
    """

    split: Callable[[str], list[str]]
    join: Callable[[Sequence[str]], str]
    unit: str
    ends_lines: bool = True

    def cut(self, text: str, empty_lines: bool = False) -> list[str]:
        """Return the tokens of a text.

        Args:
            text: The text.
            empty_lines: Whether a line without a word ends in `<eos>` too.
        """
        if not empty_lines or not self.ends_lines:
            return self.split(text)
        lines = text.removesuffix("\n").split("\n")
        return [token for line in lines for token in self.split(line) or [END]]


TOKENIZERS: Registry[Tokenizer] = Registry(
    "tokenizer", "cellcolony.tasks.text.tokenizers", "cellcolony.tokenizers"
)
END = "<eos>"
"""The token at the end of a line."""
UNKNOWN = "<unk>"
"""The token that stands for all that the vocabulary does not hold."""
