"""How a language model is trained, as settings in the units of the literature.

The loss is summed over the steps of a window and divided by the batch, as Zaremba et al. 2014 and
Rawal & Miikkulainen 2018 do: their learning rate 1, clip 10 and L2 1e-4 belong to this unit. With
a mean over tokens and 35 steps they would be 35, 0.29 and 2.9e-6.

Windows of random length, penalties of activations and averaged weights are those of Merity et al.
2017, "Regularizing and Optimizing LSTM Language Models", sections 3 and 4.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import asdict, fields
from itertools import accumulate, repeat, takewhile
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge, Gt, Le

from cellcolony.errors import DataError
from cellcolony.seeds import rng_for
from cellcolony.settings import NotNegative, OneOf, settings

RATES = {"sgd": 1.0, "adam": 0.003}
"""The optimizers, and the learning rate of each where none is given."""
SHAPES = ("steps", "cosine")
"""How the learning rate falls."""
P_HALF, DEVIATION, LEAST_STEPS = 0.05, 5.0, 5
"""A random window has half the steps with this probability (Merity et al. 2017, section 4.1), its
length this standard deviation, and at least so many steps (their program)."""


@settings
class Schedule:
    """Settings of training.

    Attributes:
        epochs: Passes over the training text, or over parts of it: see `parts`.
        batch: How many pieces of the text lie side by side.
        steps: How far back the gradient reaches, in tokens.
        optimizer: "sgd" or "adam".
        learning_rate: That of the first epoch; None for the optimizer's own.
        decay: By "steps", what the rate is multiplied by after each epoch past the first
            `full_epochs`.
        full_epochs: By "steps", how many epochs have the first rate.
        clip: The largest norm of the gradient; what is longer is shortened to it.
        l2: The weights times this are added to their gradient, after it was clipped [ours].
        shape: "steps" multiplies the rate after epochs; "cosine" lets it fall from update to update
            by half a cosine, to 0 at the end of the last epoch (Loshchilov & Hutter 2017, without
            restarts).
        parts: Into so many parts the training text is cut; an epoch passes over one of them, and
            the next epoch over the next one.
        scored: The share of the validation text, from its beginning on, that is scored after each
            epoch but the last. Below 1 the last epoch alone counts, and it is for candidates alone.
        lanes: Into so many pieces the validation text is cut; they are scored side by side, each
            from a state of zeros: faster with several, and a little higher.
        random_steps: Whether the length of each window is random: normal around `steps`, or now and
            then around half of it. Clip and L2 are then those of a window of `steps` steps, and
            shrink and grow with the length, as the learning rate does for a mean over tokens.
        activation_penalty: What the loss of a token has added, times the mean square of what leaves
            the last layer, after dropout (alpha of Merity et al. 2017).
        temporal_penalty: The same, times the mean square of how much the output of the last layer
            changes from step to step, before dropout (their beta).
        nonmonotone: After an epoch whose validation loss is higher than the best of all but the
            last so many epochs, weights are averaged over all later updates, and the average is
            scored and kept (their n of NT-ASGD, with an epoch as L); 0 for no average.

    Raises:
        ConfigError: A setting has a value that it cannot have.
    """

    epochs: Annotated[int, Ge(1)] = 13
    batch: Annotated[int, Ge(1)] = 20
    steps: Annotated[int, Ge(1)] = 35
    optimizer: Annotated[str, OneOf(tuple(RATES))] = "sgd"
    learning_rate: Annotated[float, Gt(0)] | None = None
    decay: Annotated[float, Gt(0), Le(1)] = 0.9
    full_epochs: Annotated[int, Ge(0)] = 6
    clip: Annotated[float, Gt(0)] = 10.0
    l2: Annotated[float, Ge(0)] = 1e-4
    shape: Annotated[str, OneOf(SHAPES)] = "steps"
    parts: Annotated[int, Ge(1), Le(1_000)] = 1
    scored: Annotated[float, Gt(0), Le(1)] = 1.0
    lanes: Annotated[int, Ge(1), Le(1_000)] = 1
    random_steps: bool = False
    activation_penalty: NotNegative = 0.0
    temporal_penalty: NotNegative = 0.0
    nonmonotone: Annotated[int, Ge(0), Le(100_000)] = 0

    def to_dict(self) -> dict[str, Any]:
        """Return the settings; those that earlier versions did not know only where they are set."""
        usual = {one.name: one.default for one in fields(self)}  # pyright: ignore[reportArgumentType]
        return {
            name: value
            for name, value in asdict(self).items()  # pyright: ignore[reportArgumentType]
            if name not in LATER or value != usual[name]
        }

    @property
    def first_rate(self) -> float:
        """The learning rate of the first epoch."""
        return RATES[self.optimizer] if self.learning_rate is None else self.learning_rate

    def lengths(self, seed: int, epoch: int) -> Iterator[int]:
        """Yield the steps of one window of an epoch after the other; the last ends with the text.

        Args:
            seed: The training's.
            epoch: Counts from 0.
        """
        if not self.random_steps:
            return repeat(self.steps)
        return random_lengths(self.steps, rng_for(seed, epoch, "steps"))

    def n_updates(self, n_steps: int, seed: int, epoch: int) -> int:
        """Return how many windows an epoch over so many steps has."""
        if not self.random_steps:
            return -(-n_steps // self.steps)
        ends = accumulate(self.lengths(seed, epoch))
        return 1 + sum(1 for _ in takewhile(lambda end: end < n_steps, ends))

    def rate(self, epoch: int, done: float = 0.0) -> float:
        """Return the learning rate of an update.

        Args:
            epoch: Counts from 0.
            done: The share of the epoch that is done.
        """
        if self.shape == "cosine":
            return self.first_rate * 0.5 * (1 + math.cos(math.pi * (epoch + done) / self.epochs))
        return self.first_rate * self.decay ** max(0, epoch + 1 - self.full_epochs)


LATER = ("random_steps", "activation_penalty", "temporal_penalty", "nonmonotone")
"""Settings that came later than trainings that are still to be gone on with."""


def random_lengths(steps: int, rng: np.random.Generator) -> Iterator[int]:
    """Yield the steps of one window after the other.

    Source: Merity et al. 2017, section 4.1.

    Args:
        steps: Their usual number.
        rng: The source of chance.
    """
    while True:
        mean = steps / 2 if rng.random() < P_HALF else steps
        yield max(LEAST_STEPS, int(rng.normal(mean, DEVIATION)))


def n_scored(n_tokens: int, schedule: Schedule) -> int:
    """Return how many tokens of a validation text are scored after an epoch that is not the last.

    Args:
        n_tokens: Those of the text.
        schedule: Says which share.
    """
    return max(2, math.ceil(n_tokens * schedule.scored))


def check_length(n_tokens: int, schedule: Schedule) -> None:
    """Check that a training text fills a batch.

    Raises:
        DataError: It has fewer tokens than one window of all pieces.
    """
    least = schedule.batch * (schedule.steps + 1) * schedule.parts
    if n_tokens < least:
        each = "" if schedule.parts == 1 else f" in each of {schedule.parts} parts"
        smaller = "`batch` or `steps`" if schedule.parts == 1 else "`parts`, `batch` or `steps`"
        raise DataError(
            [
                f"The training text has {n_tokens:,} tokens, and one window of {schedule.batch} "
                f"pieces x {schedule.steps} steps{each} needs {least:,}. Give a longer text, or "
                f"a smaller {smaller}."
            ]
        )
