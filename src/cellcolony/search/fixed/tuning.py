"""Ask and tell: try every design once, then draw designs and learning rates at random.

Random search is what a careful user would tune with (Bergstra & Bengio 2012). Each network draws
first weights of its own, so that seeds are tried as well; the best of a first training are trained
again, longer, as the ants' networks are.
"""

from __future__ import annotations

import math
from bisect import insort
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.builders import draw_weights
from cellcolony.networks.genome import Network
from cellcolony.search.fixed.designs import Design, menu
from cellcolony.search.fixed.settings import FixedNetworks


class Trial(NamedTuple):
    """One training.

    Attributes:
        design: What is trained.
        rate: Its factor of the learning rate.
        again: Whether it is the second training of a network.
    """

    design: Design
    rate: float
    again: bool = False

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {**self.design._asdict(), "rate": self.rate, "again": self.again}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Trial:
        """Read what `to_dict` wrote.

        Raises:
            KeyError, TypeError, ValueError: A value is missing or invalid.
        """
        design = Design(str(data["kind"]), int(data["n_layers"]), int(data["width"]))
        rate = float(data["rate"])
        if not 0 < rate < math.inf:
            raise ValueError(f"a factor of the learning rate must be above 0, not {rate}")
        return Trial(design, rate, bool(data["again"]))


class Waiting(NamedTuple):
    """A network that waits for its second training; the best comes first.

    Attributes:
        loss: The validation loss of its first training.
        number: Its number as a candidate.
        trial: How it was trained.
        weights: `(n_all_weights,)`: where its second training starts.
        epochs: The epochs of training behind them.
    """

    loss: float
    number: int
    trial: Trial
    weights: NDArray[np.float32]
    epochs: int


@dataclass
class Tuning:
    """A search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE.

    Attributes:
        settings: Its settings.
        problem: The columns.
        deck: Every design once, in the order of the first round.
        trials: What is out, by number.
        waiting: Who waits for a second training, best first.
        n_first: First trainings asked for.
        n_second: Second trainings asked for.
    """

    settings: FixedNetworks
    problem: Problem
    deck: list[Design]
    trials: dict[int, Trial]
    waiting: list[Waiting]
    n_first: int = 0
    n_second: int = 0

    @staticmethod
    def start(settings: FixedNetworks, problem: Problem, rng: np.random.Generator) -> Tuning:
        """Begin a search for a problem, with the designs in an order that `rng` draws."""
        designs = list(menu(settings, problem))
        return Tuning(
            settings, problem, [designs[i] for i in rng.permutation(len(designs))], {}, []
        )

    @staticmethod
    def from_state(settings: FixedNetworks, problem: Problem, state: Mapping[str, Any]) -> Tuning:
        """Continue where `state` left off.

        Raises:
            ConfigError: The state is that of another search.
            KeyError, TypeError, ValueError: A value is missing or invalid.
        """
        designs = list(menu(settings, problem))
        places = [int(place) for place in state["deck"]]
        if sorted(places) != list(range(len(designs))):
            raise ConfigError("The state is that of a search among other fixed networks.")
        trials = {int(saved["number"]): Trial.from_dict(saved) for saved in state["trials"]}
        waiting = [
            Waiting(
                float(saved["loss"]), int(saved["number"]), Trial.from_dict(saved),
                np.asarray(saved["weights"], np.float32), int(saved["epochs"]),
            )
            for saved in state["waiting"]
        ]  # fmt: skip
        n_first, n_second = int(state["n_first"]), int(state["n_second"])
        known = {one.design for one in (*trials.values(), *(one.trial for one in waiting))}
        if not known <= set(designs):
            raise ConfigError("The state is that of a search among other fixed networks.")
        counts = n_first, n_second, *trials, *(one.epochs for one in waiting)
        if min(counts) < 0 or any(not math.isfinite(one.loss) for one in waiting):
            raise ConfigError("The state of the fixed networks holds a value that is impossible.")
        deck = [designs[place] for place in places]
        tuning = Tuning(settings, problem, deck, trials, sorted(waiting, key=_order))
        tuning.n_first, tuning.n_second = n_first, n_second
        for one in waiting:
            tuning._network(one.trial.design).with_weights(one.weights)  # raises if they do not fit
        return tuning

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self.trials.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network for its first training, or one whose second training is due."""
        effort = self.settings.second_training
        after = effort * (self.n_second + 1)
        if effort and self.waiting and after <= self.settings.second_share * (self.n_first + after):
            self.n_second += 1
            return self._again(number, self.waiting.pop(0))
        trial = self._draw(rng)
        self.n_first += 1
        self.trials[number] = trial
        network = draw_weights(self._network(trial.design), rng)
        return Candidate(number, network, how=_how(trial, epochs_before=0), rate=trial.rate)

    def _draw(self, rng: np.random.Generator) -> Trial:
        """Return the next design of the first round, or a random one with a random rate."""
        if self.n_first < len(self.deck):
            return Trial(self.deck[self.n_first], 1.0)
        design = self.deck[rng.integers(len(self.deck))]
        furthest = math.log(self.settings.rate_factor)
        return Trial(design, float(np.exp(rng.uniform(-furthest, furthest))))

    def _again(self, number: int, one: Waiting) -> Candidate:
        self.trials[number] = one.trial._replace(again=True)
        network = self._network(one.trial.design).with_weights(one.weights)
        how = {**_how(one.trial, one.epochs), "trained_again": one.number}
        return Candidate(
            number, network, parents=(one.number,), how=how,
            effort=self.settings.second_training, rate=one.trial.rate,
        )  # fmt: skip

    def _network(self, design: Design) -> Network:
        return _built(design, self.problem, self.settings.recurrent)

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Let a good network wait for its second training.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        if number not in self.trials:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        trial, weights = self.trials[number], evaluation.weights
        if evaluation.failure is None and weights is not None:
            n_weights = self._network(trial.design).n_all_weights
            if weights.shape != (n_weights,):
                raise GenomeError(
                    f"The trained weights must have shape ({n_weights},). Got {weights.shape}."
                )
        del self.trials[number]
        if trial.again or weights is None or not math.isfinite(evaluation.loss):
            return
        if self.settings.second_training and np.isfinite(weights).all():
            one = Waiting(evaluation.loss, number, trial, weights, evaluation.n_epochs)
            insort(self.waiting, one, key=_order)
            del self.waiting[self.settings.population :]

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        places = {design: place for place, design in enumerate(menu(self.settings, self.problem))}
        return {
            "deck": [places[design] for design in self.deck],
            "trials": [{"number": n, **trial.to_dict()} for n, trial in self.trials.items()],
            "waiting": [
                {**one.trial.to_dict(), "number": one.number, "loss": one.loss,
                 "weights": one.weights.copy(), "epochs": one.epochs}
                for one in self.waiting
            ],
            "n_first": self.n_first,
            "n_second": self.n_second,
        }  # fmt: skip


@lru_cache(maxsize=256)
def _built(design: Design, problem: Problem, recurrent: bool) -> Network:
    return design.build(problem, recurrent)


def _order(one: Waiting) -> tuple[float, int]:
    return one.loss, one.number


def _how(trial: Trial, epochs_before: int) -> dict[str, Any]:
    return {**trial.design._asdict(), "epochs_before": epochs_before}
