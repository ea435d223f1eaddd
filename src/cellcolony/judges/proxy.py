"""Judge nodes by a smaller training first, and only the best by the whole one.

Source: ours. Proxy tasks are usual in the search for architectures: Zoph et al. 2018, "Learning
transferable architectures for scalable image recognition".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Annotated, Any

from annotated_types import Ge, Gt, Le, Lt
from numpy.typing import NDArray

from cellcolony.contract import Begin
from cellcolony.errors import ConfigError
from cellcolony.judges import JUDGES
from cellcolony.judges.full import PassOn
from cellcolony.layers.architecture import MOST_UNITS
from cellcolony.layers.dropout import Dropped
from cellcolony.layers.language_training import LanguageTraining
from cellcolony.settings import OneOrMore, settings


@JUDGES.register("proxy")
@settings
class ProxyTraining:
    """Candidates of the lower rungs train a smaller model, on a part of the text, to its end.

    The beginning of a long training tells who learns fast. A training that is short because model
    and text are small, and that passes over that text as often as the long one does over its own,
    tells more about who ends well: see `benchmarks/RESULTS.md`, "Evolving nodes". The candidates of
    the highest rung, rivals and final trainings are trained in full.

    Attributes:
        proxy_below: Candidates that the method trains for less than so many times the settings'
            epochs are trained by proxy; 0 for all but those of the highest rung.
        proxy_share: The share of the training text, from its beginning on, that they learn from.
        proxy_hidden: The units of each layer of their models; `like` counts from them.
        proxy_epochs: How often they pass over that text for each of those times.
        proxy_dropout: The share that is dropped of what enters each of their layers, and the
            softmax.
        proxy_bound: Their first weights come from U(-bound, bound); without, those of the training.
        proxy_learning_rate: That of their first epoch; without, that of the training.
    """

    proxy_below: Annotated[int, Ge(0), Le(1_000)] = 0
    proxy_share: Annotated[float, Gt(0), Le(1)] = 0.125
    proxy_hidden: Annotated[int, Ge(1), Le(MOST_UNITS)] = 64
    proxy_epochs: OneOrMore = 4
    proxy_dropout: Dropped = 0.1
    proxy_bound: Annotated[float, Gt(0), Lt(1e3)] | None = None
    proxy_learning_rate: Annotated[float, Gt(0)] | None = None

    def begin_study(
        self, task: Mapping[str, Any], training: Any, efforts: tuple[int, ...]
    ) -> ProxyTraining:
        """Return the judge with the effort below which candidates are trained by proxy.

        Args:
            task: Not needed.
            training: How candidates are trained.
            efforts: How many times the training's epochs they are, by the method.

        Raises:
            ConfigError: The study is of no text, or the method has one rung, or none by proxy, or
                none in full.
        """
        if not isinstance(training, LanguageTraining):
            raise ConfigError(
                "The judge 'proxy' is for searches for nodes or mixtures, which train models of a "
                "text. Choose another judge: see `cellcolony list judges`."
            )
        below = self.proxy_below or max(efforts)
        if not min(efforts) < below <= max(efforts):
            has = ", ".join(map(str, efforts))
            raise ConfigError(
                "The judge 'proxy' needs a method with a lower rung, trained by proxy, and a "
                f"highest one, trained in full. `efforts` is {has}; by proxy are those below "
                f"{below}. "
                "Give two rungs, as --efforts 1 --efforts 16 --shares 0.4 --shares 0.6, or take "
                "the judge 'full'."
            )
        return replace(self, proxy_below=below)

    def begin(self, train: Callable[..., Begin]) -> Begin:
        """Return the half on a worker: the task's own training, and by proxy."""
        return train(proxy=self)

    def referee(self) -> PassOn:
        """Return the half on the master."""
        return PassOn()

    def restore(self, state: Mapping[str, Any]) -> PassOn:
        """Return the half on the master; it has no state."""
        return PassOn()

    def stands_for(self, effort: int) -> bool:
        """Say whether a candidate of an effort is trained by proxy."""
        return effort < self.proxy_below

    def part_of(self, text: NDArray[Any]) -> NDArray[Any]:
        """Return what of a training text is learned from by proxy."""
        return text[: round(len(text) * self.proxy_share)]

    def training(self, whole: LanguageTraining) -> LanguageTraining:
        """Return how candidates are trained by proxy, where they are trained so in full."""
        model = replace(whole.model, hidden=self.proxy_hidden, dropout=self.proxy_dropout)
        schedule = replace(whole.schedule, epochs=self.proxy_epochs, parts=1)
        if self.proxy_bound is not None:
            model = replace(model, bound=self.proxy_bound)
        if self.proxy_learning_rate is not None:
            schedule = replace(schedule, learning_rate=self.proxy_learning_rate)
        return LanguageTraining(model, schedule)
