"""Ask and tell: try every design once, then draw designs, learning rates and decays at random.

Random search is what a careful user would tune with (Bergstra & Bengio 2012). Each network draws
first weights of its own, so that seeds are tried as well; the best are trained again, longer and
longer, from the weights that they have: see `search/rungs.py`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.errors import ConfigError, GenomeError
from cellcolony.networks.builders import draw_weights
from cellcolony.networks.genome import Network
from cellcolony.search.fixed.designs import OF_ONE_LAYER, Design
from cellcolony.search.fixed.settings import FixedNetworks
from cellcolony.search.rungs import Rungs


def menu(settings: FixedNetworks, problem: Problem) -> Iterator[Design]:
    """Yield every design of the settings once."""
    for kind in dict.fromkeys(settings.designs):
        windows = settings.windows if kind in settings.windowed else (1,)
        for n_layers in (1,) if kind in OF_ONE_LAYER else dict.fromkeys(settings.layers):
            for width in dict.fromkeys(one or len(problem.inputs) for one in settings.widths):
                for n_lags in dict.fromkeys(windows):
                    yield Design(kind, n_layers, width, n_lags)


class Trial(NamedTuple):
    """A network in training, or one that waits.

    Attributes:
        number: Its number as a candidate.
        design: What it is.
        rate: Its factor of the learning rate.
        rung: Where it runs, or has run last.
        loss: Its validation loss; infinite before its training.
        weights: `(n_all_weights,)`, those of its last training; None before.
        epochs: The epochs of training behind them.
        weight_decay: By how much its weights decay while it is trained.
    """

    number: int
    design: Design
    rate: float
    rung: int = 0
    loss: float = math.inf
    weights: NDArray[np.float32] | None = None
    epochs: int = 0
    weight_decay: float = 0.0

    @property
    def niche(self) -> str:
        """All are compared with all."""
        return ""

    @property
    def order(self) -> tuple[float, int]:
        """The best come first, of equals the earliest."""
        return self.loss, self.number

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain arrays and values."""
        loss = None if math.isinf(self.loss) else self.loss
        return {**self._asdict(), "design": self.design._asdict(), "loss": loss}

    @staticmethod
    def from_dict(data: Mapping[str, Any]) -> Trial:
        """Read what `to_dict` wrote.

        Raises:
            ConfigError: A value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        saved = data["design"]
        sizes = (int(saved[name]) for name in ("n_layers", "width", "n_lags"))
        design = Design(str(saved["kind"]), *sizes)
        rate, decay = float(data["rate"]), float(data["weight_decay"])
        loss, weights = data["loss"], data["weights"]
        trial = Trial(
            int(data["number"]), design, rate, int(data["rung"]),
            math.inf if loss is None else float(loss),
            None if weights is None else np.asarray(weights, np.float32), int(data["epochs"]),
            decay,
        )  # fmt: skip
        counts = trial.number, trial.rung, trial.epochs
        is_trained = 0 < rate < math.inf and 0 <= decay <= 1
        if not is_trained or math.isnan(trial.loss) or min(counts) < 0:
            raise ConfigError("The state of the fixed networks holds a value that is impossible.")
        return trial


@dataclass
class Tuning:
    """A search at work; it follows the contract `cellcolony.contract.Search`.

    It never answers WAIT or DONE.

    Attributes:
        settings: Its settings.
        problem: The columns.
        deck: Every design once, in the order of the first round.
        rungs: Who waits to be trained longer.
        out: What is being trained, by number.
        n_first: First trainings asked for.
    """

    settings: FixedNetworks
    problem: Problem
    deck: list[Design]
    rungs: Rungs[Trial]
    out: dict[int, Trial]
    n_first: int = 0

    @staticmethod
    def start(settings: FixedNetworks, problem: Problem, rng: np.random.Generator) -> Tuning:
        """Begin a search for a problem, with the designs in an order that `rng` draws."""
        designs = list(menu(settings, problem))
        deck = [designs[i] for i in rng.permutation(len(designs))]
        rungs: Rungs[Trial] = Rungs.start(settings.efforts, settings.shares)
        return Tuning(settings, problem, deck, rungs, {})

    @staticmethod
    def from_state(settings: FixedNetworks, problem: Problem, state: Mapping[str, Any]) -> Tuning:
        """Continue where `state` left off.

        Raises:
            ConfigError, GenomeError: The state is that of another search, or a value cannot be.
            KeyError, TypeError, ValueError: A value is missing or of another kind.
        """
        designs = list(menu(settings, problem))
        places = [int(place) for place in state["deck"]]
        if sorted(places) != list(range(len(designs))):
            raise ConfigError("The state is that of a search among other fixed networks.")
        rungs: Rungs[Trial] = Rungs.start(settings.efforts, settings.shares)
        tuning = Tuning(settings, problem, [designs[place] for place in places], rungs, {})

        def read(saved: Mapping[str, Any]) -> Trial:
            trial = Trial.from_dict(saved)
            if trial.design not in designs:
                raise ConfigError("The state is that of a search among other fixed networks.")
            if trial.weights is not None:
                tuning._network(trial.design).with_weights(trial.weights)  # raises if they misfit
            return trial

        def read_trained(saved: Mapping[str, Any]) -> Trial:
            trial = read(saved)
            if trial.weights is None:
                raise ConfigError("The state holds a network that waits without weights.")
            return trial

        rungs.restore(state["rungs"], read_trained)
        tuning.out = {one.number: one for one in map(read, state["out"])}
        tuning.n_first = int(state["n_first"])
        highest = max((one.rung for one in tuning.out.values()), default=0)
        if tuning.n_first < 0 or highest >= len(settings.efforts):
            raise ConfigError("The state of the fixed networks holds a value that is impossible.")
        return tuning

    @property
    def pending(self) -> Collection[int]:
        """The numbers that were asked and not told."""
        return self.out.keys()

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network for its first training, or one that is trained longer."""
        one = self.rungs.promote()
        if one is not None:
            return self._again(number, one)
        trial = self._draw(number, rng)
        effort = self.settings.efforts[0]
        self.n_first += 1
        self.rungs.spend("0", effort)
        self.out[number] = trial
        network = draw_weights(self._network(trial.design), rng)
        return Candidate(
            number, network, how=_how(trial), effort=effort, rate=trial.rate,
            weight_decay=trial.weight_decay,
        )  # fmt: skip

    def _draw(self, number: int, rng: np.random.Generator) -> Trial:
        """Return the next design of the first round, or one with rate and decay drawn at random."""
        if self.n_first < len(self.deck):
            return Trial(number, self.deck[self.n_first], 1.0)
        design = self.deck[rng.integers(len(self.deck))]
        furthest = math.log(self.settings.rate_factor)
        rate = float(np.exp(rng.uniform(-furthest, furthest)))
        decays = self.settings.weight_decays
        return Trial(number, design, rate, weight_decay=decays[rng.integers(len(decays))])

    def _again(self, number: int, one: Trial) -> Candidate:
        assert one.weights is not None
        trial = one._replace(number=number, rung=one.rung + 1, loss=math.inf)
        self.out[number] = trial
        network = self._network(one.design).with_weights(one.weights)
        how = {**_how(trial), "trained_again": one.number}
        return Candidate(
            number, network, parents=(one.number,), how=how,
            effort=self.settings.efforts[trial.rung], rate=one.rate,
            weight_decay=one.weight_decay, least_gain=self.settings.least_gain,
        )  # fmt: skip

    def _network(self, design: Design) -> Network:
        return _built(design, self.problem, self.settings.recurrent)

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Let a network wait to be trained longer.

        Raises:
            KeyError: The number was never asked or was told before.
            GenomeError: The trained weights are not as many as the network's.
        """
        if number not in self.out:
            raise KeyError(f"Candidate {number} was never asked, or was told before.")
        trial, weights = self.out[number], evaluation.weights
        if evaluation.failure is None and weights is not None:
            n_weights = self._network(trial.design).n_all_weights
            if weights.shape != (n_weights,):
                raise GenomeError(
                    f"The trained weights must have shape ({n_weights},). Got {weights.shape}."
                )
        del self.out[number]
        if weights is None or not math.isfinite(evaluation.loss) or not np.isfinite(weights).all():
            return
        epochs = trial.epochs + evaluation.n_epochs
        trained = trial._replace(loss=evaluation.loss, weights=weights, epochs=epochs)
        self.rungs.admit(trained, evaluation.has_gained)

    def state(self) -> dict[str, Any]:
        """Return everything that `from_state` needs, as plain arrays and values."""
        places = {design: place for place, design in enumerate(menu(self.settings, self.problem))}
        return {
            "deck": [places[design] for design in self.deck],
            "rungs": self.rungs.to_dict(),
            "out": [one.to_dict() for one in self.out.values()],
            "n_first": self.n_first,
        }


@lru_cache(maxsize=256)
def _built(design: Design, problem: Problem, recurrent: bool) -> Network:
    return design.build(problem, recurrent)


def _how(trial: Trial) -> dict[str, Any]:
    return {**trial.design._asdict(), "epochs_before": trial.epochs, "rung": trial.rung}
