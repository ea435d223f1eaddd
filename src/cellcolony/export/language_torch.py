"""A trained language model as a `torch.nn.Module` in Python source, with its weights beside it.

The source imports torch alone, and safetensors to load the weights; the vocabulary stands in a JSON
file. This module itself needs no torch.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
from safetensors.numpy import save

from cellcolony.errors import ConfigError, RunError
from cellcolony.export import source
from cellcolony.export.layer_torch import IMPORTS, layers_source
from cellcolony.layers.layer import Layer
from cellcolony.runs.directory import write_file
from cellcolony.runs.language.result import LanguageResult

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


def language_source(result: LanguageResult, module: str = "model") -> str:
    """Return the source of a module that holds a language model.

    Args:
        result: A training.
        module: What the file is called, without `.py`.
    """
    architecture = result.architecture
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


def write_language_model(result: LanguageResult, path: Path) -> tuple[Path, ...]:
    """Write the source, the weights and the words; what stands there is written over.

    Args:
        result: A training.
        path: A file that ends in .py.

    Returns:
        The files.

    Raises:
        ConfigError: The file does not end in .py.
        RunError: No epoch is done, or a file cannot be written.
    """
    if path.suffix != ".py":
        raise ConfigError(f"`out` must end in .py for a language model. Got {path}.")
    if result.weights is None:
        raise RunError(f"{result.path}: no epoch is done, so there are no weights yet.")
    weights = {name: np.ascontiguousarray(one) for name, one in result.weights.items()}
    files = {
        path: language_source(result, path.stem),
        path.with_suffix(".safetensors"): save(weights),
        path.with_suffix(".json"): json.dumps(result.vocabulary.tokens, ensure_ascii=False),
    }
    for file, content in files.items():
        write_file(file, content)
    return tuple(files)


def _class_names(layers: tuple[Layer, ...]) -> dict[Layer, str]:
    """Return a class name for each different layer."""
    different = list(dict.fromkeys(layers))
    if len(different) == 1:
        return {different[0]: "RecurrentLayer"}
    return {layer: f"RecurrentLayer{number}" for number, layer in enumerate(different, 1)}
