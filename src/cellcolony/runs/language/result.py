"""What came of training a language model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from cellcolony.layers.architecture import Architecture
from cellcolony.layers.epoch import Epoch
from cellcolony.runs.language.config import LanguageConfig
from cellcolony.tasks.text.vocabulary import Vocabulary
from cellcolony.toml_table import AMOUNT, COUNT, TomlTable


@dataclass(frozen=True)
class Scores:
    """Losses in nats a token; a perplexity is their exponential.

    Attributes:
        epoch: Whose weights validation chose; they count from 1.
        valid_loss: On validation.
        test_loss: On test, which was touched for this alone.
        unigram_valid_loss: Of a model that knows only how often each word comes.
        unigram_test_loss: The same on test.
    """

    epoch: int
    valid_loss: float
    test_loss: float
    unigram_valid_loss: float
    unigram_test_loss: float

    def to_dict(self) -> dict[str, Any]:
        """Return plain values, for TOML."""
        return asdict(self)

    @staticmethod
    def from_table(table: TomlTable) -> Scores:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value is missing or cannot be.
        """
        losses = ("valid_loss", "test_loss", "unigram_valid_loss", "unigram_test_loss")
        return Scores(
            table.take("epoch", COUNT), *(float(table.take(one, AMOUNT)) for one in losses)
        )


@dataclass(frozen=True, eq=False, repr=False)
class LanguageResult:
    """A training, from memory or from its directory.

    Attributes:
        config: Its settings.
        architecture: What the model is made of.
        vocabulary: Its words.
        epochs: What became of each epoch.
        scores: Of the chosen weights; None for a training that has not ended.
        path: The run directory; None where none was written.
        weights: The chosen weights by name; None where no epoch was done.
    """

    config: LanguageConfig
    architecture: Architecture
    vocabulary: Vocabulary
    epochs: tuple[Epoch, ...]
    scores: Scores | None
    path: Path | None
    weights: Mapping[str, NDArray[Any]] | None

    def __repr__(self) -> str:
        where = f", {self.path}" if self.path is not None else ""
        return f"<LanguageResult: {self.config.cells}, {len(self.epochs)} epochs{where}>"
