"""Small language models and texts for tests."""

from __future__ import annotations

import numpy as np

from cellcolony import cells
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.dropout import Dropout
from cellcolony.layers.layer import Group, Layer

N_WORDS = 7


def mixed(n_lstm: int = 2, n_nascell: int = 2) -> Layer:
    """Return a layer of two cells."""
    return Layer((Group(cells.get("lstm"), n_lstm), Group(cells.get("nascell"), n_nascell)))


def tiny(tied: bool = False, dropout: Dropout = Dropout(), layer: Layer | None = None,  # noqa: B008
         n_layers: int = 2, embedding: int | None = None,
         cutoffs: tuple[int, ...] = ()) -> Architecture:  # fmt: skip
    """Return a model of few weights."""
    layers = (layer or mixed(),) * n_layers
    return Architecture(N_WORDS, layers, tied, dropout, 0.5, embedding, cutoffs=cutoffs)


def model_of(architecture: Architecture, seed: int = 0):
    """Return a model with first weights."""
    from cellcolony.layers.model import LanguageModel

    return LanguageModel(architecture, np.random.default_rng(seed))


def tokens(n: int, seed: int = 0) -> np.ndarray:
    """Return a text of noise."""
    return np.random.default_rng(seed).integers(0, N_WORDS, n).astype(np.int32)
