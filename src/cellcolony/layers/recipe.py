"""How a training differs from the settings that it is given, as factors.

A recipe that was found by short trainings of a small model is carried over to a long training of a
larger one: it says "half the learning rate", and not "0.0015".
"""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from annotated_types import Gt

from cellcolony.layers.architecture import ModelSettings
from cellcolony.layers.schedule import Schedule
from cellcolony.settings import settings

Factor = Annotated[float, Gt(0)]


@settings
class Recipe:
    """Factors of settings; each 1 where a training is as the settings say.

    Attributes:
        learning_rate: Of the learning rate of the first epoch, and so of all.
        clip: Of the largest norm of the gradient.
        bound: Of the range of the first weights.

    Raises:
        ConfigError: A factor is not above 0, or not finite.
    """

    learning_rate: Factor = 1.0
    clip: Factor = 1.0
    bound: Factor = 1.0

    def schedule(self, training: Schedule) -> Schedule:
        """Return how to train, where settings and recipe are such."""
        if self == AS_SET:
            return training
        rate, clip = training.first_rate * self.learning_rate, training.clip * self.clip
        return replace(training, learning_rate=rate, clip=clip)

    def model(self, model: ModelSettings) -> ModelSettings:
        """Return what to train, where settings and recipe are such."""
        if self == AS_SET:
            return model
        return replace(model, bound=model.first_bound * self.bound)


AS_SET = Recipe()
"""Train as the settings say."""
