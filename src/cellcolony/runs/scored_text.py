"""Score a text that a language model has never seen."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch

from cellcolony.errors import DataError
from cellcolony.layers.epoch import perplexity
from cellcolony.layers.train import side_by_side, windows
from cellcolony.runs.generate import model_of
from cellcolony.runs.result import Result
from cellcolony.runs.trained_model import trained_model
from cellcolony.tasks.findings import Findings
from cellcolony.tasks.language_facts import LanguageFacts
from cellcolony.tasks.patterns import expand
from cellcolony.tasks.text.reading import read_texts
from cellcolony.tasks.text.tokenizers import TOKENIZERS

STEPS = 100
"""Tokens that are scored at once."""


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
        """The bits of the whole text, for each of its characters.

        Where tokens are unknown it is too low: which they are would cost more.
        """
        return self.loss * (self.n_tokens - 1) / math.log(2) / self.n_characters


@torch.no_grad()
def score_text(
    result: Result, files: Iterable[str | os.PathLike[str]] | str | os.PathLike[str],
    model: str | None = None, model_seed: int | None = None,
) -> TextScore:  # fmt: skip
    """Score a text in one pass from zero state.

    Args:
        result: A study with a final training.
        files: Files, patterns or folders, read as the training text was.
        model: Which model scores, "lstm" for instance; None for the best by validation.
        model_seed: The seed of its final training; None for the first.

    Raises:
        DataError: A file cannot be used, or the text has fewer than 2 tokens.
        RunError: There is no such model, or it has no weights yet.
    """
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
    net = model_of(trained)
    numbers = side_by_side(trained.vocabulary.encode(tokens), 1)
    unknown = trained.vocabulary.unknown
    state, total, of_unknown, n_unknown = net.zeros(1), 0.0, 0.0, 0
    for words, targets in windows(numbers, STEPS):
        hidden, state = net(words, state)
        log_p = net.log_probabilities(hidden[:, 0]).double()  # (time, words)
        own = -log_p.gather(1, targets)[:, 0]
        is_unknown = targets[:, 0] == unknown
        total += float(own.sum())
        of_unknown += float(own[is_unknown].sum())
        n_unknown += int(is_unknown.sum())
    n = len(tokens) - 1
    known = (total - of_unknown) / (n - n_unknown) if n > n_unknown else math.nan
    return TextScore(n + 1, n_unknown, len(text), total / n, known)
