"""What a study has to export: a forecast's network, a language model, or the layer of a node."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, partial
from typing import Any, ClassVar, TypeAlias

from cellcolony.errors import ConfigError, GenomeError, RunError
from cellcolony.export.intervals import Interval
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.layer import Layer
from cellcolony.layers.window import Weights
from cellcolony.networks.genome import Network
from cellcolony.runs.ensemble import Which
from cellcolony.runs.genomes import Champion
from cellcolony.runs.result import Result
from cellcolony.runs.trained_model import TrainedLanguageModel, find_trained_model, trained_model
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.forecast_facts import ForecastFacts
from cellcolony.tasks.transform import Transform


@dataclass(frozen=True, eq=False)
class ForecastNetwork:
    """A trained network of a forecast.

    Attributes:
        network: The network, with its weights.
        transform: Which columns it reads and predicts, and how they are scaled.
        residual: Whether its outputs are added to the targets' own values.
        read: Reads the data of its study again; None where there is no study.
        interval: The intervals around its forecasts; None for forecasts alone.

    Raises:
        GenomeError: The network has no weights, or not as many inputs or outputs as the transform.
    """

    noun: ClassVar[str] = "network"

    network: Network
    transform: Transform
    residual: bool
    read: Callable[[], Forecast] | None = None
    interval: Interval | None = None

    def __post_init__(self) -> None:
        if self.network.weights is None:
            raise GenomeError("A network must have weights to be exported. Got none.")
        found = len(self.network.inputs), len(self.network.outputs)
        if found != (len(self.transform.inputs), len(self.transform.outputs)):
            raise GenomeError(
                f"The transform has {len(self.transform.inputs)} inputs and "
                f"{len(self.transform.outputs)} outputs. Got a network with {found[0]} inputs and "
                f"{found[1]} outputs."
            )

    @cached_property
    def task(self) -> Forecast | None:
        """The data of its study, read again; None where there is no study.

        Raises:
            ConfigError: They came from no file.
            DataError: The files cannot be used.
            RunError: They hold other data by now.
        """
        return None if self.read is None else self.read()


@dataclass(frozen=True, eq=False)
class DenseLayer:
    """A dense layer of cells: that of an evolved node, for instance.

    Attributes:
        layer: Its groups of units.
        weights: Its trained weights, float32 or float64; None for a layer that is not trained.

    Raises:
        GenomeError: There are weights, and the layer has more than those of plain ones.
    """

    noun: ClassVar[str] = "node without a final training"

    layer: Layer
    weights: Weights | None = None

    def __post_init__(self) -> None:
        if self.weights is not None and not self.layer.is_plain:
            raise GenomeError(
                "A trained layer with a depth or a mogrifier is exported as part of its language "
                f"model. {' '.join(self.layer.around)}"
            )


def _read(result: Result) -> Forecast:
    facts = result.facts
    task = Forecast.again(facts, {})
    if task.fingerprint != facts.fingerprint:
        raise RunError(
            f"{result.path or 'The study'} was made from other data than its files hold now. This "
            f"export measures itself on those that it was made from."
        )
    return task


Exportable: TypeAlias = ForecastNetwork | TrainedLanguageModel | DenseLayer


def exportable_of(
    result: Result,
    model: str | None = None,
    number: Which = None,
    seed: int | None = None,
    interval: float | None = None,
) -> Exportable:
    """Return what a study has to export.

    Args:
        result: A study.
        model: Which of the models with a final training; None for the best by validation.
        number: A network or node of the front, or "ensemble", without a final training; None for
            the best.
        seed: The seed of the final training; None for the first.
        interval: The share of what comes that is to lie within the intervals of a forecast; None
            for forecasts alone.

    Returns:
        Of a forecast a network of the front. Of a study with final trainings a language model. Of a
        search for nodes without them, the layer of a node.

    Raises:
        ConfigError: The arguments do not fit together.
        RunError: There is no such model or number, no model has weights yet, or the study keeps
            too few errors on validation for such an interval.
    """
    within = None if interval is None else Interval.of(result, interval, number)
    if number is not None and (model, seed) != (None, None):
        raise ConfigError("A network or node of the front has no `model` and no `seed`.")
    if isinstance(result.facts, ForecastFacts):
        if (model, seed) != (None, None):
            raise ConfigError(
                "`model` and `seed` choose a final training, and a forecast has none. Choose a "
                "network of the front by its number."
            )
        network = result.found(number).network
        residual, read = result.config.training.residual, partial(_read, result)
        return ForecastNetwork(network, result.transform, residual, read, within)
    if number is None:
        if not result.front:
            return trained_model(result, model, seed)
        if (trained := find_trained_model(result, model, seed)) is not None:
            return trained
    champion = result.found(number)
    assert isinstance(champion, Champion)  # nodes have no ensemble
    genome: Any = champion.genome
    cell = genome.to_cell(f"node {champion.number}")
    made_of: ModelSettings = result.config.training.model
    return DenseLayer(made_of.layer(cell, made_of.hidden))


__all__ = ["DenseLayer", "Exportable", "ForecastNetwork", "TrainedLanguageModel", "exportable_of"]
