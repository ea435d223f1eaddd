"""Options that several commands share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from cyclopts import Parameter

if TYPE_CHECKING:
    from cellcolony.tasks.forecast import Forecast
    from cellcolony.tasks.language import Language

Device: TypeAlias = Literal["auto", "cpu", "cuda"]
"""Where a language model computes."""
LEAGUE = Path("runs/league")
"""The folder of a league, where none is named."""


@Parameter(name="*", group="Cluster")
@dataclass(frozen=True)
class ClusterOptions:
    """The cluster of the executors dask and mpi.

    Attributes:
        scheduler: The address of a Dask scheduler, tcp://HOST:PORT or tls://HOST:PORT. Without, and
            without --scheduler-file, workers are started on this machine.
        scheduler_file: The file in which a Dask scheduler has written its address.
        tasks_per_batch: How many candidates are sent to a worker together; auto for as many as take
            about a second.
        mixed_cpus: Whether processors of different types may work in strict order, though the same
            candidate may then come out otherwise.
    """

    scheduler: str | None = None
    scheduler_file: Path | None = None
    tasks_per_batch: int | Literal["auto"] = "auto"
    mixed_cpus: bool = False

    def place(self, executor: str | None) -> Any:
        """Return where candidates train; None for what suits the task.

        Args:
            executor: The name of the executor; without one, a scheduler is one of dask.

        Raises:
            ConfigError: An option is for another executor, or has a value that it cannot have.
        """
        from cellcolony.runs.executors import with_options

        given = {
            **asdict(self),
            "tasks_per_batch": None if self.tasks_per_batch == "auto" else self.tasks_per_batch,
        }
        if executor is None and not any(value for value in given.values()):
            return None
        return with_options(executor or "dask", **given)


@Parameter(name="*", group="GPUs")
@dataclass(frozen=True)
class GpuOptions:
    """Where language models compute.

    Attributes:
        device: cpu, cuda, or auto, by which final trainings compute on a GPU where there is one,
            and candidates on processors.
        per_gpu: So many trainings at most share a GPU, each in a process of its own. There, without
            --workers, as many train at once as all GPUs take.
    """

    device: Device = "auto"
    per_gpu: int = 1


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class RunOptions:
    """How long to search, and where to.

    Attributes:
        budget: When the search ends: 200networks, 10min, 90s, 2h, 10generations or 'loss<0.01'. May
            be repeated; the first to be reached counts. Neither compiling nor later stages do.
            Without, as the preset or the method says, or after 200 candidates.
        seed: The same seed on one worker, or in strict order, is the same search.
        seeds: How many studies, with the seeds --seed, --seed + 1 and so on, each with the whole
            budget. Several are written to folders seed-0, seed-1 ... of --out; the same command
            goes on with what is missing.
        workers: How many candidates train at once. Without, one for each processor core; on a
            cluster as many as it has, while they come and go.
        executor: Where they train: threads, processes, which cost nobody else anything when they
            die, dask or mpi on a cluster, or another one of `cellcolony list executors`. Without,
            what suits the task.
        order: How results are told to the search; strict is the same for any number of workers.
        candidate_seconds: A candidate whose training takes longer has failed; not in strict order.
        candidate_steps: A candidate whose training needs more updates has failed.
        out: The run directory to write; it must not exist. Without, runs/ with date and time, and
            nothing for the demonstration.
        observe: Who observes as well: tensorboard writes curves into the run directory,
            tensorboard=FOLDER into that folder; mlflow logs to MLFLOW_TRACKING_URI, mlflow=URI to
            that server or store; or another one of `cellcolony list observers`. May be repeated.
        cluster: Where the executors dask and mpi find their workers.
    """

    budget: tuple[str, ...] = ()
    seed: int = 0
    seeds: int = 1
    workers: int | None = None
    executor: str | None = None
    order: Literal["arrival", "strict"] = "arrival"
    candidate_seconds: float | None = None
    candidate_steps: int | None = None
    out: Path | None = None
    observe: tuple[str, ...] = ()
    cluster: ClusterOptions = ClusterOptions()

    @property
    def of_study(self) -> dict[str, Any]:
        """The options that belong to the study."""
        names = "seed", "order", "candidate_seconds", "candidate_steps"
        return {name: getattr(self, name) for name in names}

    def of_run(self, budget: tuple[str, ...]) -> dict[str, Any]:
        """Return the options of `run_study`; the budget where the command line gives none."""
        given = {name: getattr(self, name) for name in ("seeds", "workers")}
        return {
            **given, "budget": self.budget or budget, "executor": self.cluster.place(self.executor),
            "observers": self.observe,
        }  # fmt: skip


@Parameter(name="*", group="Run")
@dataclass(frozen=True)
class LeagueOptions(RunOptions):
    """How long to search on each task, and where to.

    Attributes:
        seeds: How many studies each task has, with the seeds --seed, --seed + 1 and so on, each
            with the whole budget.
        out: The folder to write, or to continue: a run directory TASK/seed-N for each study, and
            the tables.
    """

    seeds: int = 3
    out: Path | None = LEAGUE


@Parameter(name="*", group="Files")
@dataclass(frozen=True)
class CsvOptions:
    """How the files are written.

    Attributes:
        sep: The character between fields; tab for a tab.
        decimal: The decimal mark.
        encoding: The encoding, such as latin-1.
        na: What a missing value is written as, beside the usual. May be repeated; one that begins
            with a hyphen is written --na=-999.
        thousands: The mark between the thousands of a number.
        skip: A line that is not read, from 1: of a preamble, or of units. May be repeated.
        header: Whether files begin with the names of their columns; without, they are called 1, 2
            and so on.
    """

    sep: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    na: tuple[str, ...] = ()
    thousands: str | None = None
    skip: tuple[int, ...] = ()
    header: bool = True


@Parameter(name="*", group="Series")
@dataclass(frozen=True, kw_only=True)
class SeriesOptions:
    """What is forecast, from what.

    Attributes:
        target: A column to forecast. May be repeated.
        valid: A file or pattern to choose on. Without, the last 15 % of each training file. May be
            repeated.
        test: A file or pattern to touch once, at the end. Without, the last 15 % of each training
            file; under a preset that holds out none, such as paper, there is then no test where
            `--valid` is given. May be repeated.
        inputs: A column to read. Without, all columns that hold numbers. May be repeated; several
            stand between commas, or are a pattern in quotes: 'Va_*'.
        ignore: A column not to read, or several, in the same way.
        time: A column of times: never an input, and its steps must be equal, or those of a calendar
            (months, business days). Given twice: the column of dates, then that of the clock.
        day_first: Whether the day comes first in dates such as 3/4/2024. Without, what the dates
            prove.
        tz: The time zone of dates that name none, such as Europe/Berlin. Without, UTC.
        series: A column that says to which series a row belongs, where a file holds several: each
            is split and scored as if it were a file.
        every: A span of time, such as 10min: rows are made regular, each the mean of what falls
            into a span, missing where nothing does (see --fill).
        calendar: Read hour, weekday and month of the row that is forecast from the column of times.
            Without, as the preset says, or yes, if it holds dates at most a day apart.
        horizon: How many rows ahead to forecast; or 1..12, say: one network has an output for each
            step, and each is scored.
        scale: How columns are scaled, fitted on the training rows; unit leaves columns that all lie
            in [0, 1] as they are, and is minmax for others. Without, as the preset says, or zscore.
        fill: How missing values are filled. Without, they are refused.
        skip_short: Leave files out that are too short, where others are not.
        meant: A value far outside of all else that is as it should be; others are asked about. May
            be repeated.
    """

    target: list[str]
    valid: tuple[str, ...] = ()
    test: tuple[str, ...] = ()
    inputs: tuple[str, ...] = ()
    ignore: tuple[str, ...] = ()
    time: tuple[str, ...] = ()
    day_first: bool | None = None
    tz: str | None = None
    series: str | None = None
    every: str | None = None
    calendar: bool | None = None
    horizon: int | str = 1
    scale: Literal["minmax", "zscore", "unit", "none"] | None = None
    fill: Literal["previous", "interpolate"] | None = None
    skip_short: bool = False
    meant: tuple[float, ...] = ()

    def read(
        self, files: list[str], csv: CsvOptions, scale: str = "zscore", calendar: bool = True,
        holds_out_test: bool = True,
    ) -> Forecast:  # fmt: skip
        """Return the task of these files.

        Args:
            files: Training files or patterns.
            csv: How they are written.
            scale: The scale where the command line gives none.
            calendar: Whether a calendar is read where it does not say.
            holds_out_test: See `Forecast.from_csv`.

        Raises:
            ConfigError: An option has a value that it cannot have.
            DataError: The data cannot be used.
        """
        from cellcolony.tasks.forecast import Forecast

        given = {
            **asdict(self),
            **asdict(csv),
            "inputs": self.inputs or None,
            "time": self.time or None,
            "scale": self.scale or scale,
            "calendar": calendar if self.calendar is None else self.calendar,
        }
        return Forecast.from_csv(files, **given, holds_out_test=holds_out_test)


@Parameter(name="*", group="Text")
@dataclass(frozen=True)
class TextOptions:
    """How the text is read.

    Attributes:
        tokens: How a text is cut: lines is one sentence a line with blanks between words, words is
            prose as it is written, characters is every character.
        vocabulary: How many tokens the model knows, the most frequent of the training text.
        encoding: How the files are written.
        empty_lines: Whether a line without a word ends in <eos> too, as WikiText is counted.
    """

    tokens: str = "lines"
    vocabulary: int = 10_000
    encoding: str = "utf-8"
    empty_lines: bool = False

    def read(self, train: list[str], valid: list[str] | None, test: list[str] | None) -> Language:
        """Return the task of these files.

        Raises:
            ConfigError: An option has a value that it cannot have.
            DataError: A file cannot be used.
        """
        from cellcolony.tasks.language import Language

        return Language.from_files(train, valid or (), test or (), **asdict(self))
