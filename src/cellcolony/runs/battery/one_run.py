"""One run of a battery: a study on one thread, and the errors of what it found."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from cellcolony.errors import CellcolonyError
from cellcolony.networks.genome import Network
from cellcolony.runs.battery.grid import Configuration
from cellcolony.runs.battery.record import Record
from cellcolony.runs.bookkeeping import Bookkeeping
from cellcolony.runs.budget import Budget
from cellcolony.runs.events import Asked, Event
from cellcolony.runs.result import Result
from cellcolony.runs.stage import STAGES, Stage
from cellcolony.runs.stages.finals import FinalsStage
from cellcolony.runs.study import Study
from cellcolony.search.methods import METHODS
from cellcolony.tasks import Task


@dataclass(frozen=True)
class Job:
    """What a worker is given beside the data.

    Attributes:
        configuration: The experiment.
        repeat: Which of its repeats.
        seed: The seed of this repeat.
        budget: When the search ends.
        device: Where language models compute.
        observers: Who observes the run, by name.
        observed_in: The folder where they keep its files.
    """

    configuration: Configuration
    repeat: int
    seed: int
    budget: Budget
    device: str = "auto"
    observers: tuple[str, ...] = ()
    observed_in: Path | None = None

    def study(self, task: Task) -> Study:
        """Return the study that the run is.

        Raises:
            ConfigError: Task, method, training and stages do not fit together.
        """
        one = self.configuration
        return Study.of(
            task, one.search, training=one.training, judge=one.judge, stages=stages_of(one, task),
            seed=self.seed,
        )  # fmt: skip

    def failed(self, reason: str, **counts: Any) -> Record:
        """Return the record of a run that found nothing."""
        return self.record(failure=reason, **{"seconds": 0.0, **counts})

    def record(self, **values: Any) -> Record:
        """Return a record of this run."""
        return Record(
            configuration=self.configuration.label,
            levels=dict(self.configuration.levels),
            repeat=self.repeat,
            seed=self.seed,
            **values,
        )


def stages_of(one: Configuration, task: Task) -> tuple[Stage, ...]:
    """Return the stages of a run: a search, and what scores its best candidate.

    A network is scored on validation and test as the search has trained it. A node is scored by its
    search training, or, where the battery has a final training, by that.
    """
    stages: list[Stage] = []
    if METHODS[one.method].genome != "cell":
        stages.append(STAGES["search"]())
    if one.final is not None:
        stages += [FinalsStage(training=one.final), STAGES["final-scores"]()]
    elif task.kind == "forecast":
        stages.append(STAGES["scores"]())
    return tuple(stages)


@dataclass
class _Watch:
    """Counts candidates, and keeps what the last one that tells it says of the colony."""

    books: Bookkeeping = field(default_factory=Bookkeeping)
    entropy: float | None = None

    def observe(self, event: Event) -> None:
        self.books.emit(event)
        if isinstance(event, Asked):
            self.entropy = event.candidate.how.get("entropy", self.entropy)


def run_job(job: Job, task: Task) -> Record:
    """Run a study, and return what it found.

    A model whose errors run off to infinity is a failure of the run: left out of the medians it
    would flatter them, and no table can hold it.
    """
    watch, began = _Watch(), time.monotonic()
    failure, values = None, {}
    try:
        result = job.study(task).run(
            job.budget, executor="threads", device=job.device, on_event=watch.observe,
            observers=job.observers, observed_in=job.observed_in,
        )  # fmt: skip
        values = found_by(result)
    except CellcolonyError as error:
        failure = str(error)
    spent: dict[str, Any] = {
        "seconds": round(time.monotonic() - began, 3),
        "n_candidates": watch.books.n_done,
        "n_failed": watch.books.failures.total(),
        "measure": task.measure.name,
    }
    errors = values.get("valid"), values.get("test")
    if failure is None and not all(error is None or math.isfinite(error) for error in errors):
        title = task.measure.title
        failure = f"the errors of what it found are not finite (valid {title} {errors[0]}, test "
        failure += f"{title} {errors[1]})"
    if failure is not None:
        return job.failed(failure, **spent)
    return job.record(**spent, **values, entropy=watch.entropy)


def found_by(result: Result) -> dict[str, Any]:
    """Return the errors and the sizes of a study's own model."""
    values: dict[str, Any] = {
        "valid": result.error("valid"),
        "test": result.error("test"),
        "n_weights": result.models[0].n_weights,
    }
    if result.front:
        values |= {"loss": result.chosen.loss, "size": result.chosen.size}
        if isinstance(result.best, Network):
            counts = _counts(result.best)
            values |= dict(zip(("n_hidden", "n_edges", "n_recurrent_edges"), counts, strict=True))
    return values


def _counts(network: Network) -> tuple[int, int, int]:
    """Return how many hidden nodes, edges and recurrent edges can reach an output."""
    n_edges, n_recurrent = len(network.edges), len(network.recurrent_edges)
    used = network.live_weights
    hidden = sum(node.kind == "hidden" and node.id in network.live for node in network.nodes)
    return hidden, int(used[:n_edges].sum()), int(used[n_edges : n_edges + n_recurrent].sum())
