"""Where a text task came from: what is needed to have the same task again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from cellcolony.toml_table import TEXT, TEXT_LIST, WHOLE, TomlTable

SPLITS = ("train", "valid", "test")


@dataclass(frozen=True)
class TextSource:
    """The files of a task and how they are read.

    Attributes:
        files: The absolute names of each split's files, in order; none for a split that is cut off
            the training text, and none at all for the demonstration's text.
        tokens: The tokenizer's name.
        vocabulary: How many tokens the vocabulary may hold; None for all.
        encoding: How the files are written.
    """

    files: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    tokens: str = "lines"
    vocabulary: int | None = 10_000
    encoding: str = "utf-8"

    @property
    def is_demo(self) -> bool:
        """Whether it is the demonstration's text."""
        return not self.files.get("train")

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML or JSON; what is None is left out."""
        values = {**asdict(self), "files": {split: list(self.files[split]) for split in self.files}}
        return {key: value for key, value in values.items() if value is not None}

    @staticmethod
    def from_dict(plain: Mapping[str, Any]) -> TextSource:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value is missing, unknown or of another kind.
        """
        table = TomlTable(plain, "[data.source]")
        table.check_keys(("files", "tokens", "vocabulary", "encoding"))
        files = table.table("files")
        files.check_keys(SPLITS)
        return TextSource(
            {split: tuple(files.take(split, TEXT_LIST)) for split in files.values},
            table.take("tokens", TEXT),
            table.take("vocabulary", WHOLE, None),
            table.take("encoding", TEXT),
        )
