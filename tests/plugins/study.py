"""A study that uses every member of the package `colony_extras`, for a process of its own."""

from __future__ import annotations

import sys
from dataclasses import replace

from cellcolony.judges import JUDGES
from cellcolony.networks.protocol import protocol
from cellcolony.runs.stages.rivals import RivalsStage
from cellcolony.runs.stages.search import SearchStage
from cellcolony.runs.study import Study
from cellcolony.search.ants import AntSwarm
from cellcolony.search.methods import METHODS
from cellcolony.tasks import TASKS
from cellcolony.tasks.forecast import Forecast


def ants() -> Study:
    """Return a search by ants of a foreign species, on foreign pheromone, with a foreign cell."""
    swarm = AntSwarm(
        n_ants=4, n_layers=1, n_nodes_per_layer=4, cells=("leaky", "simple"),
        species=("wanderer", "forward_recurrent"), pheromone="halfway", population=4,
    )  # fmt: skip
    return _study(Forecast.demo(), swarm, stages=(SearchStage(), RivalsStage(names=("median-3",))))


def layered(**more: object) -> Study:
    """Return a search by a foreign method, on a foreign task, with a foreign judge."""
    task = TASKS["counts"].demo()  # pyright: ignore[reportAttributeAccessIssue]
    judge = JUDGES["two-rungs"](group=2, effort=3)  # pyright: ignore[reportCallIssue]
    return _study(task, METHODS["layered"].settings(widest=4, cell="leaky"), judge=judge, **more)


def _study(task, method, **more):
    return Study.of(task, method, training=replace(protocol("modern"), epochs=1), **more)


if __name__ == "__main__":
    which, out, budget, executor = sys.argv[1:]
    {"ants": ants, "layered": layered}[which]().run(budget, out=out, executor=executor, workers=1)
