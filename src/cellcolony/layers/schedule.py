"""How a language model is trained, as settings in the units of the literature.

The loss is summed over the steps of a window and divided by the batch, as Zaremba et al. 2014 and
Rawal & Miikkulainen 2018 do: their learning rate 1, clip 10 and L2 1e-4 belong to this unit. With
a mean over tokens and 35 steps they would be 35, 0.29 and 2.9e-6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from cellcolony.errors import ConfigError, did_you_mean

RATES = {"sgd": 1.0, "adam": 0.003}
"""The optimizers, and the learning rate of each where none is given."""


@dataclass(frozen=True)
class Schedule:
    """Settings of training.

    Attributes:
        epochs: Passes over the training text.
        batch: How many pieces of the text lie side by side.
        steps: How far back the gradient reaches, in tokens.
        optimizer: "sgd" or "adam".
        learning_rate: That of the first epoch; None for the optimizer's own.
        decay: What the rate is multiplied by after each epoch past the first `full_epochs`.
        full_epochs: How many epochs have the first rate.
        clip: The largest norm of the gradient; what is longer is shortened to it.
        l2: The weights times this are added to their gradient, after it was clipped [ours].

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """

    epochs: int = 13
    batch: int = 20
    steps: int = 35
    optimizer: str = "sgd"
    learning_rate: float | None = None
    decay: float = 0.9
    full_epochs: int = 6
    clip: float = 10.0
    l2: float = 1e-4

    def __post_init__(self) -> None:
        for name, least in (("epochs", 1), ("batch", 1), ("steps", 1), ("full_epochs", 0)):
            value = getattr(self, name)
            if type(value) is not int or value < least:
                raise ConfigError(
                    f"`{name}` must be a whole number of at least {least}. Got {value!r}."
                )
        if self.optimizer not in RATES:
            raise ConfigError(
                f"`optimizer` must be 'sgd' or 'adam'. Got {self.optimizer!r}."
                f"{did_you_mean(self.optimizer, RATES)}"
            )
        for name, low, high in (
            ("learning_rate", 0.0, math.inf),
            ("decay", 0.0, 1.0),
            ("clip", 0.0, math.inf),
        ):
            value = getattr(self, name)
            if value is not None and not low < value <= high:
                raise ConfigError(
                    f"`{name}` must be above {low:g}{'' if high == math.inf else ', at most 1'}. "
                    f"Got {value!r}."
                )
        if not 0 <= self.l2 < math.inf:
            raise ConfigError(f"`l2` must be at least 0. Got {self.l2!r}.")

    @property
    def first_rate(self) -> float:
        """The learning rate of the first epoch."""
        return RATES[self.optimizer] if self.learning_rate is None else self.learning_rate

    def rate(self, epoch: int) -> float:
        """Return the learning rate of an epoch; they count from 0."""
        return self.first_rate * self.decay ** max(0, epoch + 1 - self.full_epochs)
