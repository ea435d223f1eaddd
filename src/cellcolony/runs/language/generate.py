"""Let a language model write: each word is drawn from what it predicts."""

# pyright: reportMissingImports=false
# Torch is an extra, and not where this package's types are checked.

from __future__ import annotations

import math

import numpy as np
import torch

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.model import LanguageModel
from cellcolony.runs.language.result import LanguageResult
from cellcolony.runs.language.state import put_weights
from cellcolony.seeds import rng_for
from cellcolony.tasks.text.source import TextSource
from cellcolony.tasks.text.tokenizers import END, TOKENIZERS, UNKNOWN
from cellcolony.toml_table import TABLE, TomlTable


def model_of(result: LanguageResult) -> LanguageModel:
    """Return the model with the weights that validation chose.

    Raises:
        RunError: No epoch was done, or the weights do not fit the model.
    """
    if result.weights is None:
        raise RunError(f"{result.path}: no epoch is done, so there are no weights yet.")
    n_given = sum(one.size for one in result.weights.values())
    if n_given != result.architecture.n_weights:  # before anything of that size is made
        raise RunError(
            f"{result.path}: the model has {result.architecture.n_weights:,} weights, and there "
            f"are {n_given:,}."
        )
    model = LanguageModel(result.architecture, rng_for(result.config.seed, -1, "weights"))
    try:
        put_weights(model, result.weights)
    except RunError as error:
        raise RunError(f"{result.path}: {error}") from error
    return model


@torch.no_grad()
def generate(
    result: LanguageResult,
    prompt: str = "",
    n_tokens: int = 100,
    temperature: float = 1.0,
    seed: int = 0,
) -> str:
    """Return a text that begins with the prompt.

    `<unk>` is never drawn. Without a prompt the text begins as after the end of a line.

    Args:
        result: A training.
        prompt: Is cut into tokens as the training text was; unknown ones become `<unk>`.
        n_tokens: How many tokens are written.
        temperature: Below 1 the likely words become likelier; 0 always takes the likeliest.
        seed: The same seed writes the same text.

    Raises:
        ConfigError: A setting has a value that it cannot have.
        RunError: There are no weights yet, or they do not fit the model.
    """
    if type(n_tokens) is not int or n_tokens < 1:
        raise ConfigError(f"`tokens` must be a whole number above 0. Got {n_tokens!r}.")
    if not 0 <= temperature < math.inf:
        raise ConfigError(f"`temperature` must be at least 0. Got {temperature!r}.")
    if type(seed) is not int or seed < 0:
        raise ConfigError(f"`seed` must be a whole number of at least 0. Got {seed!r}.")
    vocabulary, rng = result.vocabulary, rng_for(seed, -1, "generate")
    source = TextSource.from_dict(TomlTable(result.config.data, "[data]").take("source", TABLE))
    tokenizer = TOKENIZERS[source.tokens]
    given = tokenizer.split(prompt)
    if given and given[-1] == END and not prompt.endswith("\n"):
        given.pop()  # the prompt's last line goes on
    first = END if END in vocabulary.numbers else vocabulary.tokens[0]
    model = model_of(result)
    state, written = model.zeros(1), list(given)
    numbers = vocabulary.encode(given or [first])
    for _ in range(n_tokens):
        words = torch.from_numpy(numbers.astype(np.int64)[:, None])  # (time, 1)
        hidden, state = model(words, state)
        log_p = model.log_probabilities(hidden[-1, 0]).double().numpy()
        if not np.isfinite(log_p).all():
            raise RunError(f"{result.path}: the weights are so large that the scores overflow.")
        log_p[vocabulary.numbers[UNKNOWN]] = -np.inf
        numbers = np.array([_drawn(log_p, temperature, rng)], np.int32)
        written.append(vocabulary.tokens[numbers[0]])
    return tokenizer.join(written)


def _drawn(log_p: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(np.argmax(log_p))
    with np.errstate(over="ignore", under="ignore"):  # then it takes the likeliest
        p = np.exp((log_p - log_p.max()) / temperature)
        return int(rng.choice(len(p), p=p / p.sum()))
