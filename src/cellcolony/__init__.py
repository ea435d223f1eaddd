"""Evolve memory cells, and the recurrent networks that they form."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from cellcolony.version import VERSION

__version__ = VERSION

if TYPE_CHECKING:
    from cellcolony.errors import CellcolonyError as CellcolonyError
    from cellcolony.errors import ConfigError as ConfigError
    from cellcolony.errors import DataError as DataError
    from cellcolony.errors import GenomeError as GenomeError
    from cellcolony.errors import RunError as RunError
    from cellcolony.layers.architecture import ModelSettings as ModelSettings
    from cellcolony.layers.language_training import LanguageTraining as LanguageTraining
    from cellcolony.layers.schedule import Schedule as Schedule
    from cellcolony.networks.genome import Network as Network
    from cellcolony.networks.protocol import Protocol as Protocol
    from cellcolony.regressor import ForecastRegressor as ForecastRegressor
    from cellcolony.runs.generate import generate as generate
    from cellcolony.runs.open import open_run as open_run
    from cellcolony.runs.repeat import repeat as repeat
    from cellcolony.runs.replay.replay import replay as replay
    from cellcolony.runs.result import Result as Result
    from cellcolony.runs.resume import resume as resume
    from cellcolony.runs.scored_text import score as score
    from cellcolony.runs.studies import evolve as evolve
    from cellcolony.runs.studies import train_language_model as train_language_model
    from cellcolony.runs.study import Study as Study
    from cellcolony.search.ants import AntSwarm as AntSwarm
    from cellcolony.search.nodes import NodeEvolution as NodeEvolution
    from cellcolony.search.presets import preset as preset
    from cellcolony.tasks.forecast import Forecast as Forecast
    from cellcolony.tasks.language import Language as Language

_HOMES = {
    "AntSwarm": "cellcolony.search.ants",
    "CellcolonyError": "cellcolony.errors",
    "ConfigError": "cellcolony.errors",
    "DataError": "cellcolony.errors",
    "Forecast": "cellcolony.tasks.forecast",
    "ForecastRegressor": "cellcolony.regressor",
    "GenomeError": "cellcolony.errors",
    "Language": "cellcolony.tasks.language",
    "LanguageTraining": "cellcolony.layers.language_training",
    "ModelSettings": "cellcolony.layers.architecture",
    "Network": "cellcolony.networks.genome",
    "NodeEvolution": "cellcolony.search.nodes",
    "Protocol": "cellcolony.networks.protocol",
    "Result": "cellcolony.runs.result",
    "RunError": "cellcolony.errors",
    "Schedule": "cellcolony.layers.schedule",
    "Study": "cellcolony.runs.study",
    "evolve": "cellcolony.runs.studies",
    "generate": "cellcolony.runs.generate",
    "open_run": "cellcolony.runs.open",
    "preset": "cellcolony.search.presets",
    "repeat": "cellcolony.runs.repeat",
    "replay": "cellcolony.runs.replay.replay",
    "resume": "cellcolony.runs.resume",
    "score": "cellcolony.runs.scored_text",
    "train_language_model": "cellcolony.runs.studies",
}
"""Where each public name is defined; it is imported when it is first used."""

__all__ = [*sorted(_HOMES), "__version__"]  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
