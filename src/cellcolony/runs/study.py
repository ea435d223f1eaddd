"""A study: a task, a method, a judge and stages; run it, and it gives a `Result`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from cellcolony.contract import Judge
from cellcolony.errors import ConfigError, did_you_mean
from cellcolony.judges import JUDGES
from cellcolony.judges.training.caps import Caps
from cellcolony.runs import directory
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import StudyConfig
from cellcolony.runs.events import Observer
from cellcolony.runs.executors import Workers, Workplace
from cellcolony.runs.genomes import Champion
from cellcolony.runs.hands import Hands
from cellcolony.runs.ledger import Order
from cellcolony.runs.observers import wanted_observers
from cellcolony.runs.open import open_run
from cellcolony.runs.pool import MOST_POOLED
from cellcolony.runs.result import Result
from cellcolony.runs.scores import finalist_of
from cellcolony.runs.session import Session, leaving
from cellcolony.runs.stage import STAGES, Stage
from cellcolony.runs.starts import StartFrom, starts_of
from cellcolony.runs.within import timed
from cellcolony.search.methods import method_of
from cellcolony.tasks import Task, training_of

BUDGET = "200 networks"
"""Of a search that ends by no other limit."""


@dataclass(frozen=True, eq=False)
class Study:
    """What is to be done.

    Attributes:
        task: The data.
        config: All else that makes the study what it is.
    """

    task: Task
    config: StudyConfig

    @staticmethod
    def of(
        task: Task,
        method: Any,
        *,
        training: Any = None,
        judge: Judge | None = None,
        stages: Sequence[Stage] = (),
        caps: Caps | None = None,
        seed: int = 0,
        order: Order = "arrival",
        start_from: Iterable[StartFrom] = (),
    ) -> Study:
        """Return a study of a task.

        Args:
            task: The data: `Forecast` or `Language`.
            method: The settings of a method of search: `AntSwarm()`, `NodeEvolution()`.
            training: How a candidate is trained: settings, or the name of some; None for the usual.
            judge: How much training a candidate gets; None for what suits the method, mostly one
                whole training.
            stages: What is done, in this order; none for a search alone.
            caps: The most that judging one candidate may take.
            seed: Keys every random stream.
            order: "arrival", or "strict": the same study for any number of workers.
            start_from: What the search begins with: run directories, of which the best candidate is
                taken, or so many of the best as follow a colon ("runs/a:20"), files `genome.json`,
                results, or genomes. Networks are taken over by the names of their columns.

        Raises:
            ConfigError: The parts do not fit together, a setting has a value that it cannot have,
                or the method cannot start from what is given.
            RunError: A run or a file to start from cannot be read.
        """
        name, entry = method_of(method)
        trained = training_of(type(task), entry.genome, f"The method {name!r}")
        if training is None or isinstance(training, str):
            training = _named(trained, training)
        if trained.fitted is not None:
            training = trained.fitted(training, task)
        config = StudyConfig(
            task=task.describe(),
            method=method,
            training=training,
            stages=tuple(stages) or (STAGES["search"](),),
            judge=_judging(judge or JUDGES[entry.judge](), task, method, training),
            caps=caps or Caps(),
            seed=seed,
            order=order,
            starts=starts_of(start_from, entry.genome),
        )
        methods = [config.method, *(one.config.method for one in config.searches)]
        for view in dict.fromkeys(method_of(one)[1].view for one in methods):
            if view is not None:
                config = replace(config, task={**config.task, **view(task, training)})
        return Study(task, config.with_packages())

    def with_seed(self, seed: int) -> Study:
        """Return the same study with another seed."""
        return Study(self.task, replace(self.config, seed=seed))

    def run(
        self,
        budget: str | Iterable[str] | Budget | None = None,
        *,
        out: str | Path | None = None,
        workers: Workers = "usual",
        executor: Workplace | None = None,
        device: str = "auto",
        threads: int = 1,
        per_gpu: int = 1,
        on_event: Observer | None = None,
        observers: Sequence[str | Observer] = (),
        observed_in: Path | None = None,
        known: Mapping[str, Mapping[str, Any]] | None = None,
    ) -> Result:
        """Do all stages, and return what was found.

        The first Ctrl-C ends the search and goes on with what follows it; a second one leaves at
        once, and so does one during a later stage. `resume` then goes on where it stood.

        Args:
            budget: When the search ends: "10min", "200 networks", "10 generations", "loss<0.01", or
                several, of which the first to be reached counts; None for the method's own end.
            out: The directory to write to; it must not exist. Without, nothing is written.
            workers: How many candidates are judged at once, one thread each; None for as many as
                there are cores. Without, one; on an executor with workers of its own, as many as
                it has, while they come and go.
            executor: Where: "threads", "processes", "dask", "mpi", a `distributed.Client`, or an
                executor of `concurrent.futures`; None for what suits the task.
            device: Where language models compute: "cpu", "cuda", or "auto" for a GPU where there
                is one; candidates train on the CPU unless it is "cuda".
            threads: How many threads a final training uses.
            per_gpu: So many trainings at most share a GPU. Where candidates train on those of this
                machine, None `workers` are as many as all of them take.
            on_event: Is called with every event, from this thread.
            observers: Who else observes: "tensorboard", "mlflow", "mlflow=URI", another one of
                `cellcolony list observers`, or a function that takes an event. Each does so from a
                thread of its own, and where it fails, that is warned of once and changes nothing.
            observed_in: Where observers keep files of a study without `out`.
            known: Items of rivals that another study of the same data has done.

        Raises:
            ConfigError: A setting has a value that it cannot have.
            DataError: The data are too few for the training.
            RunError: `out` exists or cannot be made, or no candidate could be trained.
            KeyboardInterrupt: The user wants to leave; what is done is kept in `out`.
        """
        config, limits = self.config.within(Budget.of(budget) or Budget())
        has_end = config.method_entry.n_candidates(config.method) is not None
        if limits.is_open and not has_end and config.stage("search") is not None:
            limits = Budget.parse(BUDGET)
        config.check_budget(limits)
        config = timed(config, limits)
        hands = Hands.of(config, workers, executor, device, threads, per_gpu)
        path = None if out is None else Path(out)
        apart = wanted_observers(observers, observed_in if path is None else path)
        if path is not None:
            directory.refuse_existing(path)  # now, not after compiling
        session = Session.begin(
            config, hands, limits, path=path, data=self.task, known=known or {},
            observers=() if on_event is None else (on_event,), apart=apart, observed_in=observed_in,
        )  # fmt: skip
        with leaving(path), ExitStack() as stack:
            session.run(stack)
        return result_of(session)


def _named(training: Any, name: str | None) -> Any:
    if name is None:
        return training.settings()
    if name not in training.presets:
        raise ConfigError(f"There is no protocol {name!r}.{did_you_mean(name, training.presets)}")
    return training.presets[name]


def _judging(judge: Judge, task: Task, method: Any, training: Any) -> Judge:
    """Return the judge of a study that begins, which may look at what it is to judge."""
    begin_study = getattr(judge, "begin_study", None)
    if begin_study is None:
        return judge
    return begin_study(task.describe(), training, method_of(method)[1].efforts(method))


def result_of(session: Session) -> Result:
    """Return what a session has found; from its directory, where it has one."""
    if session.path is not None:
        return open_run(session.path)
    books = session.restored.books
    scores = session.scores or session.scorer.score(session.front, "valid")
    of_data = {name: text.encode("utf-8") for name, text in session.task.files().items()}
    return Result(
        config=session.config,
        front=session.front,
        scores=scores,
        n_done=books.n_done,
        n_failed=books.failures.total(),
        outcome=session.outcome,
        path=None,
        tested=session.tested,
        keepsake={**of_data, **session.keepsake},
        ensemble=session.ensembles.get(""),
        trained={key.rpartition(" ")[0]: one for key, one in session.trained.items()},
        finalist=_finalist(session, finalist_of(scores)),
    )


def _finalist(session: Session, number: int | None) -> Champion | None:
    """Return the candidate that final trainings have chosen, where it is not on the front."""
    if number is None or any(one.number == number for one in session.front):
        return None
    one = next(one for one in session.pooled(MOST_POOLED) if one.number == number)
    return Champion(number, one.genome, one.loss, one.seconds, rate=one.rate)
