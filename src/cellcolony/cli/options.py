"""Options that several commands share."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from cyclopts import Parameter


@Parameter(name="*")
@dataclass(frozen=True)
class RunOptions:
    """How long to search, and where to.

    Attributes:
        budget: When to end the search: 200networks, 10min, 90s, 2h or 'loss<0.01'. May be repeated;
            the first to be reached counts. Neither compiling nor the scores at the end do.
        seed: The same seed on one worker, or in strict order, is the same search.
        workers: How many networks train at once. Without, one for each processor core.
        executor: Where they train: in threads, or in processes, which cost nobody else anything
            when they die.
        candidate_seconds: A network whose training takes longer has failed; not in strict order.
        candidate_steps: A network whose training needs more updates has failed.
        out: The run directory to write; it must not exist. Without, `search` writes to runs/ with
            date and time, and `demo` writes nothing.
    """

    budget: tuple[str, ...] = ()
    seed: int = 0
    workers: int | None = None
    executor: Literal["threads", "processes"] = "threads"
    candidate_seconds: float | None = None
    candidate_steps: int | None = None
    out: Path | None = None


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
