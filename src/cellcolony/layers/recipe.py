"""How a training differs from the settings that it is given: by factors, and by values.

A recipe that was found by short trainings of a small model is carried over to a long training of a
larger one by factors: it says "half the learning rate", and not "0.0015". Shares, such as dropout,
are carried over as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields, replace
from typing import Annotated, Any

from annotated_types import Gt

from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.settings import settings

Factor = Annotated[float, Gt(0)]
FACTORS = ("learning_rate", "clip", "bound")
"""What a recipe says by factors."""
OF_MODEL = tuple(field.name for field in fields(ModelSettings))  # pyright: ignore[reportArgumentType]
OF_SCHEDULE = tuple(field.name for field in fields(Schedule))  # pyright: ignore[reportArgumentType]
"""The settings that a recipe may change."""


@settings
class Recipe:
    """How a training differs from its settings; not at all where nothing is said.

    Attributes:
        learning_rate: A factor of the learning rate of the first epoch, and so of all.
        clip: A factor of the largest norm of the gradient.
        bound: A factor of the range of the first weights.
        changes: Settings of the model or the schedule by name, and what they are instead.

    Raises:
        ConfigError: A factor is not above 0, or not finite; or there is no such setting.
    """

    learning_rate: Factor = 1.0
    clip: Factor = 1.0
    bound: Factor = 1.0
    changes: tuple[tuple[str, int | float], ...] = ()

    def __post_init__(self) -> None:
        for name, _ in self.changes:
            check_setting(name)

    def schedule(self, training: Schedule) -> Schedule:
        """Return how to train, where settings and recipe are such.

        Raises:
            ConfigError: A change is to a value that the setting cannot have.
        """
        if self == AS_SET:
            return training
        training = replace(training, **self._changes(OF_SCHEDULE))
        rate, clip = training.first_rate * self.learning_rate, training.clip * self.clip
        return replace(training, learning_rate=rate, clip=clip)

    def model(self, model: ModelSettings) -> ModelSettings:
        """Return what to train, where settings and recipe are such.

        Raises:
            ConfigError: A change is to a value that the setting cannot have.
        """
        if changes := self._changes(OF_MODEL):
            model = replace(model, **changes)
        return model if self.bound == 1 else replace(model, bound=model.first_bound * self.bound)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values: what earlier versions knew, and changes where there are any."""
        plain = asdict(self)  # pyright: ignore[reportArgumentType]
        changes = [list(pair) for pair in plain.pop("changes")]
        return {**plain, "changes": changes} if changes else plain

    def _changes(self, names: tuple[str, ...]) -> Mapping[str, Any]:
        return {name: value for name, value in self.changes if name in names}


AS_SET = Recipe()
"""Train as the settings say."""


def check_setting(name: str) -> None:
    """Check that a recipe can change a setting.

    Raises:
        ConfigError: There is none of this name.
    """
    known = (*OF_MODEL, *OF_SCHEDULE)
    if name not in known:
        raise ConfigError(
            f"There is no setting of a language model or of its schedule called {name!r}."
            f"{did_you_mean(name, known)}"
        )
