"""The Meta-LSTM: two networks of encoder and decoder, whose predictions are averaged.

Source: Rawal & Miikkulainen 2018, sections 3.5 and 4.2. What is marked [ours] was decided here
because the paper does not say it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from cellcolony.judges.meta.curve import Prefixes
from cellcolony.judges.meta.predictors import PREDICTORS, Arrays, array_of
from cellcolony.layers.needs import check_extra
from cellcolony.seeds import rng_for

MOST_STEPS = 1_000
"""Of a decoder."""
LAYERS, UNITS = 2, 40
"""Of encoder and decoder each (section 4.2)."""


@PREDICTORS.register("meta-lstm")
@dataclass(frozen=True, eq=False)
class MetaLstm:
    """The mean of what a decoder of 30 steps and one of a single step come to.

    Marks, and final losses, are in units of their own mean and deviation on the curves of training
    [ours].

    Attributes:
        mean: `(marks + 1,)` of each mark, and of final losses.
        scale: `(marks + 1,)`, their deviations.
        steps: `(2,) int64`, of each decoder: 30 and 1.
        weights: Of each network, by name.
    """

    title: ClassVar[str] = "Meta-LSTM"
    source: ClassVar[str] = "Rawal & Miikkulainen 2018"

    mean: NDArray[np.float64]
    scale: NDArray[np.float64]
    steps: NDArray[np.int64]
    weights: tuple[Mapping[str, NDArray[np.float64]], ...]

    @classmethod
    def fit(cls, train: Prefixes, valid: Prefixes, seed: int) -> MetaLstm:
        """Train both networks.

        Raises:
            ConfigError: Torch is missing.
        """
        check_extra()
        from cellcolony.judges.meta import sequence

        whole = np.column_stack([train.first, train.final])
        mean, scale = whole.mean(0), np.maximum(whole.std(0), 1e-6)
        curves, check = (
            ((one.first - mean[:-1]) / scale[:-1], one.final) for one in (train, valid)
        )
        steps, found = (train.n_marks - train.first.shape[1], 1), []
        for n_steps in steps:
            rng = rng_for(seed, n_steps, "meta-lstm")
            network = sequence.Sequence(n_steps, (LAYERS, UNITS), rng)
            sequence.train(network, curves, check, (float(mean[-1]), float(scale[-1])), rng)
            found.append(sequence.weights_of(network))
        return cls(mean, scale, np.array(steps), tuple(found))

    @cached_property
    def _networks(self) -> list[Any]:
        check_extra()
        from cellcolony.judges.meta.sequence import with_weights

        shape = LAYERS, UNITS
        both = zip(self.steps.tolist(), self.weights, strict=True)
        return [with_weights(n_steps, shape, weights) for n_steps, weights in both]

    def predict(self, first: NDArray[np.float64]) -> NDArray[np.float64]:
        """Return the mean of both networks.

        Raises:
            ConfigError: Torch is missing.
        """
        networks = self._networks
        from cellcolony.judges.meta.sequence import run

        standard = (first - self.mean[:-1]) / self.scale[:-1]
        both = [run(network, standard) for network in networks]
        return self.mean[-1] + self.scale[-1] * np.mean(both, axis=0)

    def to_arrays(self) -> dict[str, NDArray[Any]]:
        """Return the weights of both networks, and the units."""
        found = {"mean": self.mean, "scale": self.scale, "steps": self.steps}
        for i, weights in enumerate(self.weights):
            found |= {f"{i}.{name}": one for name, one in weights.items()}
        return found

    @classmethod
    def from_arrays(cls, arrays: Arrays, n_first: int) -> MetaLstm:
        """Read the weights.

        Raises:
            KeyError, ValueError: An array is missing, or of another shape or kind.
        """
        mean, scale = (array_of(arrays, name, (n_first + 1,)) for name in ("mean", "scale"))
        steps = array_of(arrays, "steps", (2,), np.int64)
        if (scale <= 0).any() or (steps < 1).any() or (steps > MOST_STEPS).any():
            raise ValueError(f"scale must be above 0, and steps from 1 to {MOST_STEPS:,}")
        weights = tuple(
            {name: array_of(arrays, f"{i}.{name}", shape) for name, shape in _SHAPES.items()}
            for i in range(len(steps))
        )
        return cls(mean, scale, steps, weights)


def _shapes() -> dict[str, tuple[int, ...]]:
    found: dict[str, tuple[int, ...]] = {"head.weight": (1, UNITS), "head.bias": (1,)}
    for part in ("encoder", "decoder"):
        for layer in range(LAYERS):
            found[f"{part}.weight_ih_l{layer}"] = (4 * UNITS, UNITS if layer else 1)
            found[f"{part}.weight_hh_l{layer}"] = (4 * UNITS, UNITS)
            found |= {f"{part}.bias_{of}_l{layer}": (4 * UNITS,) for of in ("ih", "hh")}
    return found


_SHAPES = _shapes()
"""Of the weights of one network, by the names that torch gives them."""
