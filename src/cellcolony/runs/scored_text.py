"""Score a text that a language model has never seen."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from cellcolony.errors import DataError
from cellcolony.layers.epoch import bits_per_character, perplexity
from cellcolony.layers.needs import check_extra
from cellcolony.runs.result import Result
from cellcolony.runs.trained_model import trained_model
from cellcolony.tasks.findings import Findings
from cellcolony.tasks.language_facts import LanguageFacts
from cellcolony.tasks.patterns import expand
from cellcolony.tasks.text.reading import read_texts
from cellcolony.tasks.text.tokenizers import TOKENIZERS


@dataclass(frozen=True)
class TextScore:
    """How well a model foretells a text.

    Attributes:
        n_tokens: Its tokens; the first is not scored, as no other precedes it.
        n_unknown: Those of them that are scored and not in the vocabulary.
        n_characters: Its characters.
        loss: The mean of -log p, in nats a token.
        known_loss: The same over the known tokens alone; NaN where none is.
    """

    n_tokens: int
    n_unknown: int
    n_characters: int
    loss: float
    known_loss: float

    @property
    def perplexity(self) -> float:
        """Of all tokens."""
        return perplexity(self.loss)

    @property
    def known_perplexity(self) -> float:
        """Of the known tokens, each as foretold from all before it."""
        return perplexity(self.known_loss)

    @property
    def bits_per_character(self) -> float:
        """The bits of the whole text, for each of its characters: see `bits_per_character`."""
        return bits_per_character(self.loss, self.n_tokens, self.n_characters)


def score(
    result: Result, files: Iterable[str | os.PathLike[str]] | str | os.PathLike[str],
    model: str | None = None, model_seed: int | None = None, device: str = "auto",
) -> TextScore:  # fmt: skip
    """Score a text that a language model of a study has never seen, in one pass from zero state.

    Args:
        result: A study with a final training.
        files: Files, patterns or folders, read as the training text was.
        model: Which model scores, "lstm" for instance; None for the best by validation.
        model_seed: The seed of its final training; None for the first.
        device: "cpu", "cuda", or "auto" for a GPU where there is one.

    Raises:
        ConfigError: Torch is missing, or `device` is not possible.
        DataError: A file cannot be used, or the text has fewer than 2 tokens.
        RunError: There is no such model, or it has no weights yet.
    """
    check_extra()
    # Torch is an extra, and takes seconds to import.
    from cellcolony.layers.train import score_known

    trained = trained_model(result, model, model_seed)
    facts = result.facts
    assert isinstance(facts, LanguageFacts)
    findings = Findings()
    paths = expand(files, findings, is_one=True)
    text = read_texts(paths, facts.source.encoding, findings)
    findings.raise_if_any()
    tokens = TOKENIZERS[trained.tokens].cut(text, facts.source.empty_lines)
    if len(tokens) < 2:
        raise DataError([f"The text has {len(tokens)} tokens. A score needs at least 2."])
    numbers = trained.vocabulary.encode(tokens)
    unknown = trained.vocabulary.unknown
    found = score_known(trained.module(device), numbers, unknown)
    n_unknown = int(np.count_nonzero(numbers[1:] == unknown))
    return TextScore(len(tokens), n_unknown, len(text), found.mean, found.known)
