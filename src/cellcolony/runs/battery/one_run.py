"""One run of a battery: a search on one thread, and the errors of its best network."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from cellcolony.judges.network_training import begin_training
from cellcolony.networks.genome import Network
from cellcolony.runs.battery.grid import Configuration
from cellcolony.runs.battery.record import Record
from cellcolony.runs.bench import Bench
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.colony import colony_of
from cellcolony.runs.failing import told_reasons
from cellcolony.runs.loop import Flight, run_search
from cellcolony.runs.scores import mean_mae
from cellcolony.runs.scoring import Scorer
from cellcolony.runs.workplaces.executors import judging
from cellcolony.search.ants.entropy import entropy
from cellcolony.tasks.forecast import Forecast


@dataclass(frozen=True)
class Job:
    """What a worker is given beside the data.

    Attributes:
        configuration: The experiment.
        repeat: Which of its repeats.
        seed: The seed of this repeat.
        budget: When the search ends.
    """

    configuration: Configuration
    repeat: int
    seed: int
    budget: Budget

    def failed(
        self, reason: str, seconds: float = 0.0, n_networks: int = 0, n_failed: int = 0
    ) -> Record:
        """Return the record of a run that found nothing."""
        return Record(
            configuration=self.configuration.label,
            levels=dict(self.configuration.levels),
            repeat=self.repeat,
            seed=self.seed,
            seconds=round(seconds, 3),
            n_networks=n_networks,
            n_failed=n_failed,
            failure=reason,
        )


def run_job(job: Job, task: Forecast) -> Record:
    """Search, and score the network that is best on validation.

    The search is the one that `evolve` makes with the same seed on one worker. A network whose
    forecasts run off to infinity is a failure of the run: left out of the medians it would flatter
    them, and no table can hold it.
    """
    protocol = job.configuration.protocol
    bench = Bench.of(task, protocol, job.seed, workers=1, order="arrival")
    standing, books = bench.start(job.configuration.search), Bookkeeping()
    begin = partial(begin_training, bench.trainer, bench.caps, ())
    with judging(begin, "threads", 1) as (submit, stop):
        flight = Flight(standing, submit, books.emit)
        ended = run_search(flight, job.budget, workers=1, stop=stop)
    front, spent = tuple(books.front), (ended.seconds, books.n_done, books.failures.total())
    if not front:
        return job.failed(told_reasons(books.failures), *spent)
    best = front[-1]
    scores = Scorer(task, protocol.residual).score([best], "valid", "test")
    valid, test = (mean_mae(scores, best.number, split) for split in ("valid", "test"))
    if not all(error is None or math.isfinite(error) for error in (valid, test)):
        reason = f"the best network's forecasts are not finite (valid MAE {valid}, test MAE {test})"
        return job.failed(reason, *spent)
    n_hidden, n_edges, n_recurrent_edges = _counts(best.network)
    colony = colony_of(standing.search)
    return Record(
        configuration=job.configuration.label,
        levels=dict(job.configuration.levels),
        repeat=job.repeat,
        seed=job.seed,
        seconds=round(ended.seconds, 3),
        n_networks=books.n_done,
        n_failed=books.failures.total(),
        valid=valid,
        test=test,
        loss=best.loss,
        n_weights=best.network.n_weights,
        n_hidden=n_hidden,
        n_edges=n_edges,
        n_recurrent_edges=n_recurrent_edges,
        entropy=None if colony is None else entropy(colony.layout, colony.pheromones).mean,
    )


def _counts(network: Network) -> tuple[int, int, int]:
    """Return how many hidden nodes, edges and recurrent edges can reach an output."""
    n_edges, n_recurrent = len(network.edges), len(network.recurrent_edges)
    used = network.live_weights
    hidden = sum(node.kind == "hidden" and node.id in network.live for node in network.nodes)
    return hidden, int(used[:n_edges].sum()), int(used[n_edges : n_edges + n_recurrent].sum())
