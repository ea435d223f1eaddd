"""How a league stands: what each of its runs came to, read from the run directories."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from statistics import fmean

from cellcolony.errors import CellcolonyError
from cellcolony.runs.budget import Budget
from cellcolony.runs.config import CONFIG
from cellcolony.runs.directory import Outcome, read_outcome
from cellcolony.runs.intervals import Margin
from cellcolony.runs.league.folder import LeagueFacts, read_facts, run_path
from cellcolony.runs.league.plan import runs_of
from cellcolony.runs.league.run import RunEnds
from cellcolony.runs.model_kinds import OWN, by_kind, is_ensemble, standing_for
from cellcolony.runs.open import open_run
from cellcolony.runs.result import Result
from cellcolony.runs.scores import RIVAL, Contender

BEST_RIVAL = "best rival by validation"
"""The rival of a run with the lowest validation error; the test error has no say in it."""


BEST_SINGLE = "best single rival by validation"
"""The same without ensembles of rivals: what a single network is to be held against."""


@dataclass(frozen=True)
class LeagueRun:
    """A run of a league that has ended.

    Attributes:
        task: Its task.
        seed: Its seed.
        fingerprint: That of its data.
        measure: What models are compared by, as people call it: "MAE".
        models: Its models, by the names of their kinds.
        margins: How the test errors of what was evolved differ from those of other models.
    """

    task: str
    seed: int
    fingerprint: str
    measure: str
    models: Mapping[str, Contender]
    margins: tuple[Margin, ...]

    @staticmethod
    def of(task: str, seed: int, result: Result) -> LeagueRun:
        """Return what a league keeps of a study that has ended."""
        assert result.outcome is not None
        return LeagueRun(
            task, seed, result.facts.fingerprint, result.measure.title,
            by_kind(result.models), result.outcome.margins,
        )  # fmt: skip

    @cached_property
    def best_rival(self) -> Contender | None:
        """The rival with the lowest validation error; None without any."""
        return _best(one for one in self.models.values() if one.role == RIVAL)

    @cached_property
    def best_single(self) -> Contender | None:
        """The rival with the lowest validation error that is no ensemble; None without any."""
        return _best(
            one for key, one in self.models.items() if one.role == RIVAL and not is_ensemble(key)
        )

    def model(self, key: str) -> Contender | None:
        """Return a model by the name of its kind, or the best rival; None for none.

        One network may stand for an ensemble: see `standing_for`. Whether ensembles were chosen at
        all, only the league knows: see `Standing.has`.
        """
        if key == BEST_SINGLE:
            return self.best_single
        if key == BEST_RIVAL:
            return self.best_rival
        return standing_for(self.models, key)

    def error(self, key: str, split: str = "test") -> float | None:
        """Return the error of a model, in the mean over the targets; None where it has none."""
        model = self.model(key)
        return None if model is None else error_of(model, split)

    def margins_between(self, one: str, other: str) -> list[Margin]:
        """Return the margins of an evolved model to another one, one for each target, if known.

        A run has margins of its best network, which is not named in them, and of others by name.
        """
        own, its = self.model(one), self.model(other)
        if own is None or its is None:
            return []
        name = "" if own is self.models.get(OWN) else own.model
        return [
            margin for margin in self.margins if (margin.model, margin.own) == (its.model, name)
        ]


def _best(rivals: Iterable[Contender]) -> Contender | None:
    scored = [(error, one) for one in rivals if (error := error_of(one, "valid")) is not None]
    return min(scored, key=lambda pair: pair[0])[1] if scored else None


def error_of(model: Contender, split: str) -> float | None:
    """Return what a model comes to; infinite where it diverged, None where it was not scored."""
    value = model.value(split)
    return math.inf if value is not None and math.isnan(value) else value


@dataclass(frozen=True)
class Standing:
    """How a league stands.

    Attributes:
        facts: What is run.
        runs: The runs that have ended, task by task.
        missing: Why the others do not count, by task and seed.
    """

    facts: LeagueFacts
    runs: tuple[LeagueRun, ...]
    missing: Mapping[tuple[str, int], str]

    @cached_property
    def by_task(self) -> Mapping[str, Sequence[LeagueRun]]:
        """The runs that have ended and were tested, of each task that has some."""
        found: dict[str, list[LeagueRun]] = {}
        for run in self.runs:
            if any(error_of(one, "test") is not None for one in run.models.values()):
                found.setdefault(run.task, []).append(run)
        return found

    @cached_property
    def keys(self) -> tuple[str, ...]:
        """The names of the kinds of models that any run has, the evolved ones first."""
        return tuple(dict.fromkeys(key for run in self.runs for key in run.models))

    @property
    def measure(self) -> str:
        """What models are compared by: "MAE"."""
        return self.runs[0].measure if self.runs else ""

    def role(self, key: str) -> str:
        """Return the role of a kind of model."""
        return next(run.models[key].role for run in self.runs if key in run.models)

    def error(self, task: str, key: str, split: str = "test") -> float | None:
        """Return the error of a model on a task, in the mean over seeds; None where it has none."""
        runs = self.by_task.get(task, ()) if self.has(key) else ()
        errors = [run.error(key, split) for run in runs]
        known = [error for error in errors if error is not None]
        return fmean(known) if known else None

    def has(self, key: str) -> bool:
        """Say whether any run has a kind of model; the best rivals are of no kind of their own."""
        return key in (BEST_RIVAL, BEST_SINGLE, *self.keys)


def read_standing(path: Path, failed: Iterable[RunEnds] = ()) -> Standing:
    """Read all runs of a league that are there, whoever has made them.

    Args:
        path: The league's folder.
        failed: Runs that have just failed, whose directories may not say why.

    Raises:
        ConfigError: The league's own file is damaged.
    """
    facts, runs, missing = read_facts(path), [], {}
    reasons = {(one.task, one.seed): one.failure for one in failed}
    fingerprints: dict[str, str] = {}
    for task in facts.tasks:
        for one in runs_of((task,), facts.seeds, facts.seed):
            found = _read(path, *one)
            if isinstance(found, LeagueRun):
                own = fingerprints.setdefault(task, found.fingerprint)
                if found.fingerprint != own:
                    found = "its data are not those of the task's other runs"
            if isinstance(found, LeagueRun):
                runs.append(found)
            else:
                missing[one] = reasons.get(one, found)
    return Standing(facts, tuple(runs), missing)


def _read(path: Path, task: str, seed: int) -> LeagueRun | str:
    """Return a run, or why it does not count."""
    try:
        run = run_path(path, task, seed)
        if not (run / CONFIG).exists():
            return "not run yet"
        outcome = read_outcome(run)
        if outcome is None:
            return "it has not ended"
        result = open_run(run)
        if outcome.interrupted and not _is_spent(outcome, result):
            return "it was interrupted, and its budget is not spent"
        return LeagueRun.of(task, seed, result)
    except CellcolonyError as error:
        return str(error)


def _is_spent(outcome: Outcome, result: Result) -> bool:
    """Say whether an interrupted search had reached its budget all the same."""
    if not outcome.budget:
        return False
    budget = Budget.parse(outcome.budget.split(" or "))
    return (
        not budget.lets_ask(result.n_done, 0)
        or budget.seconds_left(outcome.search_seconds) == 0
        or budget.is_met_by(result.chosen.loss)
    )
