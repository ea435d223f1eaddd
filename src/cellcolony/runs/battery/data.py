"""The data of a battery: files and what is done to them, or those of the demonstration."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any

from annotated_types import Ge

from cellcolony.errors import ConfigError
from cellcolony.search.presets import Preset
from cellcolony.settings import read, settings
from cellcolony.tasks import TASKS, Task
from cellcolony.tasks.demo_series import TARGET as DEMO_TARGET
from cellcolony.tasks.forecast import Forecast
from cellcolony.tasks.forecast_options import ForecastOptions, Texts
from cellcolony.tasks.language import Language
from cellcolony.tasks.settings import names_of

FORECAST, LANGUAGE = "forecast", "language"
DEMOS = {"demo": FORECAST, "demo-text": LANGUAGE}
"""The demonstrations' data, and what they are for."""


@settings
class TextOptions:
    """Options of `Language.from_files`."""

    train: Texts
    valid: Texts | None = None
    test: Texts | None = None
    tokens: str | None = None
    vocabulary: Annotated[int, Ge(3)] | None = None
    encoding: str | None = None


OPTIONS = {FORECAST: ForecastOptions, LANGUAGE: TextOptions}


@dataclass(frozen=True)
class Data:
    """What the runs of a battery learn from.

    Attributes:
        kind: "forecast" or "language": the name of the task.
        options: Those of `ForecastOptions` or `TextOptions` that are given; of a demonstration's
            data only those that the preset gives.
        is_demo: Whether they are the demonstration's.
    """

    kind: str
    options: Mapping[str, Any]
    is_demo: bool = False

    @property
    def task(self) -> type[Task]:
        """The class of the task."""
        return TASKS[self.kind]

    @property
    def targets(self) -> tuple[str, ...]:
        """The columns that are forecast; none of a text."""
        if self.kind == LANGUAGE:
            return ()
        return (DEMO_TARGET,) if self.is_demo else names_of(self.options["target"])

    def load(self) -> Task:
        """Read the files, whose relative paths are relative to the current folder.

        Raises:
            ConfigError: An option has a value that it cannot have.
            DataError: The data cannot be used.
        """
        options = dict(self.options)
        if self.is_demo:
            return Language.demo(**options) if self.kind == LANGUAGE else Forecast.demo()
        if self.kind == LANGUAGE:
            return Language.from_files(options.pop("train"), **options)
        return Forecast.from_csv(options.pop("files"), **options)


def kind_of_data(values: Mapping[str, Any]) -> str:
    """Return what a battery's file is for, by its data: "forecast" or "language"."""
    given = values.get("data")
    if isinstance(given, str):
        return DEMOS.get(given, FORECAST)
    own = {"train", "tokens", "vocabulary"}
    return LANGUAGE if isinstance(given, Mapping) and own & given.keys() else FORECAST


def data_from(values: Mapping[str, Any], where: str, start: Preset) -> Data:
    """Return what stands under the key `data` of a battery's file.

    Args:
        values: The whole file.
        where: What it is called in an error.
        start: The preset, which says what the data leave open.

    Raises:
        ConfigError: It is missing, or an option is unknown or of another kind.
    """
    given, kind = values.get("data", {}), kind_of_data(values)
    if isinstance(given, str) and given in DEMOS:
        options = {"vocabulary": start.task_settings.vocabulary} if kind == LANGUAGE else {}
        return Data(kind, options, is_demo=True)
    if not isinstance(given, Mapping):
        known = ", ".join(map(repr, DEMOS))
        raise ConfigError(
            f"{where}: `data` must be {known}, or a table with `files` and `target`, or with "
            f"`train`. Got {given!r}."
        )
    if not given:
        raise ConfigError(
            f"{where}: there is no data. Name files and --target on the command line, or write a "
            "table [data] with `files` and `target`, or with `train` for a text, or data = 'demo'."
        )
    read(OPTIONS[kind], given, f"{where}, [data]")
    usual = {
        FORECAST: ("scale", "holds_out_test", "calendar"), LANGUAGE: ("tokens", "vocabulary"),
    }[kind]  # fmt: skip
    own = {key: getattr(start.task_settings, key) for key in usual}
    usual_values = (None, True)  # a preset leaves a scale open, and holds out a test
    own = {key: value for key, value in own.items() if value not in usual_values}
    return Data(kind, own | dict(given))
