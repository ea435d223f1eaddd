"""The files of a run that trains a language model.

config.toml        the settings, and the text's fingerprint
model.json         the model: layers, groups of units, their cells as programs
vocabulary.json    the tokens by number
curve.csv          a line an epoch
weights.safetensors   the weights of the epoch that validation chose
checkpoint.json    names checkpoint-N.safetensors: all that a training needs to go on
result.toml        the perplexities, once it has ended
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors.numpy import save

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.architecture import Architecture
from cellcolony.runs.directory import write_file
from cellcolony.runs.language.config import LanguageConfig
from cellcolony.runs.reading import read_settings
from cellcolony.store import foreign
from cellcolony.store.reading import parse_tensors, read
from cellcolony.tasks.text.tokenizers import UNKNOWN
from cellcolony.tasks.text.vocabulary import Vocabulary

MODEL, VOCABULARY, CURVE = "model.json", "vocabulary.json", "curve.csv"
WEIGHTS, RESULT = "weights.safetensors", "result.toml"
LARGEST_MODEL = 16 << 20
"""Bytes of `model.json`: a thousand groups of trees of some hundred elements."""
LARGEST_VOCABULARY = 256 << 20
"""Bytes of `vocabulary.json`: ten million words."""
LARGEST_ARRAYS = 16 << 30
"""Bytes of weights or of a checkpoint: a billion weights, twice, with two moments each."""


def write_model(run: Path, architecture: Architecture, vocabulary: Vocabulary) -> None:
    """Write down what the model is made of, and its words."""
    write_file(run / MODEL, json.dumps(architecture.to_dict(), indent=1) + "\n")
    words = json.dumps(vocabulary.tokens, ensure_ascii=False, indent=0)
    write_file(run / VOCABULARY, words + "\n")


def write_weights(run: Path, weights: Mapping[str, NDArray[Any]]) -> None:
    """Write down trained weights, by the names of the model's parameters."""
    write_file(run / WEIGHTS, save(dict(weights)))


def read_language_config(run: Path) -> LanguageConfig:
    """Return the settings of a run.

    Raises:
        RunError: They cannot be read.
    """
    return read_settings(run, LanguageConfig.from_toml)


def read_model(run: Path) -> tuple[Architecture, Vocabulary]:
    """Return what the model is made of, and its words.

    Raises:
        RunError: A file is missing or damaged, or they do not fit together.
    """
    path = run / MODEL
    try:
        architecture = Architecture.from_dict(foreign.parse_json(read(run, path, LARGEST_MODEL)))
        path = run / VOCABULARY
        words = foreign.parse_json(read(run, path, LARGEST_VOCABULARY))
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("expected a list of texts")
        if len(set(words)) != len(words) or UNKNOWN not in words:
            raise ValueError(f"a word stands in it twice, or {UNKNOWN} is missing")
        if len(words) != architecture.n_words:
            raise ValueError(f"{len(words)} words, and the model has {architecture.n_words}")
    except (ValueError, ConfigError) as error:
        raise RunError(f"{path}: the model cannot be read: {error}") from error
    return architecture, Vocabulary(tuple(words))


def read_weights(run: Path) -> dict[str, NDArray[np.float32]]:
    """Return trained weights.

    Raises:
        RunError: The file is missing or damaged.
    """
    path = run / WEIGHTS
    try:
        weights = parse_tensors(read(run, path, LARGEST_ARRAYS))
    except ValueError as error:
        raise RunError(f"{path}: the weights cannot be read: {error}") from error
    return weights
