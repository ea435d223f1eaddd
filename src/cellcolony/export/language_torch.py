"""A trained language model as a `torch.nn.Module` in Python source, with its weights beside it.

The source imports torch alone, and safetensors to load the weights; the vocabulary stands in a JSON
file. This module itself needs no torch.
"""

from __future__ import annotations

import json

import numpy as np
from safetensors.numpy import save

from cellcolony.export import source
from cellcolony.export.exportable import TrainedLanguageModel
from cellcolony.export.layer_torch import IMPORTS, layers_source
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.layer import Layer

_HEADER = '''"""A language model of {n_words:,} words, {layers}.

{origin}. It needs PyTorch, and safetensors to load the trained weights.

    from {module} import load
    model, words = load()                    # reads the files beside this one
    scores, state = model(numbers)           # (time, batch) to (time, batch, words)
    scores, state = model(numbers, state)    # goes on from there
"""

'''

_MODEL = '''

class LanguageModel(nn.Module):
    """Gives a score to every word that may come next: their softmax is its probability."""

    def __init__(self):
        super().__init__()
        self.embedding = nn.Parameter(torch.zeros({n_words}, {n_embedding}))
        self.layers = nn.ModuleList([{layers}])
{softmax}        self.bias = nn.Parameter(torch.zeros({n_words}))

    def forward(self, numbers, state=None):
        """Compute (time, batch) numbers of words to (time, batch, words), and the state after."""
        y = self.embedding[numbers]
        after = []
        for i, layer in enumerate(self.layers):
            y, carried = layer(y, None if state is None else state[i])
            after.append(carried)
        return y @ self.{output}.T + self.bias, after


def load(path=None):
    """Return the trained model, and its words by number; without a path, from beside this file."""
    import json
    from pathlib import Path

    from safetensors.torch import load_file

    path = Path(path or Path(__file__).with_suffix(".safetensors"))
    model = LanguageModel()
    model.load_state_dict(load_file(path))
    words = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    return model.eval(), words
'''


def language_module(it: TrainedLanguageModel, name: str) -> dict[str, str | bytes]:
    """Return a language model as source code, its weights, and its words as JSON."""
    weights = {key: np.ascontiguousarray(one) for key, one in it.weights.items()}
    words = json.dumps(it.vocabulary.tokens, ensure_ascii=False)
    return {
        ".py": language_source(it.architecture, source.module_name(name)),
        ".safetensors": save(weights),
        ".json": words,
    }


def language_source(architecture: Architecture, module: str = "model") -> str:
    """Return the source of a module that holds a language model.

    Args:
        architecture: What the model is made of.
        module: What the file is called in an import.
    """
    names = _class_names(architecture.layers)
    widths, n_words = architecture.widths, architecture.n_words
    softmax = f"        self.softmax = nn.Parameter(torch.zeros({n_words}, {widths[-1]}))\n"
    header = _HEADER.format(
        n_words=n_words,
        layers=" and ".join(f"{layer.n_units} units" for layer in architecture.layers),
        origin=source.ORIGIN,
        module=module,
    )
    model = _MODEL.format(
        n_words=n_words,
        n_embedding=widths[0],
        layers=", ".join(
            f"{names[layer]}({n})" for layer, n in zip(architecture.layers, widths, strict=False)
        ),
        softmax="" if architecture.tied else softmax,
        output="embedding" if architecture.tied else "softmax",
    )
    return header + IMPORTS + layers_source({name: one for one, name in names.items()}) + model


def _class_names(layers: tuple[Layer, ...]) -> dict[Layer, str]:
    """Return a class name for each different layer."""
    different = list(dict.fromkeys(layers))
    if len(different) == 1:
        return {different[0]: "RecurrentLayer"}
    return {layer: f"RecurrentLayer{number}" for number, layer in enumerate(different, 1)}
