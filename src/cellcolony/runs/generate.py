"""Let a language model write: each token is drawn from what it predicts."""

from __future__ import annotations

import math

import numpy as np

from cellcolony.errors import ConfigError, RunError
from cellcolony.layers.needs import check_extra
from cellcolony.runs.result import Result
from cellcolony.runs.trained_model import TrainedLanguageModel, trained_model
from cellcolony.seeds import rng_for
from cellcolony.tasks.text.tokenizers import END, TOKENIZERS


def generate(
    result: Result,
    prompt: str = "",
    n_tokens: int = 100,
    temperature: float = 1.0,
    seed: int = 0,
    model: str | None = None,
    model_seed: int | None = None,
) -> str:
    """Let a language model of a study write a text that begins with a prompt.

    `<unk>` is never drawn. Without a prompt the text begins as after the end of a line.

    Args:
        result: A study with a final training, which may still be at work.
        prompt: Is cut into tokens as the training text was; unknown ones become `<unk>`.
        n_tokens: How many tokens are written.
        temperature: Below 1 the likely words become likelier; 0 always takes the likeliest.
        seed: The same seed writes the same text.
        model: Which model writes, "lstm" for instance; None for the best by validation.
        model_seed: The seed of its final training; None for the first of a named model, and for
            any other.

    Raises:
        ConfigError: A setting has a value that it cannot have, or torch is missing.
        RunError: There is no such model, it has no weights yet, or they do not fit it.
    """
    check_extra()
    if type(n_tokens) is not int or n_tokens < 1:
        raise ConfigError(f"`tokens` must be a whole number above 0. Got {n_tokens!r}.")
    if not 0 <= temperature < math.inf:
        raise ConfigError(f"`temperature` must be at least 0. Got {temperature!r}.")
    if type(seed) is not int or seed < 0:
        raise ConfigError(f"`seed` must be a whole number of at least 0. Got {seed!r}.")
    trained = trained_model(result, model, model_seed)
    try:
        return _written(trained, prompt, n_tokens, temperature, rng_for(seed, -1, "generate"))
    except RunError as error:
        raise RunError(f"{result.path or 'The study'}: {error}") from error


def _written(
    trained: TrainedLanguageModel,
    prompt: str,
    n_tokens: int,
    temperature: float,
    rng: np.random.Generator,
) -> str:
    import torch  # pyright: ignore[reportMissingImports]  # an extra, which takes seconds

    vocabulary, tokenizer = trained.vocabulary, TOKENIZERS[trained.tokens]
    given = tokenizer.split(prompt)
    if given and given[-1] == END and not prompt.endswith("\n"):
        given.pop()  # the prompt's last line goes on
    first = END if END in vocabulary.numbers else vocabulary.tokens[0]
    model = trained.module()
    state, written = model.zeros(1), list(given)
    numbers = vocabulary.encode(given or [first])
    with torch.no_grad():
        for _ in range(n_tokens):
            words = torch.from_numpy(numbers.astype(np.int64)[:, None])  # (time, 1)
            hidden, state = model(words, state)
            log_p = model.log_probabilities(hidden[-1, 0]).double().numpy()
            if not np.isfinite(log_p).all():
                raise RunError("the weights are so large that the scores overflow.")
            log_p[vocabulary.unknown] = -np.inf
            numbers = np.array([_drawn(log_p, temperature, rng)], np.int32)
            written.append(vocabulary.tokens[numbers[0]])
    return tokenizer.join(written)


def _drawn(log_p: np.ndarray, temperature: float, rng: np.random.Generator) -> int:
    if temperature == 0:
        return int(np.argmax(log_p))
    with np.errstate(over="ignore", under="ignore"):  # then it takes the likeliest
        p = np.exp((log_p - log_p.max()) / temperature)
        return int(rng.choice(len(p), p=p / p.sum()))
