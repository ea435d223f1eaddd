"""A trained language model as a `torch.nn.Module` in Python source, with its weights beside it.

The source imports torch alone, and safetensors to load the weights; the vocabulary stands in a JSON
file. This module itself needs no torch.
"""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save

from cellcolony.export.exportable import TrainedLanguageModel
from cellcolony.export.layer_torch import CLASS_NAME, layers_source
from cellcolony.layers.architecture import Architecture


def language_module(it: TrainedLanguageModel, name: str) -> dict[str, str | bytes]:
    """Return a language model as source code, its weights, and its words as JSON."""
    weights = {key: np.ascontiguousarray(one) for key, one in it.weights.items()}
    words = json.dumps(it.vocabulary.tokens, ensure_ascii=False)
    return {
        ".py": language_source(it.architecture, name),
        ".safetensors": save(weights),
        ".json": words,
    }


def language_source(architecture: Architecture, name: str = "model") -> str:
    """Return the source of a module that holds a language model.

    Args:
        architecture: What the model is made of.
        name: What the file is called.
    """
    different = dict.fromkeys(architecture.layers)
    numbers = range(1, len(different) + 1) if len(different) > 1 else [""]
    class_of = {one: f"{CLASS_NAME}{n}" for one, n in zip(different, numbers, strict=True)}
    layers = {name: layer for layer, name in class_of.items()}
    return layers_source(layers, "language", name, architecture=architecture, class_of=class_of)
