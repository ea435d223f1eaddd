"""Options that several commands share."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from cyclopts import Parameter

if TYPE_CHECKING:
    from cellcolony.tasks.language import Language

LEAGUE = Path("runs/league")
"""The folder of a league, where none is named."""


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
        workers: How many candidates train at once. Without, one for each processor core.
        executor: Where they train: threads, processes, which cost nobody else anything when they
            die, or another one of `cellcolony list executors`. Without, what suits the task.
        order: How results are told to the search; strict is the same for any number of workers.
        candidate_seconds: A candidate whose training takes longer has failed; not in strict order.
        candidate_steps: A candidate whose training needs more updates has failed.
        out: The run directory to write; it must not exist. Without, runs/ with date and time, and
            nothing for the demonstration.
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

    @property
    def of_study(self) -> dict[str, Any]:
        """The options that belong to the study."""
        names = "seed", "order", "candidate_seconds", "candidate_steps"
        return {name: getattr(self, name) for name in names}

    def of_run(self, budget: tuple[str, ...]) -> dict[str, Any]:
        """Return the options of `run_study`; the budget where the command line gives none."""
        given = {name: getattr(self, name) for name in ("seeds", "workers", "executor")}
        return {**given, "budget": self.budget or budget}


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
        na: What a missing value is written as, beside the usual. May be repeated.
    """

    sep: str = ","
    decimal: str = "."
    encoding: str = "utf-8"
    na: tuple[str, ...] = ()


@Parameter(name="*", group="Text")
@dataclass(frozen=True)
class TextOptions:
    """How the text is read.

    Attributes:
        tokens: How a text is cut: lines is one sentence a line with blanks between words, words is
            prose as it is written, characters is every character.
        vocabulary: How many tokens the model knows, the most frequent of the training text.
        encoding: How the files are written.
    """

    tokens: str = "lines"
    vocabulary: int = 10_000
    encoding: str = "utf-8"

    def read(self, train: list[str], valid: list[str] | None, test: list[str] | None) -> Language:
        """Return the task of these files.

        Raises:
            ConfigError: An option has a value that it cannot have.
            DataError: A file cannot be used.
        """
        from cellcolony.tasks.language import Language

        return Language.from_files(train, valid or (), test or (), **asdict(self))
