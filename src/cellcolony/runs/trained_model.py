"""A language model of a study with its trained weights and its vocabulary."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from cellcolony.errors import RunError
from cellcolony.layers.architecture import Architecture
from cellcolony.layers.needs import check_extra
from cellcolony.layers.trained import Arrays, Trained
from cellcolony.runs import directory
from cellcolony.runs.finals_found import best_final
from cellcolony.store import foreign
from cellcolony.store.reading import readable
from cellcolony.tasks.language_facts import LanguageFacts
from cellcolony.tasks.text.tokenizers import UNKNOWN
from cellcolony.tasks.text.vocabulary import Vocabulary

if TYPE_CHECKING:
    from cellcolony.layers.model import LanguageModel


@dataclass(frozen=True, eq=False)
class TrainedLanguageModel:
    """A language model with all that is needed to use it.

    Attributes:
        architecture: What it is made of.
        weights: By the names of the model's parameters.
        vocabulary: The known tokens.
        tokens: The name of the tokenizer.
    """

    noun: ClassVar[str] = "trained language model"

    architecture: Architecture
    weights: Arrays
    vocabulary: Vocabulary
    tokens: str

    def module(self, device: str = "cpu") -> LanguageModel:
        """Return the model as a `torch.nn.Module` with these weights.

        Args:
            device: "cpu", "cuda", or "auto" for a GPU where there is one.

        Raises:
            ConfigError: Torch is missing, or `device` is not possible.
            RunError: The weights do not fit the model.
        """
        check_extra()
        # Torch is an extra, and takes seconds to import.
        from cellcolony.layers.long_training import model_with

        return model_with(self.architecture, self.weights, device)


def trained_model(
    result: Any, model: str | None = None, seed: int | None = None
) -> TrainedLanguageModel:
    """Return a language model of a study with its weights.

    Args:
        result: A study.
        model: What the model is called, "evolved node" for instance; None for the one of the lowest
            validation loss.
        seed: Of its final training; None for the first of a named model, and for any other.

    Raises:
        RunError: The study trains no language models, there is no such final training, it has no
            weights yet, or its files are damaged.
    """
    found = find_trained_model(result, model, seed)
    if found is None:
        raise RunError(f"{_where(result)}: no epoch is done, so there are no weights yet.")
    return found


def find_trained_model(
    result: Any, model: str | None = None, seed: int | None = None
) -> TrainedLanguageModel | None:
    """Return what `trained_model` does; None where no final training has weights yet."""
    if not isinstance(result.facts, LanguageFacts):
        raise RunError(
            f"{_where(result)} is a {result.config.task['kind']} study, which trains no language "
            "models."
        )
    found = best_final(result, model, seed)
    if found is None or found.weights is None:
        return None
    _check_size(result, found)
    vocabulary = _vocabulary(result, found.architecture)
    return TrainedLanguageModel(
        found.architecture, found.weights, vocabulary, result.facts.source.tokens
    )


def _check_size(result: Any, found: Trained) -> None:
    """Check how many weights there are, before anything of the model's size is made."""
    assert found.weights is not None
    n_given = sum(one.size for one in found.weights.values())
    if n_given != found.n_weights:
        raise RunError(
            f"{_where(result)}: the model has {found.n_weights:,} weights, and there are "
            f"{n_given:,}."
        )


def _vocabulary(result: Any, architecture: Architecture) -> Vocabulary:
    content = result.kept(directory.VOCABULARY)
    with readable(f"{_where(result)}: {directory.VOCABULARY}"):
        if content is None:
            raise ValueError("it is missing")
        words = foreign.parse_json(content)
        if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
            raise ValueError("it must be a list of texts")
        if len(set(words)) != len(words) or UNKNOWN not in words:
            raise ValueError(f"a word is in it twice, or {UNKNOWN} is missing")
        if len(words) != architecture.n_words:
            raise ValueError(f"it has {len(words)} words, and the model {architecture.n_words}")
        return Vocabulary(tuple(words))


def _where(result: Any) -> str:
    return "The study" if result.path is None else str(result.path)
