"""A method of search of your own: a hill climber, held against random search on equal terms.

You learn what a method is (settings, `ask`, `tell`, `state`: see `cellcolony/contract.py`), how it
is registered, and how to judge it: beside a control that draws from the same space, learns nothing
and has as many trainings, and over several seeds.

    python examples/own_method.py                            # a minute
    python examples/own_method.py --networks 100 --seeds 5   # a better answer

A method that stays belongs in a package with an entry point of the group `cellcolony.methods`, as
the cell of examples/own_cell: then the command line and other processes know it too.
"""

import argparse
from collections.abc import Mapping
from dataclasses import dataclass, field
from statistics import fmean
from typing import Annotated, Any

import numpy as np
from annotated_types import Ge

from cellcolony import Forecast, Network, evolve
from cellcolony.contract import Candidate, Evaluation, Problem
from cellcolony.networks.builders import draw_weights, fixed_network
from cellcolony.search.methods import METHODS, Method
from cellcolony.settings import settings

CELLS = ("simple", "gru")


@settings
class Climber:
    """What may be chosen of a climber; these would be options of the command line.

    Attributes:
        widest: The most nodes of the hidden layer.
        longest: The longest time skip of its recurrent edges.
        learns: Whether it starts from the best so far; the control does not.
    """

    widest: Annotated[int, Ge(1)] = 16
    longest: Annotated[int, Ge(1)] = 12
    learns: bool = True


@settings
class RandomClimber:
    """The control: the same draws, each from a place that is drawn too."""

    climber: Climber = Climber()


@dataclass
class Climb:
    """A climber at work. A place is the cell, the width and the longest skip of one layer."""

    settings: Climber
    problem: Problem
    best: tuple[float, list[int]] | None = None
    places: dict[int, list[int]] = field(default_factory=dict)  # of what was asked and not told

    @property
    def pending(self) -> frozenset[int]:
        """The numbers that were asked and not told."""
        return frozenset(self.places)

    def ask(self, number: int, rng: np.random.Generator) -> Candidate:
        """Return a network: a step away from the best so far, or anywhere."""
        sizes = len(CELLS), self.settings.widest, self.settings.longest
        place = [int(rng.integers(size)) for size in sizes]
        if self.best is not None and self.settings.learns:
            changed = int(rng.integers(len(sizes)))  # the others stay as they are in the best
            _, best = self.best
            place = [*best[:changed], place[changed], *best[changed + 1 :]]
        self.places[number] = place
        return Candidate(number, self.network(place, rng), how={"place": place})

    def network(self, place: list[int], rng: np.random.Generator) -> Network:
        """Return the network of a place, with first weights."""
        cell, width, longest = place
        network = fixed_network(
            [CELLS[cell]], len(self.problem.inputs), len(self.problem.outputs), width=width + 1,
            time_skips=range(1, longest + 2), output_cell=self.problem.output_cell,
            input_names=self.problem.inputs, output_names=self.problem.outputs,
        )  # fmt: skip
        return draw_weights(network, rng)

    def tell(self, number: int, evaluation: Evaluation) -> None:
        """Move to a better place; a failed candidate has an infinite loss."""
        place = self.places.pop(number)
        if self.best is None or evaluation.loss < self.best[0]:
            self.best = evaluation.loss, place

    def state(self) -> dict[str, Any]:
        """Return what a killed search goes on from."""
        loss, place = self.best or (None, None)
        places = [[number, *place] for number, place in self.places.items()]
        return {"loss": loss, "place": place, "places": places}


def restored(settings: Climber, problem: Problem, state: Mapping[str, Any]) -> Climb:
    """Return a climb as `Climb.state` left it."""
    best = None if state["loss"] is None else (float(state["loss"]), list(state["place"]))
    return Climb(settings, problem, best, {one[0]: one[1:] for one in state["places"]})


METHODS.register("climber")(
    Method(
        settings=Climber,
        genome="network",
        start=lambda settings, problem, rng: Climb(settings, problem),
        restore=restored,
        summary="One layer, changed in one respect at a time.",
        cells=lambda settings: CELLS,
    )
)
METHODS.register("random-climber")(
    Method(
        settings=RandomClimber,
        genome="network",
        start=lambda settings, problem, rng: Climb(settings.climber, problem),
        restore=lambda settings, *rest: restored(settings.climber, *rest),
        summary="The control of the climber.",
        control_of="climber",
        like=lambda settings: RandomClimber(Climber(settings.widest, settings.longest, False)),
        cells=lambda settings: CELLS,
    )
)


def main() -> None:
    """Compare the climber with its control over several seeds."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--networks", type=int, default=30, help="of each search")
    options.add_argument("--seeds", type=int, default=3, help="how often both are run")
    given = options.parse_args()

    task, budget = Forecast.demo(), f"{given.networks} networks"
    print(f"Test MAE after {given.networks} networks each:\n\nseed  climber   random")
    climbed, drawn = [], []
    for seed in range(given.seeds):
        result = evolve(task, Climber(), budget, control="random", rivals=("ridge",), seed=seed)
        control = next(model for model in result.models if model.role == "control")
        climbed.append(result.models[0].value("test"))
        drawn.append(control.value("test"))
        print(f"{seed:4}  {climbed[-1]:.4f}   {drawn[-1]:.4f}")
    print(f"mean  {fmean(climbed):.4f}   {fmean(drawn):.4f}")
    n_won = sum(one < other for one, other in zip(climbed, drawn, strict=True))
    print(f"\nThe climber is ahead with {n_won} of {given.seeds} seeds.")


if __name__ == "__main__":
    main()
