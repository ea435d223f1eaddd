"""Where a text task came from: what is needed to have the same task again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from annotated_types import Ge, Le

from cellcolony.settings import MOST, Known, OneOf, Rule, Words, plain, read, settings
from cellcolony.tasks.encodings import Encoding
from cellcolony.tasks.text.tokenizers import END, TOKENIZERS, UNKNOWN

SPLITS = ("train", "valid", "test")
Size = Annotated[int, Ge(3), Le(MOST), Words(f"at least 3, for {UNKNOWN}, {END} and a word")]


@settings
class TextSource:
    """The files of a task and how they are read.

    Attributes:
        files: The absolute names of each split's files, in order; none for a split that is cut off
            the training text, and none at all for the demonstration's text.
        tokens: The tokenizer's name.
        encoding: How the files are written.
        vocabulary: How many tokens the vocabulary may hold; None for all.
        once: What becomes of tokens that the training text has once, where it has no unknown ones:
            "unknown", or "known", as before there was a choice.
        empty_lines: Whether a line without a word ends in `<eos>` too.

    Raises:
        ConfigError: There is no such tokenizer, or a value is of another kind.
    """

    files: Annotated[
        Mapping[str, tuple[str, ...]],
        Rule(set(SPLITS).issuperset, f"list files of {', '.join(SPLITS)}"),
    ]
    tokens: Annotated[str, Known(TOKENIZERS.__getitem__)]
    encoding: Encoding
    vocabulary: Size | None = None
    once: Annotated[str, OneOf(("unknown", "known"))] = "known"
    empty_lines: bool = False

    @property
    def is_demo(self) -> bool:
        """Whether it is the demonstration's text."""
        return not self.files.get("train")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML or JSON; what is None is left out."""
        return plain(self)

    @staticmethod
    def from_dict(values: Mapping[str, Any]) -> TextSource:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value is missing, unknown or of another kind.
        """
        return read(TextSource, values, "[task.source]")
