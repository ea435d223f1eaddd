"""A method of search of your own: a hill climber, held against random search on equal terms.

You learn what a method is (settings, `ask`, `tell`, `state`: see `cellcolony/contract/`), how it
is registered, and how to judge it: beside a control that draws from the same space, learns nothing
and has as many trainings, and over several seeds.

    python examples/own_method.py                            # less than a minute
    python examples/own_method.py --networks 100 --seeds 5   # a better answer

A method that stays belongs in a package with an entry point of the group `cellcolony.methods`, as
the cell of examples/own_cell: then the command line and other processes know it too.
"""

import math
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from statistics import fmean
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from cellcolony import Forecast, evolve
from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.networks.builders import draw_weights, network_for
from cellcolony.search.methods import METHODS, Method
from cellcolony.settings import settings

CELLS = ("simple", "gru")


@settings
class Climber:
    """What may be chosen of a climber; these would be options of the command line."""

    widest: Annotated[int, Ge(1)] = 16  # nodes of the hidden layer, at most
    longest: Annotated[int, Ge(1)] = 12  # time skip of its recurrent edges, at most
    learns: bool = True  # whether it starts from the best so far; the control does not


@settings
class RandomClimber:
    """The control: the same draws, each from a place that is drawn too."""

    climber: Climber = Climber()


@dataclass
class Climb:
    """A climber at work. A place is the cell, the width and the longest skip of one layer."""

    settings: Climber
    problem: Problem
    loss: float = math.inf
    best: list[int] = field(default_factory=list)
    places: dict[int, list[int]] = field(default_factory=dict)  # of what was asked and not told

    @property
    def pending(self) -> frozenset[int]:
        """The numbers that were asked and not told."""
        return frozenset(self.places)

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network: a step away from the best so far, or anywhere."""
        sizes = len(CELLS), self.settings.widest, self.settings.longest
        place = [int(rng.integers(size)) for size in sizes]
        if self.best and self.settings.learns:
            changed = int(rng.integers(len(sizes)))  # the others stay as they are in the best
            place = [*self.best[:changed], place[changed], *self.best[changed + 1 :]]
        self.places[number] = place
        cell, width, longest = place
        skips = range(1, longest + 2)
        network = network_for(self.problem, [CELLS[cell]], width=width + 1, time_skips=skips)
        return Candidate(number, draw_weights(network, rng), how={"place": place})

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Move to a better place; a failed candidate has an infinite loss."""
        place = self.places.pop(number)
        if evaluation.loss < self.loss:
            self.loss, self.best = evaluation.loss, place

    def state(self) -> dict[str, Any]:
        """Return what a killed search goes on from, as plain values."""
        places = [[number, *place] for number, place in self.places.items()]
        return {"loss": self.loss if self.best else None, "best": self.best, "places": places}


def restored(settings: Climber, problem: Problem, state: Mapping[str, Any]) -> Climb:
    """Return a climb as `Climb.state` left it."""
    places = {number: place for number, *place in state["places"]}
    loss = math.inf if state["loss"] is None else state["loss"]
    return Climb(settings, problem, loss, list(state["best"]), places)


CLIMBER = Method(
    settings=Climber,
    genome="network",
    start=lambda settings, problem, rng: Climb(settings, problem),
    restore=restored,
    summary="One layer, changed in one respect at a time.",
    cells=lambda settings: CELLS,
)
CONTROL = replace(
    CLIMBER,
    settings=RandomClimber,
    start=lambda settings, problem, rng: Climb(settings.climber, problem),
    restore=lambda settings, *rest: restored(settings.climber, *rest),
    control_of="climber",
    like=lambda settings: RandomClimber(replace(settings, learns=False)),
)
METHODS.register("climber")(CLIMBER)
METHODS.register("random-climber")(CONTROL)


def main() -> None:
    """Compare the climber with its control over several seeds."""
    options = ArgumentParser(description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    options.add_argument("--networks", type=int, default=30, help="of each search")
    options.add_argument("--seeds", type=int, default=3, help="how often both are run")
    given = options.parse_args()

    task, budget = Forecast.demo(), f"{given.networks} networks"
    print(f"Test MAE after {given.networks} networks each:\n\nseed  climber   random")
    pairs = []
    for seed in range(given.seeds):
        result = evolve(task, Climber(), budget, control="random", rivals=("ridge",), seed=seed)
        control = next(model for model in result.models if model.role == "control")
        pairs.append((result.models[0].value("test"), control.value("test")))
        print("{:4}  {:.4f}   {:.4f}".format(seed, *pairs[-1]))
    print("mean  {:.4f}   {:.4f}".format(*map(fmean, zip(*pairs, strict=True))))
    n_won = sum(climbed < drawn for climbed, drawn in pairs)
    print(f"\nThe climber is ahead with {n_won} of {given.seeds} seeds.")


if __name__ == "__main__":
    main()
